"""JSON Schemas of facts, and which changes to a released one its readers would not survive."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.facts.fact import ENVELOPE_FIELDS, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = Mapping[str, Any]
_FOR_PEOPLE = frozenset({"title", "description", "examples", "default", "deprecated", "$schema", "$id", "$comment"})
_COMPARED = frozenset(
    {"type", "format", "enum", "const", "anyOf", "oneOf", "discriminator", "$ref", "$defs"}
    | {"properties", "required", "items", "prefixItems", "additionalProperties"}
)
_JSON = {str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null"}


def schema_of(kind: type[Fact]) -> dict[str, Any]:
    """Of the data alone: time, actor and department travel in the envelope."""
    made = kind.model_json_schema(mode="validation")
    made["properties"] = {name: field for name, field in made["properties"].items() if name not in ENVELOPE_FIELDS}
    required = [name for name in made.pop("required", ()) if name not in ENVELOPE_FIELDS]
    head = {"$schema": DIALECT, "$id": f"urn:lianzhi:schema:{kind.type()}", "title": kind.type()}
    made.pop("title", None)
    return {**head, **made, "required": required}


def compatible(old: Schema, new: Schema) -> list[str]:
    """What a reader of the one could not read of the other; empty when all is well.

    Both ways: new code reads the log of years, and readers that are not renewed yet read what new code tells. So a
    limit may be neither drawn tighter nor loosened, and a list of values neither cut nor grown: a new version does it.
    """
    return list(_differences("", _resolved(old, old), _resolved(new, new), Roots(old, new)))


@dataclass(frozen=True)
class Roots:
    """Where references lead, and what is being compared just now: a schema may hold itself."""

    old: Schema
    new: Schema
    under_way: set[tuple[int, int]] = field(default_factory=set)


def _differences(at: str, old: Schema, new: Schema, roots: Roots) -> Iterator[str]:
    about = id(old), id(new)
    if about in roots.under_way:
        return
    roots.under_way.add(about)
    yield from _of_one(at, old, new, roots)
    roots.under_way.discard(about)


def _of_one(at: str, old: Schema, new: Schema, roots: Roots) -> Iterator[str]:
    if _kinds(old, roots.old) != _kinds(new, roots.new):
        was, now = (" or ".join(sorted(_kinds(*pair))) for pair in ((old, roots.old), (new, roots.new)))
        yield f"{at or 'the fact'} was {was} and is {now}"
        return
    before, after = _choices(old, roots.old), _choices(new, roots.new)
    if len(before) != len(after):
        yield f"{at or 'the fact'} had {len(before)} forms and has {len(after)}"
    for one, other in zip(before, after, strict=False):
        if one is not old or other is not new:
            yield from _differences(at, one, other, roots)
            continue
        yield from _values(at, one, other)
        yield from _limits(at or "the fact", one, other)
        yield from _fields(at, one, other, roots)
        yield from _parts(at, one, other, roots)


def _fields(at: str, old: Schema, new: Schema, roots: Roots) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    for name, was in before.items():
        place = f"{at}.{name}" if at else name
        if name not in after:
            yield f"{place} was removed"
            continue
        if name in has - had:
            yield f"{place} became required"
        elif name in had - has:
            yield f"{place} is no longer always there"
        inner = _resolved(was, roots.old), _resolved(after[name], roots.new)
        yield from _differences(place, *inner, roots)
    for name in after.keys() - before.keys():
        place = f"{at}.{name}" if at else name
        if name in has:
            yield f"{place} is new and required"
        elif old.get("additionalProperties") is False:
            yield f"{place} is new, and older readers take no more than they know"


def _parts(at: str, old: Schema, new: Schema, roots: Roots) -> Iterator[str]:
    """What lists and maps hold; true, as nothing at all, is anything."""
    for part in ("items", "additionalProperties"):
        was, now = (_resolved(given.get(part, True), root) for given, root in ((old, roots.old), (new, roots.new)))
        if isinstance(was, Mapping) and isinstance(now, Mapping):
            yield from _differences(f"{at}[]", was, now, roots)
        elif was != now:
            said = {True: "free", False: "closed"}
            was, now = (said[given] if isinstance(given, bool) else "limited" for given in (was, now))
            yield f"{at or 'the fact'}: {part} was {was} and is {now}"
    before, after = old.get("prefixItems", ()), new.get("prefixItems", ())
    if len(before) != len(after):
        yield f"{at} had {len(before)} places and has {len(after)}"
    for number, (one, other) in enumerate(zip(before, after, strict=False)):
        inner = _resolved(one, roots.old), _resolved(other, roots.new)
        yield from _differences(f"{at}[{number}]", *inner, roots)


def _values(at: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = (given.get("enum", [given["const"]] if "const" in given else None) for given in (old, new))
    if before == after:
        return
    if before is None or after is None:
        which, verb = (after, "was free and takes") if before is None else (before, "is free and took")
        yield f"{at} {verb} {', '.join(map(str, which or ()))} only"
        return
    if missing := [value for value in before if value not in after]:
        yield f"{at} no longer takes {', '.join(map(str, missing))}"
    if more := [value for value in after if value not in before]:
        yield f"{at} takes {', '.join(map(str, more))}, which older readers do not know"


def _limits(at: str, old: Schema, new: Schema) -> Iterator[str]:
    """Every word that is neither compared elsewhere nor only said to people: also those that nobody here uses yet."""
    for word in sorted((old.keys() | new.keys()) - _COMPARED - _FOR_PEOPLE):
        if old.get(word) != new.get(word):
            yield f"{at}: {word} was {_said(old.get(word))} and is {_said(new.get(word))}"


def _said(limit: object) -> str:
    return "free" if limit is None else "limited" if isinstance(limit, Mapping) else str(limit)


def _kinds(schema: Schema, root: Schema) -> frozenset[str]:
    """The JSON types it takes, with their formats."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return frozenset(kind for choice in choices for kind in _kinds(_resolved(choice, root), root))
    if "type" not in schema and ("const" in schema or "enum" in schema):
        return frozenset(_JSON[type(value)] for value in schema.get("enum", [schema.get("const")]))
    name = str(schema.get("type", "anything"))
    return frozenset({f"{name} ({schema['format']})" if "format" in schema else name})


def _choices(schema: Schema, root: Schema) -> list[Schema]:
    """Its forms, to be compared in their order; one that has no others is its own."""
    choices = schema.get("anyOf") or schema.get("oneOf") or (schema,)
    resolved = [_resolved(choice, root) for choice in choices]
    return [choice for choice in resolved if choice.get("type") != "null"]


def _resolved(schema: Schema, root: Schema) -> Schema:
    name = schema.get("$ref") if isinstance(schema, Mapping) else None
    if name is None:
        return schema
    found: Schema = root["$defs"][name.rsplit("/", 1)[1]]
    return found
