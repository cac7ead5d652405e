"""Every fact is told as a sentence, in both languages, of fields that it has, without a code for people to read."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, get_args

import pytest

from deploy.cli.docs import own_facts
from deploy.registry import SERVICES, load_service
from services.dispatch import bodies
from services.dispatch.facts import words as of_dispatch
from services.intake.model.commands import CHANNELS, Purpose, Route
from services.intake.words import CHANNELS as CHANNEL_WORDS
from shared.accesses.words import PURPOSES
from shared.contents.refs import ERASED_FOR, ErasureGround
from shared.facts.fact import Fact
from shared.facts.schemas import schema_of
from shared.facts.sentence import NAMED, Place, Teller, Way
from shared.facts.telling import tell
from shared.refusals.words import LAWFUL_ROUTES, Language
from tests.house.test_messages import faults

FACTS = own_facts([load_service(name) for name in SERVICES])
NOON = datetime(2021, 3, 5, 4, 0, tzinfo=UTC)
CODE = "raw_code"
BOTH: tuple[Language, ...] = ("zh", "en")
LITERAL = {
    *((f"month-{what}", "month") for what in ("archived", "removed", "returned")),
    *(("call-received", "number"), ("call-passed-on", "number"), ("report-redirected", "to")),
    *(
        (f"{kind}-{what}", f"name_{language}")
        for kind in ("department", "area", "category")
        for what in ("registered", "changed", "ended")
        for language in BOTH
    ),
    *((f"clock-{what}", f"rule.name.{language}") for what in ("registered", "changed", "ended") for language in BOTH),
    *(("holidays-registered", "code"), ("holidays-changed", "code")),
}
"""What is shown as it stands: emergency numbers, the directory's own names, a year."""
TYPES = {
    "day": ("date",),
    "days": ("integer",),
    "count": ("integer",),
    "word": ("string", "integer"),
    **dict.fromkeys(("time", "end"), ("date-time",)),
    **dict.fromkeys(("text", *NAMED), ("string",)),
}


def named(kind: str, code: str, at: datetime) -> str:
    return "某某名称"


def in_english(kind: str, code: str, at: datetime) -> str:
    return "the name"


KNOWING: dict[Language, Teller] = {"zh": Teller("zh", named), "en": Teller("en", in_english)}
KNOWING_NOTHING = {language: Teller(language, lambda kind, code, at: None) for language in BOTH}


def name(fact: type[Fact]) -> str:
    return fact.type()


def ways(fact: type[Fact]) -> Sequence[Way]:
    assert fact.told is not None, f"{fact.type()} says nothing"
    return fact.told.ways


def places(way: Way, language: Language) -> Iterator[tuple[Place, bool]]:
    for part in way.parts[language]:
        yield from ((place, part.optional) for place in part.places)


def choices(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """What a value may be: without null, and of a list what is in it."""
    if "$ref" in schema:
        yield from choices(root["$defs"][schema["$ref"].rsplit("/", 1)[1]], root)
    elif "anyOf" in schema:
        for choice in schema["anyOf"]:
            yield from choices(choice, root)
    elif schema.get("type") == "array":
        yield from choices(schema["items"], root)
    elif schema.get("type") != "null":
        yield schema


def at_the_end(schema: Mapping[str, Any], path: Sequence[str]) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = [schema]
    for step in path:
        found = [choice for each in found for choice in choices(each.get("properties", {}).get(step, {}), schema)]
    return found


def type_of(schema: Mapping[str, Any], kind: str) -> str:
    if schema.get("type") == "object":  # a deadline, of which the end or the clock is told
        return {"end": "date-time", "clock": "string"}[kind] if "due_at" in schema["properties"] else "object"
    return str(schema.get("format") or schema["type"])


def sample(schema: Mapping[str, Any], root: Mapping[str, Any], full: bool, seen: tuple[str, ...] = ()) -> Any:
    """With every field, or with those only that are always there."""
    if "$ref" in schema:
        kind = schema["$ref"].rsplit("/", 1)[1]
        return None if kind in seen else sample(root["$defs"][kind], root, full, (*seen, kind))
    if "anyOf" in schema:
        return sample(schema["anyOf"][0], root, full, seen)
    if "enum" in schema or "const" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if schema.get("type") == "object":
        properties, always = schema.get("properties", {}), schema.get("required", ())
        fields = {field: each for field, each in properties.items() if full or field in always}
        made = {field: sample(each, root, full, seen) for field, each in fields.items()}
        return {**made, "valid_to": "2021-03-07"} if "valid_to" in made else made
    if schema.get("type") == "array":
        return [sample(schema["items"], root, full, seen)] if full else []
    by_type = {"integer": 2, "number": 0.5, "boolean": full, "string": CODE}
    by_format = {"date-time": "2022-01-04T16:00:00Z", "date": "2021-03-06"}
    return by_format.get(schema.get("format", "")) or by_type[schema["type"]]


def put(data: dict[str, Any], path: Sequence[str], value: Any) -> None:
    for step in path[:-1]:
        data = data[step]
    data[path[-1]] = value


def examples(fact: type[Fact], way: Way, full: bool) -> Iterator[dict[str, Any]]:
    """Data as it travels that is told this way, with each code that there are words for."""
    schema = schema_of(fact)
    everything = sample(schema, schema, True)
    given = {**{field: everything[field] for field in schema["required"]}, **sample(schema, schema, full)}
    for field, value in ((field, value) for other in ways(fact) for field, value in other.holds.items()):
        if field in given and (given[field] if value is True else given[field] == value):
            given[field] = False if given[field] is True else None
        elif field not in given and schema["properties"][field].get("default") == value:
            given[field] = everything[field]
    given |= {field: everything[field] if value is True else value for field, value in way.holds.items()}
    given = {field: value for field, value in given.items() if value is not None}
    for path in (path.split(".") for each, path in LITERAL if each == fact.fact_name()):
        put(given, path, "120")
    told = {place.path[-1]: place.words for place, _ in places(way, "zh") if place.kind == "word"}
    for field, words in told.items():
        for code in words if field in given and field not in way.holds else ():
            integer = schema["properties"][field].get("type") == "integer"
            yield _sent(fact, {**given, field: int(code) if integer else code})
    yield _sent(fact, given)


def _sent(fact: type[Fact], given: Mapping[str, Any]) -> dict[str, Any]:
    sent: dict[str, Any] = json.loads(fact.model_validate({**given, "at": NOON, "by": "somebody"}).data())
    return sent


@pytest.mark.parametrize("fact", FACTS, ids=name)
def test_a_fact_says_in_both_languages_what_it_tells_of_fields_that_it_has(fact: type[Fact]) -> None:
    schema = schema_of(fact)
    for way in ways(fact):
        assert set(way.holds) <= set(schema["properties"]), way.said
        assert {place.path for place, _ in places(way, "zh") if place.kind != "text"} == {
            place.path for place, _ in places(way, "en") if place.kind != "text"
        }, "both say the same"
        for language in BOTH:
            for place, optional in places(way, language):
                found = at_the_end(schema, place.path)
                assert found, f"{place.path}: no such field"
                if place.shown:
                    assert {type_of(each, place.kind) for each in found} <= set(TYPES[place.kind]), place
                field = place.path[0]
                sure = field in schema["required"] or way.holds.get(field) is True or _defaults(schema, field)
                assert optional or (sure and place.kind != "word"), f"{place.path} may be missing: put it in brackets"
                assert place.kind != "text" or (fact.fact_name(), ".".join(place.path)) in LITERAL, place


def _defaults(schema: Mapping[str, Any], field: str) -> bool:
    return schema["properties"][field].get("default") is not None


@pytest.mark.parametrize("fact", FACTS, ids=name)
@pytest.mark.parametrize("full", [True, False], ids=["full", "least"])
def test_nobody_reads_a_code_or_a_hole(fact: type[Fact], full: bool) -> None:
    for way in ways(fact):
        for data in examples(fact, way, full):
            assert next(each for each in ways(fact) if each.fits(data)) is way
            for tellers in (KNOWING, KNOWING_NOTHING):
                said = {language: tell(fact.type(), data, NOON, tellers[language]) for language in BOTH}
                for language, text in said.items():
                    assert text, (language, way.said, data)
                    assert CODE not in text
                    assert not re.search(r"[{}\[\]]|None|  |^[，；,; ]|[，；：,;: ]$|（）|\(\)", text), text
                assert faults(said["zh"] or "") == [], said["zh"]
                assert not re.search(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]", said["en"] or ""), said["en"]
                assert said["zh"] != said["en"]


FORMS: Mapping[str, tuple[Mapping[str, Any], Sequence[str]]] = {
    "closing": (of_dispatch.CLOSING, get_args(bodies.CloseBody.model_fields["reason"].annotation)),
    "reopening": (of_dispatch.REOPENED_FOR, get_args(bodies.ReopenBody.model_fields["reason"].annotation)),
    "not asked": (of_dispatch.ASKED, ("not_reached", "anonymous")),
    "recusal": (of_dispatch.RECUSED_FOR, get_args(bodies.RecusalBody.model_fields["ground"].annotation)),
    "left out": (of_dispatch.GROUNDS, get_args(bodies.ExclusionBody.model_fields["ground"].annotation)),
    "links": (of_dispatch.LINKS, get_args(bodies.UnlinkBody.model_fields["kind"].annotation)),
    "positions": (of_dispatch.POSITIONS, get_args(bodies.PositionBody.model_fields["position"].annotation)),
    "asked by": (of_dispatch.ASKED_BY, (*get_args(bodies.FollowUpBody.model_fields["channel"].annotation), "reporter")),
    "channels": (CHANNEL_WORDS, CHANNELS),
    "routes": (LAWFUL_ROUTES, get_args(Route)),
    "purposes": (PURPOSES, get_args(Purpose)),
    "erased": (ERASED_FOR, get_args(ErasureGround)),
}


@pytest.mark.parametrize("form", FORMS)
def test_there_is_a_word_for_whatever_a_form_takes(form: str) -> None:
    words, codes = FORMS[form]
    assert codes
    assert set(codes) <= words.keys()
