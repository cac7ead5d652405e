"""Facts: their names, what they carry, what a reader accepts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
import pytest
from pydantic import ValidationError

from shared.facts.envelope import restore
from shared.facts.fact import REGISTER, Fact, Upcaster, facts_of
from shared.facts.schemas import compatible
from shared.facts.upcast import NotUnderstood, newest
from tests.kit.toys.toy.facts import Added

NOW = datetime(2021, 5, 6, 8, 30, tzinfo=UTC)


def _v2(written: dict[str, Any]) -> dict[str, Any]:
    return {"thing_id": written["thing"], "weight": written["grams"] / 1000}


def _v3(written: dict[str, Any]) -> dict[str, Any]:
    return {**written, "unit": "kg"}


class ThingWeighed(Fact, service="kit"):
    about = "thing_id"
    version = 3
    upcasters: ClassVar[Mapping[int, Upcaster]] = {1: _v2, 2: _v3}
    thing_id: str
    weight: float
    unit: str
    note: str | None = None


def read(type: str, **data: object) -> Fact | None:
    return restore(type, orjson.dumps(data), NOW, "somebody", None)


def test_the_type_is_made_of_service_name_and_version() -> None:
    assert ThingWeighed.type() == "lianzhi.kit.thing-weighed.v3"
    assert ThingWeighed in facts_of("kit")


def test_what_the_envelope_carries_is_not_in_the_data() -> None:
    fact = ThingWeighed(at=NOW, by="somebody", thing_id="t1", weight=2, unit="kg")
    assert orjson.loads(fact.data()) == {"thing_id": "t1", "weight": 2.0, "unit": "kg"}
    assert fact.key() == "t1"


def test_a_fact_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        Added(at=NOW, by="x", counter_id="c", amount=1, total=1).amount = 2  # type: ignore[misc]


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValidationError):
        Added(at=datetime(2021, 5, 6), by="x", counter_id="c", amount=1, total=1)


def test_the_same_type_cannot_be_declared_in_two_places() -> None:
    with pytest.raises(TypeError, match="declared twice"):
        type("ThingWeighed", (Fact,), {"__module__": "elsewhere", "version": 3}, service="kit")
    assert REGISTER["lianzhi.kit.thing-weighed.v3"] is ThingWeighed


def test_old_versions_are_lifted_one_step_after_the_other() -> None:
    assert read("lianzhi.kit.thing-weighed.v1", thing="t1", grams=1500) == ThingWeighed(
        at=NOW, by="somebody", thing_id="t1", weight=1.5, unit="kg"
    )
    assert read("lianzhi.kit.thing-weighed.v2", thing_id="t1", weight=2).unit == "kg"  # type: ignore[union-attr]


class _Old:
    """What a file of older versions may hold."""

    class PipeLaid(Fact, service="kit"):
        about = "pipe_id"
        pipe_id: str
        metres: int


class PipeLaid(Fact, service="kit"):
    about = "pipe_id"
    version = 2
    upcasters: ClassVar[Mapping[int, Upcaster]] = {
        1: lambda written: {"pipe_id": written["pipe_id"], "centimetres": written["metres"] * 100}
    }
    pipe_id: str
    centimetres: int


def test_a_fact_whose_old_class_was_kept_had_no_effect() -> None:
    """It came back as the old class, which no reaction names."""
    assert REGISTER["lianzhi.kit.pipe-laid.v1"] is _Old.PipeLaid
    lifted = PipeLaid(at=NOW, by="somebody", pipe_id="p", centimetres=300)
    assert read("lianzhi.kit.pipe-laid.v1", pipe_id="p", metres=3) == lifted
    assert read("lianzhi.kit.pipe-laid.v2", pipe_id="p", centimetres=300) == lifted
    assert newest("lianzhi.kit.pipe-laid.v1") == (PipeLaid, 1)


def test_which_version_is_the_newest_does_not_depend_on_which_was_declared_last() -> None:
    newer, older = (
        type("LidLost", (Fact,), {"__module__": f"lids{version}", "version": version}, service="kit")
        for version in (2, 1)
    )
    try:
        for type_ in (newer, older):
            assert newest(type_.type()) == (newer, type_.version)
        with pytest.raises(NotUnderstood):
            read(older.type())
    finally:
        del REGISTER[newer.type()], REGISTER[older.type()]


def test_an_unknown_field_is_passed_over_for_who_reads_an_older_schema() -> None:
    assert read("lianzhi.kit.thing-weighed.v3", thing_id="t", weight=1, unit="kg", later="added")


def test_an_unknown_kind_is_nobodys_business() -> None:
    assert read("lianzhi.kit.thing-eaten.v1", thing_id="t") is None
    assert newest("com.example.other") is None
    assert read("com.example.other") is None


@pytest.mark.parametrize(
    ("type", "data"),
    [
        ("lianzhi.kit.thing-weighed.v4", {"thing_id": "t", "weight": 1, "unit": "kg"}),
        ("lianzhi.kit.thing-weighed.v0", {"thing_id": "t", "weight": 1, "unit": "kg"}),
        ("lianzhi.kit.thing-weighed.v1", {"grams": 5}),
        ("lianzhi.kit.thing-weighed.v1", {"thing": "t", "grams": "heavy"}),
        ("lianzhi.kit.thing-weighed.v3", {"thing_id": "t"}),
    ],
)
def test_what_cannot_be_lifted_is_not_understood(type: str, data: dict[str, object]) -> None:
    with pytest.raises(NotUnderstood):
        read(type, **data)


@pytest.mark.parametrize("raw", [b"", b"[]", b"3", b"null", b"{", b'"text"', b"\xff"])
def test_data_that_is_no_object_is_not_understood(raw: bytes) -> None:
    for version in (1, 3):
        with pytest.raises(NotUnderstood):
            restore(f"lianzhi.kit.thing-weighed.v{version}", raw, NOW, "x", None)


def test_the_data_cannot_forge_who_said_it() -> None:
    forged = read("lianzhi.kit.thing-weighed.v3", thing_id="t", weight=1, unit="kg", by="the mayor", at="1999")
    assert forged is not None
    assert (forged.by, forged.at) == ("somebody", NOW)


def test_a_schema_that_holds_itself_is_compared_once() -> None:
    def tree(name: dict[str, Any]) -> dict[str, Any]:
        node = {"type": "object", "properties": {"name": name, "next": {"$ref": "#/$defs/Node"}}}
        return {"type": "object", "properties": {"first": {"$ref": "#/$defs/Node"}}, "$defs": {"Node": node}}

    assert compatible(tree({"type": "string"}), tree({"type": "string"})) == []
    assert compatible(tree({"type": "string"}), tree({"type": "integer"})) == ["first.name was string and is integer"]
