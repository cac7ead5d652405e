"""What other services' copies make of directory's facts."""

from datetime import UTC, date, datetime
from typing import Any

from services.directory import facts
from shared.identity.people import People
from shared.identity.tokens import Bearer
from shared.procedure.actor import Role
from shared.reference.reference import Reference

NOON = datetime(2021, 6, 15, 4, tzinfo=UTC)
BEFORE_MIDNIGHT = datetime(2021, 6, 15, 15, 59, tzinfo=UTC)
AFTER_MIDNIGHT = datetime(2021, 6, 15, 16, 1, tzinfo=UTC)
TODAY, TOMORROW = date(2021, 6, 15), date(2021, 6, 16)
ABOUT: dict[str, Any] = {"at": NOON, "by": "a"}
HOUSING: dict[str, Any] = {"code": "housing", "name_zh": "住建委", "sort": "government"}


def a_department(kind: type[facts.DepartmentEntry], name: str, **dates: date) -> facts.DepartmentEntry:
    return kind(**ABOUT, **HOUSING, name_en=name, **dates)


def test_an_entry_has_the_fields_that_services_look_up() -> None:
    department = a_department(facts.DepartmentRegistered, "Housing")
    expected = {
        "name_zh": "住建委",
        "name_en": "Housing",
        "kind": "government",
        "parent": None,
        "service": None,
    }
    assert department.entry() == expected


def test_a_change_takes_over_on_its_day() -> None:
    reference = Reference()
    reference.put(a_department(facts.DepartmentRegistered, "Old"))
    reference.put(a_department(facts.DepartmentChanged, "New", valid_from=TOMORROW))
    found = [reference.get("department", "housing", day) for day in (TODAY, TOMORROW)]
    assert [version and version.entry["name_en"] for version in found] == ["Old", "New"]
    assert [version.entry["name_en"] for version in reference.all("department", TOMORROW)] == ["New"]


def test_what_was_changed_and_then_ended_does_not_come_back() -> None:
    reference = Reference()
    reference.put(a_department(facts.DepartmentRegistered, "Old"))
    reference.put(a_department(facts.DepartmentChanged, "New", valid_from=TODAY))
    reference.put(a_department(facts.DepartmentEnded, "New", valid_from=TODAY, valid_to=TOMORROW))
    assert reference.get("department", "housing", TODAY) is not None
    assert reference.get("department", "housing", TOMORROW) is None
    assert list(reference.all("department", TOMORROW)) == []


def test_a_post_ends_at_midnight_in_the_district() -> None:
    reference = Reference()
    place = {"holder": "p1", "role": "clerk", "department": "housing", "area": "500104"}
    reference.put(facts.PostAssigned(**ABOUT, **place, code="post1"))
    reference.put(facts.PostEnded(**ABOUT, **place, code="post1", valid_to=TOMORROW))
    people, bearer = People(reference), Bearer("p1", None, 0.0)
    assert people.actor(bearer, BEFORE_MIDNIGHT).roles == {Role.CLERK}
    assert people.actor(bearer, AFTER_MIDNIGHT).roles == frozenset()
