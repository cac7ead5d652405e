"""JSON Schemas of facts, and which changes to a released one its readers would not survive."""

from collections.abc import Iterator, Mapping
from typing import Any

from shared.facts.fact import ENVELOPE_FIELDS, Fact

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = Mapping[str, Any]


def schema_of(kind: type[Fact]) -> dict[str, Any]:
    """Of the data alone: time, actor and department travel in the envelope."""
    made = kind.model_json_schema(mode="validation")
    made["properties"] = {name: field for name, field in made["properties"].items() if name not in ENVELOPE_FIELDS}
    required = [name for name in made.pop("required", ()) if name not in ENVELOPE_FIELDS]
    head = {"$schema": DIALECT, "$id": f"urn:lianzhi:schema:{kind.type()}", "title": kind.type()}
    made.pop("title", None)
    return {**head, **made, "required": required}


def compatible(old: Schema, new: Schema) -> list[str]:
    """What a reader of the one could not read of the other; empty when all is well."""
    return list(_differences("", _resolved(old, old), _resolved(new, new), old, new))


def _differences(at: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema) -> Iterator[str]:
    if _kinds(old, old_root) != _kinds(new, new_root):
        was, now = (" or ".join(sorted(_kinds(*pair))) for pair in ((old, old_root), (new, new_root)))
        yield f"{at or 'the fact'} was {was} and is {now}"
        return
    yield from _narrowed(at, old, new)
    yield from _fields(at, old, new, old_root, new_root)
    for part in ("items", "additionalProperties"):
        if isinstance(old.get(part), Mapping) and isinstance(new.get(part), Mapping):
            inner = _resolved(old[part], old_root), _resolved(new[part], new_root)
            yield from _differences(f"{at}[]", *inner, old_root, new_root)
    for one, other in zip(_objects(old, old_root), _objects(new, new_root), strict=False):
        yield from _differences(at, one, other, old_root, new_root)


def _fields(at: str, old: Schema, new: Schema, old_root: Schema, new_root: Schema) -> Iterator[str]:
    before, after = old.get("properties", {}), new.get("properties", {})
    had, has = set(old.get("required", ())), set(new.get("required", ()))
    for name, field in before.items():
        place = f"{at}.{name}" if at else name
        if name not in after:
            yield f"{place} was removed"
            continue
        if name in has - had:
            yield f"{place} became required"
        elif name in had - has:
            yield f"{place} is no longer always there"
        inner = _resolved(field, old_root), _resolved(after[name], new_root)
        yield from _differences(place, *inner, old_root, new_root)
    for name in after.keys() - before.keys():
        if name in has:
            yield f"{at}.{name} is new and required" if at else f"{name} is new and required"


def _narrowed(at: str, old: Schema, new: Schema) -> Iterator[str]:
    before, after = old.get("enum"), new.get("enum")
    if after is None:
        return
    if before is None:
        yield f"{at} was free and takes {', '.join(map(str, after))} only"
    elif missing := [value for value in before if value not in after]:
        yield f"{at} no longer takes {', '.join(map(str, missing))}"


def _kinds(schema: Schema, root: Schema) -> frozenset[str]:
    """The JSON types it takes, with their formats."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if choices:
        return frozenset(kind for choice in choices for kind in _kinds(_resolved(choice, root), root))
    if "const" in schema or ("enum" in schema and "type" not in schema):
        return frozenset({"string"})
    name = str(schema.get("type", "anything"))
    return frozenset({f"{name} ({schema['format']})" if "format" in schema else name})


def _objects(schema: Schema, root: Schema) -> list[Schema]:
    """The objects and lists among its choices, to be compared in their order."""
    choices = schema.get("anyOf") or schema.get("oneOf") or ()
    resolved = [_resolved(choice, root) for choice in choices]
    return [choice for choice in resolved if choice.get("type") in ("object", "array") or "enum" in choice]


def _resolved(schema: Schema, root: Schema) -> Schema:
    name = schema.get("$ref")
    if name is None:
        return schema
    found: Schema = root["$defs"][name.rsplit("/", 1)[1]]
    return found
