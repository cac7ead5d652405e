"""回访: planned by rule, recorded, counted only where somebody was asked and answered."""

from datetime import datetime
from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
AREA = "50010400300101"


async def resolved(centre: Centre, category: str = "sanitation.drain", **more: Any) -> dict[str, Any]:
    case = await centre.a_case(category, AREA, **more)
    if case["status"] == "queued":
        case = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": "city_management_bureau"})
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    return await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")


def owed(case: dict[str, Any]) -> dict[str, Any]:
    (clock,) = [clock for clock in case["clocks"] if clock["stopped_at"] is None]
    return dict(clock["deadline"])


async def figures(centre: Centre) -> tuple[dict[str, int], dict[str, Any]]:
    found = await centre.sees("supervise.mao", f"figures/follow-up?area={AREA}")
    return found["counts"], {rate["rate"]: rate for rate in found["rates"]}


async def test_the_kind_of_matter_says_by_when_the_reporter_is_asked(centre: Centre):
    plain, dispute = owed(await resolved(centre)), owed(await resolved(centre, "dispute.neighbour"))
    assert (plain["rule"], dispute["rule"]) == ("follow_up", "follow_up_dispute")
    days = [
        (datetime.fromisoformat(clock["due_at"]) - datetime.fromisoformat(clock["started_at"])).days
        for clock in (plain, dispute)
    ]
    assert days[1] > days[0]


async def test_who_pays_visits_has_them_as_a_list_by_what_is_due_next(centre: Centre):
    case = await resolved(centre)
    rows = (await centre.sees("dispatch.zou", f"clocks?rule=follow_up&area={AREA}&limit=500"))["items"]
    assert case["case_id"] in {row["case_id"] for row in rows}
    assert [row["due_at"] for row in rows] == sorted(row["due_at"] for row in rows)
    await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", {"solved": True})
    rows = (await centre.sees("dispatch.zou", f"clocks?rule=follow_up&area={AREA}&limit=500"))["items"]
    assert case["case_id"] not in {row["case_id"] for row in rows}


async def test_satisfaction_is_counted_only_where_it_was_asked_for_and_answered(centre: Centre):
    before, _ = await figures(centre)
    for answer in (
        {"solved": True, "satisfied": True},
        {"solved": True, "satisfied": False},
        {"solved": True},
        {"solved": None, "reason": "not_reached"},
        {"solved": False},
    ):
        case = await resolved(centre)
        told = await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", answer)
        assert told["status"] == ("reopened" if answer["solved"] is False else "followed_up")
    counts, rates = await figures(centre)
    more = {name: counts[name] - before[name] for name in counts}
    assert more == {
        "resolved": 4,
        "to_be_asked": 0,
        "solved": 3,
        "not_solved": 1,
        "not_reached": 1,
        "anonymous": 0,
        "satisfaction_asked": 2,
        "satisfied": 1,
    }
    satisfied = rates["satisfied"]
    assert satisfied["value"] == satisfied["numerator"] / satisfied["denominator"]
    assert satisfied["denominator"] == counts["satisfaction_asked"], "who said nothing is in no denominator"


@pytest.mark.parametrize("asked", ["solved", "not_solved", "not_reached"])
async def test_each_figure_opens_the_list_behind_it(centre: Centre, asked: str):
    counts, _ = await figures(centre)
    rows = (await centre.sees("supervise.mao", f"cases?asked_with={asked}&area={AREA}&limit=500"))["items"]
    assert len(rows) == counts[asked]


async def test_where_nobody_was_asked_there_is_no_rate_and_others_areas_are_not_counted(centre: Centre):
    found = await centre.sees("supervise.mao", "figures/follow-up?area=500104002&category=greening.tree")
    assert {rate["value"] for rate in found["rates"]} == {None}
    elsewhere = await centre.sees("city.tang", f"figures/follow-up?area={AREA}&category=petition.pension")
    assert set(elsewhere["counts"].values()) == {0}


async def test_an_answer_that_there_is_none_of_is_refused_with_those_that_there_are(centre: Centre):
    refused = await centre.sees("supervise.mao", "cases?asked_with=perhaps", expect=422)
    assert (refused["code"], refused["possible"]) == (
        "no-such-value",
        ["solved", "not_solved", "not_reached", "anonymous"],
    )
