"""What is generated is up to date, and no released fact changes under its readers."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import docs
from shared.facts.schemas import compatible

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


OLD = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "days": {"type": "integer"},
        "kind": {"enum": ["a", "b"], "type": "string"},
        "note": {"anyOf": [{"$ref": "#/$defs/Note"}, {"type": "null"}]},
        "list": {"type": "array", "items": {"$ref": "#/$defs/Note"}},
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
    ],
)
def test_an_incompatible_change_is_named(path: str, value: Any, why: str) -> None:
    assert why in compatible(OLD, changed(path, value))


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
        ("properties.kind.enum", ["a", "b", "c"]),
        ("$defs.Note.properties.more", {"type": "integer"}),
    ],
)
def test_what_a_reader_survives_is_no_incompatible_change(path: str, value: Any) -> None:
    assert compatible(OLD, changed(path, value)) == []
