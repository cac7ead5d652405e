"""A report is taken back while its case is merged or parted: in either order nobody waits for an answer to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
Case = dict[str, Any]


@asynccontextmanager
async def intake_unheard(centre: Centre) -> AsyncIterator[None]:
    """What intake records meanwhile is told afterwards: its sealer waits for the row that it numbers by."""
    async with centre.world.admin("intake") as administrator, administrator.transaction():
        await administrator.execute("SELECT FROM sealing FOR UPDATE")
        yield


async def joined(centre: Centre, case: Case) -> dict[str, Any]:
    """Another report of the same case."""
    report = await centre.report()
    await centre.world.settled()
    async with centre.world.client("intake", "clerk.liu") as clerk:
        answer = await clerk.post(f"/v1/reports/{report['report_id']}/join", json={"into": case["case_id"]})
    assert answer.status_code == 200, answer.text
    await centre.world.settled()
    return report


async def withdraw(centre: Centre, receipt: dict[str, Any]) -> None:
    async with centre.world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        answer = await resident.post(f"/v1/receipts/{receipt['receipt_no']}/withdraw", headers=headers)
    assert answer.status_code == 200, answer.text


async def merge(centre: Centre, one: Case, into: Case) -> None:
    await centre.does("dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": into["case_id"]})


async def waiting(centre: Centre, case: Case) -> set[str]:
    """Whose reports the case still has to answer."""
    await centre.world.settled()
    found = await centre.case(case["case_id"])
    return set(found["reports"]) - set(found["withdrawn_reports"])


@pytest.mark.parametrize("first", ["withdrawal", "merge unheard", "merge"])
async def test_in_either_order_only_those_who_still_report_wait(centre: Centre, first: str):
    one, into = await centre.a_case(), await centre.a_case()
    other = await joined(centre, one)
    if first == "withdrawal":
        await withdraw(centre, one["receipt"])
        await centre.world.settled()
        await merge(centre, one, into)
    elif first == "merge":
        await merge(centre, one, into)
        await centre.world.settled()
        await withdraw(centre, one["receipt"])
    else:
        async with intake_unheard(centre):
            await withdraw(centre, one["receipt"])
            await merge(centre, one, into)
    assert await waiting(centre, into) == {into["receipt"]["report_id"], other["report_id"]}
    await withdraw(centre, other)
    await withdraw(centre, into["receipt"])
    assert await waiting(centre, into) == set()
    assert (await centre.case(into["case_id"]))["status"] == "withdrawn", "with the last reporter's word it ends"
    await told_of_its_withdrawal(centre, one["receipt"])


async def told_of_its_withdrawal(centre: Centre, receipt: dict[str, Any]) -> None:
    async with centre.world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        seen = (await resident.get(f"/v1/receipts/{receipt['receipt_no']}", headers=headers)).json()
    assert seen["status"] == "withdrawn"
    assert [step["step"] for step in seen["steps"]].count("withdrawn") == 1


async def test_it_follows_its_case_through_two_mergers(centre: Centre):
    one, second, third = [await centre.a_case() for _ in range(3)]
    async with intake_unheard(centre):
        await withdraw(centre, one["receipt"])
        await merge(centre, one, second)
        await merge(centre, second, third)
    assert await waiting(centre, third) == {case["receipt"]["report_id"] for case in (second, third)}


@pytest.mark.parametrize("first", ["withdrawal", "parting"])
async def test_a_case_that_is_parted_again_ends_if_its_only_reporter_has_left(centre: Centre, first: str):
    one, into = await centre.a_case(), await centre.a_case()
    await merge(centre, one, into)
    await centre.world.settled()
    unmerge = f"cases/{one['case_id']}/unmerge"
    if first == "withdrawal":
        await withdraw(centre, one["receipt"])
        await centre.world.settled()
        await centre.does("dispatch.cheng", unmerge)
    else:
        async with intake_unheard(centre):
            await withdraw(centre, one["receipt"])
            await centre.does("dispatch.cheng", unmerge)
    assert await waiting(centre, into) == {into["receipt"]["report_id"]}
    assert await waiting(centre, one) == set()
    assert (await centre.case(one["case_id"]))["status"] == "withdrawn"


async def test_a_case_merged_at_the_moment_of_the_withdrawal_is_withdrawn_when_it_is_parted(centre: Centre):
    one, into = await centre.a_case(), await centre.a_case()
    async with intake_unheard(centre):
        await withdraw(centre, one["receipt"])
        await merge(centre, one, into)
    assert await waiting(centre, into) == {into["receipt"]["report_id"]}
    parted = await centre.does("dispatch.cheng", f"cases/{one['case_id']}/unmerge")
    assert parted["status"] == "withdrawn"
