"""Every list is narrowed by every filter that it takes."""

from dataclasses import fields
from typing import Any

import pytest

from services.dispatch import views
from services.dispatch.views import Filter
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")

KEYS = {"handoffs": "handoff_id", "cases": "id", "clocks": "clock_id"}
NOTHING = {
    **dict.fromkeys(
        ("status", "department", "category", "kind", "area", "code", "answerable", "closing_reason"), "none"
    ),
    "opened_from": "2999-01-01T00:00:00Z",
    "opened_to": "1999-01-01T00:00:00Z",
}
EITHER = ("overdue", "extension_asked", "return_asked", "needs_offer")


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
    assert {each.name for each in fields(Filter)} == {*NOTHING, *EITHER}
    for conditions in (views.OF_CASES, views.OF_HANDOFFS, views.OF_CLOCKS):
        assert set(conditions) == {*NOTHING, *EITHER}


@pytest.mark.parametrize("path", KEYS)
async def test_a_filter_that_fits_nothing_leaves_nothing(centre: Centre, path: str) -> None:
    await centre.a_case()
    assert await listed(centre, path)
    ignored = [name for name, value in NOTHING.items() if await listed(centre, path, f"&{name}={value}")]
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
