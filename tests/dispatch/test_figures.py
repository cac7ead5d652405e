"""Figures by time: what they count, and that the list of each has just so many rows."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.dispatch import figures
from services.dispatch.filters import Filter
from services.dispatch.scope import Scope
from shared.procedure.actor import Actor, Post, Role
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
MAO = "supervise.mao"


async def passed_on(centre: Centre) -> dict[str, Any]:
    """Returned by one office, passed on by the next."""
    case = await centre.a_case()
    case_id = case["case_id"]
    first = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{first}/return", {"reason": "不属于本单位职责"})
    again = await centre.does("dispatch.cheng", f"cases/{case_id}/handoffs", {"department": "transport_bureau"})
    second = again["handoffs"][1]["handoff_id"]
    await centre.does("transport.lei", f"handoffs/{second}/accept")
    await centre.does(
        "transport.lei", f"handoffs/{second}/transfer", {"to": "housing_commission", "reason": "属住建部门职责"}
    )
    return case


async def rows_of(centre: Centre, figure: dict[str, Any]) -> list[dict[str, Any]]:
    async with centre.world.client("dispatch", MAO) as someone:
        answer = await someone.get(f"/v1/{figure['list']}", params={**figure["query"], "limit": 500})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_each_ribbon_of_the_flow_opens_the_hand_offs_that_it_counts(centre: Centre) -> None:
    case = await passed_on(centre)
    flow = await centre.sees(MAO, f"figures/flow?code={case['code']}")
    ribbons = [(r["came_from"], r["came_by"], r["department"], r["count"]) for r in flow["items"]]
    assert sorted(ribbons) == [
        ("centre", "first", "city_management_bureau", 1),
        ("city_management_bureau", "returned", "transport_bureau", 1),
        ("transport_bureau", "transferred", "housing_commission", 1),
    ]
    named = {(r["came_from_name"], r["came_by_name"]) for r in flow["items"]}
    assert ("the centre", "first handed out") in named
    for row in flow["items"]:
        (only,) = await rows_of(centre, {**row, "list": flow["list"]})
        assert (only["came_from"], only["department"], only["code"]) == (
            row["came_from"],
            row["department"],
            case["code"],
        )


async def test_a_case_passed_on_twice_is_counted_as_such_and_its_return_where_it_was(centre: Centre) -> None:
    case = await passed_on(centre)
    passed = await centre.sees(MAO, f"figures/passes?code={case['code']}")
    assert [row["count"] for row in passed["items"]] == [1, 1, 0, 0, 0]
    (only,) = await rows_of(centre, {**passed["items"][1], "list": "cases"})
    assert only["passes"] == 2
    since, until = case["opened_at"], datetime.fromisoformat(passed["as_of"]) + timedelta(seconds=1)
    period = {"from": since, "to": until.isoformat(), "code": case["code"]}
    async with centre.world.client("dispatch", MAO) as someone:
        turned = (await someone.get("/v1/figures/turnover", params=period)).json()
    assert {row["figure"]: row["count"] for row in turned["items"]} == {
        "opened": 1,
        "closed": 0,
        "late": 0,
        "returned": 1,
    }
    for row in turned["items"]:
        assert len(await rows_of(centre, row)) == row["count"], row["figure"]


async def test_a_period_has_its_beginning_and_not_its_end(centre: Centre) -> None:
    case = await centre.a_case()
    opened, own = datetime.fromisoformat(case["opened_at"]), f"code={case['code']}"
    moment, before, after = ((opened + timedelta(microseconds=by)).isoformat().replace("+", "%2B") for by in (0, -1, 1))
    for since, until, count in ((moment, after, 1), (before, moment, 0), (after, after, 0)):
        turned = await centre.sees(MAO, f"figures/turnover?{own}&from={since}&to={until}")
        assert turned["items"][0]["count"] == count


@pytest.mark.parametrize(("days", "age"), [(1, 0), (3, 1), (7, 2), (15, 3), (30, 4), (60, 5)])
async def test_who_is_just_so_old_is_in_the_younger_bucket_and_a_moment_later_in_the_older(
    centre: Centre, days: int, age: int
) -> None:
    case = await centre.a_case()
    opened = datetime.fromisoformat(case["opened_at"])
    scope = Scope.of(Actor("x", (Post(Role.SUPERVISOR, "governance_center", "500104"),), "governance_center"))
    async with centre.world.runtime("dispatch").database.reading() as connection:
        for later, expected in ((0, age), (1, age + 1)):
            at, wanted = opened + timedelta(days=days, microseconds=later), Filter(code=(case["code"],))
            (row,) = await figures.count_ages_of_cases(connection, scope, wanted, at)
            assert (row["age"], row["count"]) == (expected, 1)
            since, until = figures.bounds(expected, at)
            assert since is None or since <= opened
            assert until is None or opened < until
