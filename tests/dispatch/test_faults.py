"""A rule that cannot decide is told before a case meets it."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.dispatch.faults import Fault, faults
from shared.reference.reference import Reference, Version
from tests.dispatch.conftest import Centre
from tests.kit import reference as kit

ASYNC = pytest.mark.asyncio(loop_scope="session")
TODAY = date(2021, 3, 1)


def a_catalogue(**rules: dict[str, Any]) -> Reference:
    """One matter, one bureau that ends at the end of the year; rules by code."""
    reference, ever = Reference(), date(2000, 1, 1)
    reference.keep("category", Version("drain", ever, None, {"kind": "livelihood"}))
    reference.keep("department", Version("bureau", ever, date(2022, 1, 1), {"kind": "government"}))
    for code, more in rules.items():
        entry = {"category": "drain", "area": "500104", "lead": "bureau", "co_handlers": [], **more}
        reference.keep("rule", Version(code, ever, None, entry))
    return reference


def test_a_catalogue_in_order_has_no_faults():
    assert faults(a_catalogue(R1={}, R2={"area": "500104002"}), TODAY) == []


def test_a_department_that_ends_is_told_from_its_first_day_without_it():
    catalogue = a_catalogue(R1={"co_handlers": ["bureau"]})
    assert faults(catalogue, date(2022, 1, 1) - timedelta(days=1)) == []
    assert faults(catalogue, date(2022, 1, 1)) == [Fault("R1", "department_gone", ("bureau",))]


def test_two_rules_for_one_place_and_a_matter_that_is_gone_are_told_of_each():
    catalogue = a_catalogue(R1={}, R2={}, R3={"category": "gone"})
    assert faults(catalogue, TODAY) == [
        Fault("R1", "several_rules", ("R2",)),
        Fault("R2", "several_rules", ("R1",)),
        Fault("R3", "category_gone", ("gone",)),
    ]


@ASYNC
async def test_readiness_and_the_list_name_a_broken_rule_until_it_is_mended(centre: Centre):
    world = centre.world
    entry = {"category": "sanitation.drain", "area": "50010499", "lead": "bureau_of_the_past", "co_handlers": []}

    async def put(valid_to: date | None) -> None:
        async with world.admin("dispatch") as connection:
            row = ("rule", "R-broken", date(2021, 1, 1), valid_to, {**entry, "basis_zh": "", "basis_en": ""})
            await kit.put(connection, "dispatch", (row,))
        await world.runtime("dispatch").reference.load(world.runtime("dispatch").database)

    await put(None)
    async with world.client("dispatch", "admin.ran") as admin:
        told = (await admin.get("/readyz")).json()
        (fault,) = (await admin.get("/v1/routing/faults")).json()["items"]
        assert "R-broken (department_gone)" in told["degraded"]["catalogue"]
        assert told["ready"] is True
        assert (fault["rule"], fault["about"], fault["reason_name"]) == (
            "R-broken",
            ["bureau_of_the_past"],
            "a department is gone",
        )
        await put(date(2021, 1, 2))
        assert (await admin.get("/readyz")).json()["degraded"] == {}
        assert (await admin.get("/v1/routing/faults")).json()["items"] == []
