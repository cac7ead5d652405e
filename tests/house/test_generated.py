"""What is generated is up to date, and no released fact changes under its readers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import docs
from deploy.registry import SERVICES, load_service
from shared.facts.fact import REGISTER, Fact
from shared.facts.schemas import compatible, schema_of
from shared.facts.upcast import can_be_lifted, newest

MADE = docs.documents()


def test_the_generated_documents_are_up_to_date() -> None:
    assert docs.outdated(docs.ROOT, MADE) == [], "run `make docs`"


def test_no_released_fact_changes_under_its_readers() -> None:
    assert docs.broken_promises(docs.ROOT, MADE) == []


def test_nothing_of_this_machine_or_this_run_is_in_them() -> None:
    whole = "\n".join(MADE.values())
    again = docs.documents()
    assert [name for name in MADE if again.get(name) != MADE[name]] == []
    for trace in (r"0x[0-9a-f]{6,}", r"<function", r"<locals>", r"/home/", r"/work/", r"/tmp/", r"\d{4}-\d\d-\d\dT"):
        assert not re.search(trace, whole), trace


def test_every_fact_that_a_service_declares_is_in_the_catalogue() -> None:
    declared = {type for type, fact in REGISTER.items() if fact.service in SERVICES}
    assert declared <= set(json.loads(MADE["asyncapi.json"])["components"]["messages"])


def test_every_fact_of_the_catalogue_has_its_schema() -> None:
    messages = json.loads(MADE["asyncapi.json"])["components"]["messages"]
    assert {f"schemas/{type}.json" for type in messages} == {name for name in MADE if name.startswith("schemas/")}


def test_references_of_the_asyncapi_document_lead_somewhere() -> None:
    document = json.loads(MADE["asyncapi.json"])

    def follow(part: Any) -> None:
        if isinstance(part, dict):
            if "$ref" in part:
                found = document
                for step in part["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
            for inner in part.values():
                follow(inner)
        elif isinstance(part, list):
            for inner in part:
                follow(inner)

    follow(document)


def test_a_fact_that_disappears_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "lianzhi.intake.report-eaten.v1.json").write_text("{}")
    assert docs.broken_promises(tmp_path, {})[0].startswith("lianzhi.intake.report-eaten.v1: nobody can read it")


def test_every_version_that_is_still_registered_can_be_lifted_to_the_newest() -> None:
    for name in SERVICES:
        load_service(name)
    ours = [type for type in REGISTER if type.split(".")[1] in SERVICES]
    assert [type for type in ours if not can_be_lifted(type)] == []


def test_a_version_whose_class_is_kept_without_an_upcaster_is_noticed(tmp_path: Path) -> None:
    """Its facts had no effect, in silence: reactions know the newest class only."""
    kinds = [
        type("PipeLaid", (Fact,), {"__module__": f"tests.{version}", "version": version}, service="house")
        for version in (2, 1)
    ]
    try:
        (tmp_path / "schemas").mkdir()
        made = {}
        for kind in kinds:
            made[f"schemas/{kind.type()}.json"] = text = json.dumps(schema_of(kind))
            (tmp_path / f"schemas/{kind.type()}.json").write_text(text)
        [problem] = docs.broken_promises(tmp_path, made)
        assert problem.startswith("lianzhi.house.pipe-laid.v1: nobody can read it")
    finally:
        for kind in kinds:
            del REGISTER[kind.type()]


def test_reactions_name_the_newest_version_of_a_fact() -> None:
    """What is heard is lifted, so an older class in the table would never be found."""
    for name in SERVICES:
        for fact in load_service(name).reactions.table:
            found = newest(fact.type())
            assert found is not None
            assert found[0] is fact, f"{name} reacts to {fact.type()}"


OLD = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "days": {"type": "integer"},
        "kind": {"enum": ["a", "b"], "type": "string"},
        "note": {"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "null"}]},
        "list": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
        "pair": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}]},
        "short": {"anyOf": [{"type": "string", "maxLength": 5}, {"type": "null"}]},
        "one": {"const": "a", "type": "string"},
        "open": {"type": "object", "additionalProperties": {"type": "string"}},
        "either": {"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "object", "properties": {}}]},
    },
    "required": ["id", "days"],
    "$defs": {"Note": {"type": "object", "properties": {"size": {"type": "integer"}}, "required": ["size"]}},
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """`OLD` with something else at that place; None removes it."""
    new = json.loads(json.dumps(OLD))
    *way, last = path.split(".")
    place = new
    for step in way:
        place = place[step]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return new


@pytest.mark.parametrize(
    ("path", "value", "why"),
    [
        ("properties.days", None, "days was removed"),
        ("properties.days", {"type": "string"}, "days was integer and is string"),
        ("properties.id", {"type": "string", "format": "date-time"}, "id was string and is string (date-time)"),
        ("required", ["id", "days", "note"], "note became required"),
        ("required", ["id"], "days is no longer always there"),
        ("properties.kind.enum", ["a"], "kind no longer takes b"),
        ("properties.id", {"type": "string", "enum": ["x"]}, "id was free and takes x only"),
        ("properties.list", {"type": "string"}, "list was array and is string"),
        ("$defs.Note.properties.size", {"type": "string"}, "list[].size was integer and is string"),
        ("$defs.Note.properties.size", None, "list[].size was removed"),
        ("properties.id.maxLength", 3, "id: maxLength was free and is 3"),
        ("properties.id.pattern", "^x$", "id: pattern was free and is ^x$"),
        ("properties.days.minimum", 100, "days: minimum was free and is 100"),
        ("properties.days.exclusiveMaximum", 9, "days: exclusiveMaximum was free and is 9"),
        ("properties.days.multipleOf", 7, "days: multipleOf was free and is 7"),
        ("properties.list.maxItems", 1, "list: maxItems was free and is 1"),
        ("properties.list.uniqueItems", True, "list: uniqueItems was free and is True"),
        ("properties.list.items", None, "list: items was limited and is free"),
        (
            "properties.short.anyOf",
            [{"type": "string", "maxLength": 4}, {"type": "null"}],
            "short: maxLength was 5 and is 4",
        ),
        ("properties.short.anyOf", [{"type": "string"}, {"type": "null"}], "short: maxLength was 5 and is free"),
        ("properties.kind.enum", ["a", "b", "c"], "kind takes c, which older readers do not know"),
        ("properties.kind", {"type": "string"}, "kind is free and took a, b only"),
        ("properties.id", {"type": "string", "const": "x"}, "id was free and takes x only"),
        ("properties.one", {"type": "string", "const": "b"}, "one no longer takes a"),
        ("properties.one", {"type": "string", "enum": ["a", "b"]}, "one takes b, which older readers do not know"),
        ("properties.one", {"const": 1, "type": "integer"}, "one was string and is integer"),
        ("properties.pair.prefixItems", [{"type": "integer"}] * 2, "pair[0] was string and is integer"),
        ("properties.pair.prefixItems", [{"type": "string"}], "pair had 2 places and has 1"),
        ("properties.pair.prefixItems", None, "pair had 2 places and has 0"),
        ("additionalProperties", False, "the fact: additionalProperties was free and is closed"),
        ("$defs.Note.additionalProperties", False, "list[]: additionalProperties was free and is closed"),
        ("properties.open.additionalProperties", {"type": "integer"}, "open[] was string and is integer"),
        ("properties.open.additionalProperties", True, "open: additionalProperties was limited and is free"),
        ("properties.either.anyOf", [{"$ref": "#/$defs/Note"}], "either had 2 forms and has 1"),
        ("properties.open.propertyNames", {"enum": ["a"]}, "open: propertyNames was free and is limited"),
        ("properties.id.a-word-of-next-year", 1, "id: a-word-of-next-year was free and is 1"),
    ],
)
def test_an_incompatible_change_is_named(path: str, value: Any, why: str) -> None:
    assert why in compatible(OLD, changed(path, value))


def test_a_new_field_where_readers_take_no_more_than_they_know_is_named() -> None:
    old = {**OLD, "additionalProperties": False}
    new = {**changed("properties.more", {"type": "string"}), "additionalProperties": False}
    assert compatible(old, new) == ["more is new, and older readers take no more than they know"]


def test_a_new_required_field_is_named() -> None:
    new = changed("properties.more", {"type": "string"})
    assert compatible(OLD, new) == []
    new["required"] = ["id", "days", "more"]
    assert compatible(OLD, new) == ["more is new and required"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("description", "other words"),
        ("properties.more", {"type": "string"}),
        ("properties.id.title", "Identifier"),
        ("properties.id.examples", ["x"]),
        ("properties.one", {"enum": ["a"], "type": "string"}),
        ("$defs.Note.properties.more", {"type": "integer"}),
    ],
)
def test_what_a_reader_survives_is_no_incompatible_change(path: str, value: Any) -> None:
    assert compatible(OLD, changed(path, value)) == []
