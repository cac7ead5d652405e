"""Every list is narrowed by every filter that it takes."""

from dataclasses import fields
from typing import Any

import pytest

from services.dispatch.filters import Filter
from services.dispatch.narrowing import OF_CASES, OF_CLOCKS, OF_HANDOFFS
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = {"handoffs": "handoff_id", "cases": "id", "clocks": "clock_id"}
NOTHING = {
    "status": "withdrawn",
    "department": "cyberspace_office",
    "category": "noise.living",
    "kind": "dispute",
    "area": "500104003",
    "colour": "lapsed",
    "answerable": "cyberspace_office",
    "rule": "arbitration",
    "with_whom": "cyberspace_office",
    "asked_with": "anonymous",
    "closing_reason": "solved",
    "workflow": "2",
    "code": "500104-990101-ZZZZZZZZ",
    "due_before": "1999-01-01T00:00:00Z",
    "opened_from": "2999-01-01T00:00:00Z",
    "opened_to": "1999-01-01T00:00:00Z",
    "came_from": "cyberspace_office",
    "came_by": "returned",
    "passed": "1",
    **{f"{what}_from": "2999-01-01T00:00:00Z" for what in ("offered", "ended", "closed", "late")},
    **{f"{what}_to": "1999-01-01T00:00:00Z" for what in ("offered", "ended", "closed", "late")},
}
"""What a fresh case of a blocked drain is not."""
EITHER = ("overdue", "extension_asked", "return_asked", "needs_offer", "parts_waiting")


async def listed(centre: Centre, path: str, query: str = "") -> set[str]:
    found = await centre.sees("dispatch.cheng", f"{path}?limit=500{query}")
    return {row[KEYS[path]] for row in found["items"]}


async def an_extension_is_asked(centre: Centre) -> dict[str, Any]:
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    return await centre.does("city.tang", f"handoffs/{handoff}/extension", {"days": 2, "reason": "需更换管件"})


async def a_recalled(centre: Centre) -> dict[str, Any]:
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    return await centre.does("dispatch.cheng", f"handoffs/{handoff}/recall", {"reason": "改由他单位办理"})


async def test_no_filter_is_declared_that_this_file_does_not_try() -> None:
    assert {each.name for each in fields(Filter)} == {*NOTHING, *EITHER, "found"}
    for conditions in (OF_CASES, OF_HANDOFFS, OF_CLOCKS):
        assert set(conditions) == {*NOTHING, *EITHER}


@pytest.mark.parametrize("path", KEYS)
async def test_a_filter_that_fits_nothing_leaves_nothing(centre: Centre, path: str) -> None:
    case = await centre.a_case()
    own = f"&q={case['code']}"
    assert await listed(centre, path, own)
    asked = {**NOTHING, "status": "verified"} if path == "handoffs" else NOTHING
    ignored = [name for name, value in asked.items() if await listed(centre, path, f"{own}&{name}={value}")]
    assert ignored == []


@pytest.mark.parametrize("path", KEYS)
async def test_yes_and_no_divide_the_list(centre: Centre, path: str) -> None:
    asked, recalled = await an_extension_is_asked(centre), await a_recalled(centre)
    whole = await listed(centre, path)
    for name in EITHER:
        yes, no = await listed(centre, path, f"&{name}=true"), await listed(centre, path, f"&{name}=false")
        assert (yes & no, yes | no) == (set(), whole), name
    assert {asked["case_id"]} <= await listed(centre, "cases", "&extension_asked=true")
    assert asked["case_id"] not in await listed(centre, "cases", "&extension_asked=false")
    assert {recalled["case_id"]} <= await listed(centre, "cases", "&needs_offer=true")


async def test_a_hand_off_is_found_by_what_its_case_is(centre: Centre) -> None:
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    for query in (f"code={case['code'].lower()}", f"kind={case['kind']}&code={case['code']}", "needs_offer=false"):
        assert handoff in await listed(centre, "handoffs", f"&{query}"), query
    other = {"livelihood": "dispute", "dispute": "livelihood"}[case["kind"]]
    assert handoff not in await listed(centre, "handoffs", f"&kind={other}")
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", {"solved": True})
    await centre.does("dispatch.cheng", f"cases/{case['case_id']}/close", {"reason": "solved"})
    assert handoff in await listed(centre, "handoffs", "&closing_reason=solved")
    assert handoff not in await listed(centre, "handoffs", "&closing_reason=partly_solved")


@pytest.mark.parametrize("path", KEYS)
async def test_of_several_values_one_has_to_fit(centre: Centre, path: str) -> None:
    case = await centre.a_case()
    own = f"&code={case['code'][:17].lower()}"
    states = {"handoffs": ("offered", "verified")}.get(path, ("routed", "withdrawn"))
    each = [await listed(centre, path, f"{own}&status={state}") for state in states]
    assert await listed(centre, path, f"{own}&status={','.join(states)}") == each[0] | each[1]
    assert each[0]
    departments = "cyberspace_office,city_management_bureau"
    assert await listed(centre, path, f"&q={case['code']}&department={departments}")


@pytest.mark.parametrize(
    ("query", "among"),
    [
        ("status=done", "closed"),
        ("status=routed,done", "closed"),
        ("department=city_managment_bureau", "city_management_bureau"),
        ("answerable=nobody", "governance_center"),
        ("category=sanitation.drian", "sanitation.drain"),
        ("area=999", "500104"),
        ("kind=quarrel", "dispute"),
        ("colour=blue", "lapsed"),
        ("closing_reason=done", "solved"),
        ("came_from=central", "centre"),
        ("came_by=gift", "transferred"),
    ],
)
async def test_what_there_is_not_is_refused_with_what_there_is(centre: Centre, query: str, among: str) -> None:
    for path in ("cases", "figures/cases", "map/cases"):
        refused = await centre.sees("dispatch.cheng", f"{path}?{query}", expect=422)
        assert (refused["code"], refused["field"]) == ("no-such-value", query.partition("=")[0])
        if refused["field"] not in ("answerable", "area"):
            assert among in refused["possible"]
        assert query.rpartition("=")[2] not in refused["title"]


async def test_a_state_of_hand_offs_is_none_of_cases(centre: Centre) -> None:
    await centre.sees("dispatch.cheng", "cases?status=verified", expect=422)
    await centre.sees("dispatch.cheng", "handoffs?status=followed_up", expect=422)
    await centre.sees("dispatch.cheng", "handoffs?status=verified")


async def test_the_colour_of_a_case_is_the_worst_of_what_is_owed(centre: Centre) -> None:
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    own = f"&q={case['code']}"
    async with centre.world.admin("dispatch") as administrator:
        row = await administrator.fetchrow("SELECT colour, due_at FROM cases WHERE id = $1", case["case_id"])
    assert row["colour"] == 0
    due = row["due_at"].isoformat().replace("+", "%2B")
    for path, key in (("cases", case["case_id"]), ("handoffs", handoff)):
        assert key in await listed(centre, path, f"{own}&colour=green")
        assert await listed(centre, path, f"{own}&colour=yellow,red,lapsed") == set()
        assert await listed(centre, path, f"{own}&due_before={due}") == set()
    after = row["due_at"].replace(microsecond=row["due_at"].microsecond + 1).isoformat().replace("+", "%2B")
    assert await listed(centre, "cases", f"{own}&due_before={after}") == {case["case_id"]}
