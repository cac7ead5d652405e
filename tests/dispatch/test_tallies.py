"""Sums kept beside the cases: whatever happens, and to however many at once, a recount gives them again."""

import asyncio
from typing import Any

import pytest

from services.dispatch.tallies import RECOUNT, fold
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
SUMS = """
SELECT office, area, category, kind, status, closing_reason, barred::text, workflow, sum(change)::bigint AS sum
FROM tallies GROUP BY 1, 2, 3, 4, 5, 6, 7, 8 HAVING sum(change) <> 0
"""


async def kept_and_recounted(centre: Centre) -> tuple[set[tuple[Any, ...]], set[tuple[Any, ...]]]:
    async with centre.world.admin("dispatch") as administrator:
        transaction = administrator.transaction(isolation="repeatable_read")
        await transaction.start()
        kept = {tuple(row) for row in await administrator.fetch(SUMS)}
        await administrator.execute("DELETE FROM tallies")
        await administrator.execute(RECOUNT)
        recounted = {tuple(row) for row in await administrator.fetch(SUMS)}
        await transaction.rollback()
    return kept, recounted


async def a_life(centre: Centre, **more: Any) -> None:
    """With a return, a rework and a reopening."""
    case = await centre.a_case(**more)
    case_id, first = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{first}/return", {"reason": "不属于本单位职责"})
    again = await centre.does("dispatch.cheng", f"cases/{case_id}/handoffs", {"department": "transport_bureau"})
    second = again["handoffs"][1]["handoff_id"]
    await centre.does("transport.lei", f"handoffs/{second}/accept")
    await centre.does("transport.lei", f"handoffs/{second}/complete", {"result": "已办"})
    await centre.does("dispatch.cheng", f"handoffs/{second}/verify")
    await centre.does("dispatch.zou", f"cases/{case_id}/follow-up", {"solved": True})
    await centre.does("dispatch.cheng", f"cases/{case_id}/close", {"reason": "solved"})
    await centre.does("dispatch.cheng", f"cases/{case_id}/reopen", {"reason": "new_facts", "grounds": "又堵塞"})


async def test_sums_are_those_of_a_recount_after_many_lives_at_once(centre: Centre) -> None:
    async def folding() -> None:
        async with centre.world.admin("dispatch") as one, centre.world.admin("dispatch") as other:
            for _ in range(20):
                await asyncio.gather(fold(one), fold(other))

    lives = [a_life(centre) for _ in range(6)]
    await asyncio.gather(*lives, a_life(centre, complained_of="housing_commission"), folding())
    kept, recounted = await kept_and_recounted(centre)
    assert kept
    assert kept == recounted


async def test_the_board_counts_a_case_where_it_is_now(centre: Centre) -> None:
    async def board(status: str) -> int:
        rows = await centre.sees("dispatch.cheng", f"figures/cases?category=greening.tree&status={status}")
        return sum(row["count"] for row in rows)

    before = await board("routed"), await board("in_handling")
    case = await centre.a_case("greening.tree")
    assert (await board("routed"), await board("in_handling")) == (before[0] + 1, before[1])
    office = case["handoffs"][0]
    who = {"city_management_bureau": "city.tang"}[office["department"]]
    await centre.does(who, f"handoffs/{office['handoff_id']}/accept")
    assert (await board("routed"), await board("in_handling")) == (before[0], before[1] + 1)
