"""Walking a list page by page while others work: nothing that stays is met twice or missed."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
SUPERVISED = {"cases": "id", "handoffs": "handoff_id", "clocks": "clock_id"}


async def walk(centre: Centre, path: str, meanwhile: Callable[[int], Any]) -> list[str]:
    """All pages of two; `meanwhile` happens between them."""
    met: list[str] = []
    cursor, pages = "", 0
    while True:
        page = await centre.sees("dispatch.cheng", f"{path}{'&' if '?' in path else '?'}limit=2{cursor}")
        met += [row[SUPERVISED[path.partition("?")[0]]] for row in page["items"]]
        if page["next"] is None:
            return met
        cursor, pages = f"&cursor={page['next']}", pages + 1
        await meanwhile(pages)


@pytest.mark.parametrize("order", ["newest", "oldest"])
async def test_cases_that_stay_are_met_once_while_others_come_change_and_close(centre: Centre, order: str) -> None:
    here = "500104002003" if order == "newest" else "500104003001"
    area = {"newest": "50010400200304", "oldest": "50010400300101"}[order]
    stay = [await centre.a_case(area=area) for _ in range(7)]
    leaves = await centre.a_case(area=area)
    ids = {case["case_id"] for case in stay}

    async def work(page: int) -> None:
        await centre.a_case(area=area)
        if page == 1:
            handoff = stay[3]["handoffs"][0]["handoff_id"]
            await centre.does("city.tang", f"handoffs/{handoff}/accept")
            async with centre.world.client("intake") as resident:
                given = leaves["receipt"]
                withdrawn = await resident.post(
                    f"/v1/receipts/{given['receipt_no']}/withdraw", headers={"Tracking-Code": given["tracking_code"]}
                )
            assert withdrawn.status_code == 200, withdrawn.text

            async def gone() -> bool:
                return (await centre.case(leaves["case_id"]))["status"] == "withdrawn"

            await centre.world.until(gone)

    limit = f"&opened_from={stay[0]['opened_at'].replace('+', '%2B')}" if order == "newest" else ""
    before = f"&opened_to={leaves['opened_at'].replace('+', '%2B')}" if order == "oldest" else ""
    states = "routed,in_handling"
    met = await walk(centre, f"cases?sort={order}&status={states}&area={here}{limit}{before}", work)
    assert len(met) == len(set(met))
    assert ids <= set(met)


async def test_hand_offs_that_stay_are_met_once_while_others_are_answered(centre: Centre) -> None:
    area = "50010400200306"
    cases = [await centre.a_case(area=area) for _ in range(8)]
    handoffs = [case["handoffs"][0]["handoff_id"] for case in cases]

    async def work(page: int) -> None:
        await centre.a_case(area=area)
        if page == 2:
            await centre.does("dispatch.cheng", f"handoffs/{handoffs[0]}/recall", {"reason": "改由他单位办理"})
            await centre.does("dispatch.cheng", f"handoffs/{handoffs[7]}/recall", {"reason": "改由他单位办理"})

    met = await walk(centre, f"handoffs?area={area}&opened_to={cases[-1]['opened_at'].replace('+', '%2B')}", work)
    assert len(met) == len(set(met))
    assert set(handoffs[1:7]) <= set(met)


async def test_a_cursor_is_good_for_its_own_list_filters_and_order_only(centre: Centre) -> None:
    for _ in range(3):
        await centre.a_case()
    own = "cases?limit=1&area=500104002&status=routed,in_handling"
    cursor = (await centre.sees("dispatch.cheng", own))["next"]
    await centre.sees("dispatch.cheng", f"{own}&cursor={cursor}")
    await centre.sees("dispatch.cheng", f"{own}&cursor={cursor}&limit=9")
    others = (
        "cases?limit=1",
        "cases?area=500104002&status=routed",
        "cases?area=50010400200&status=routed,in_handling",
        f"{own}&sort=oldest",
        f"{own}&q=下水道",
        "clocks?area=500104002&status=routed,in_handling",
        "handoffs",
    )
    for other in others:
        refused = await centre.sees(
            "dispatch.cheng", f"{other}{'&' if '?' in other else '?'}cursor={cursor}", expect=422
        )
        assert (refused["code"], refused["field"]) == ("invalid", "cursor"), other
