"""Tasks in sequence, and an office's own teams, as the offices meet them."""

from typing import Any

import pytest

from services.dispatch.facts import HandoffOffered
from tests.dispatch.conftest import Centre
from tests.dispatch.test_scope import content_of
from tests.kit import reference, searching
from tests.kit.appointing import Person, appoint
from tests.kit.searching import a_word

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITY, TEAM = "city_management_bureau", "city_drainage_team"


async def a_team(centre: Centre) -> None:
    """Of the city management bureau, working in dispatch."""
    names = {"name_zh": "区城市管理局排水队", "name_en": "Drainage Team"}
    entry = {**names, "kind": "government", "parent": CITY, "service": None}
    for service in centre.world.apps:
        async with centre.world.admin(service) as connection:
            await reference.put(connection, service, (("department", TEAM, reference.EVER, None, entry),))
    await appoint(centre.world, Person("team.one", "handler", TEAM))


def seen_by_the_centre(case: dict[str, Any]) -> set[str]:
    return {step for handoff in case["handoffs"] for step in handoff["steps"]}


async def test_the_next_task_comes_onto_its_offices_list_when_the_one_before_is_verified(centre: Centre):
    case = await centre.a_case()
    first = case["handoffs"][0]["handoff_id"]
    body = {"department": "transport_bureau", "part": "co", "after": first}
    case = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/handoffs", body)
    planned = case["handoffs"][1]
    assert (planned["status"], planned["status_name"], planned["steps"]) == ("planned", "planned", ["recall_handoff"])
    await centre.sees("transport.lei", f"cases/{case['case_id']}", expect=404)
    assert case["case_id"] not in {
        row["id"] for row in (await centre.sees("transport.lei", "cases?limit=500"))["items"]
    }
    await centre.does("city.tang", f"handoffs/{first}/accept")
    await centre.does("city.tang", f"handoffs/{first}/complete", {"result": "已疏通。"})
    case = await centre.does("dispatch.cheng", f"handoffs/{first}/verify")
    assert (case["status"], case["handoffs"][1]["status"]) == ("in_handling", "offered")
    mine = await centre.sees("transport.lei", "handoffs?limit=500")
    row = next(row for row in mine["items"] if row["handoff_id"] == planned["handoff_id"])
    assert row["due_at"] > row["offered_at"]


async def test_an_office_passes_a_part_to_its_own_team_and_verifies_it_itself(centre: Centre):
    await a_team(centre)
    case = await centre.a_case()
    whole = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{whole}/accept")
    wrong = {"department": "transport_bureau", "note": "请办理"}
    refused = await centre.does("city.tang", f"handoffs/{whole}/parts", wrong, expect=409)
    assert refused["code"] == "not-below"
    case = await centre.does("city.tang", f"handoffs/{whole}/parts", {"department": TEAM, "note": "请先疏通。"})
    part = case["handoffs"][1]
    handling = next(k for k in case["clocks"] if k["handoff_id"] == whole and k["stopped_at"] is None)
    owed = next(k for k in case["clocks"] if k["handoff_id"] == part["handoff_id"])
    assert owed["deadline"]["due_at"] == handling["deadline"]["due_at"], "within the office nothing is gained"
    early = await centre.does("city.tang", f"handoffs/{whole}/complete", {"result": "已办"}, expect=409)
    assert early["code"] == "children-open"
    await centre.does("team.one", f"handoffs/{part['handoff_id']}/accept")
    done = await centre.does("team.one", f"handoffs/{part['handoff_id']}/complete", {"result": "已疏通。"})
    assert "verify_handoff" not in done["handoffs"][1]["steps"]
    assert {"grant_extension", "approve_return"}.isdisjoint(seen_by_the_centre(await centre.case(case["case_id"])))
    waiting = await centre.sees("city.tang", "handoffs?parts_waiting=true&limit=500")
    assert [row["handoff_id"] for row in waiting["items"]] == [whole]
    seen = await centre.case(case["case_id"], "city.tang")
    assert {"verify_handoff", "order_rework"} <= set(seen["handoffs"][1]["steps"])
    seen = await centre.case(case["case_id"], "dispatch.cheng")
    assert "verify_handoff" not in seen["handoffs"][1]["steps"]
    await centre.does("dispatch.cheng", f"handoffs/{part['handoff_id']}/verify", expect=403)
    await centre.does("city.tang", f"handoffs/{part['handoff_id']}/verify")
    await centre.does("city.tang", f"handoffs/{whole}/complete", {"result": "已疏通，试水正常。"})
    assert (await centre.does("dispatch.cheng", f"handoffs/{whole}/verify"))["status"] == "resolved"


async def test_what_a_part_is_for_is_told_found_by_its_words_and_erased(centre: Centre):
    await a_team(centre)
    word = a_word()
    case = await centre.a_case()
    whole = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{whole}/accept")
    await centre.does("city.tang", f"handoffs/{whole}/parts", {"department": TEAM, "note": f"请先疏通{word}。"})
    told = await centre.sees("team.one", f"cases/{case['case_id']}/timeline")
    notes = [item["data"].get("note") for item in told["items"] if item["type"] == HandoffOffered.type()]
    assert [note and note["kind"] for note in notes] == [None, "assignment"]
    for who in ("team.one", "city.tang", "supervise.mao"):
        (item,) = await searching.found(centre.world, "dispatch", who, word)
        assert (item["kind"], item["excerpt"], item["handoff_id"]) == ("assignment", f"请先疏通{word}。", whole)
    assert await searching.found(centre.world, "dispatch", "transport.lei", word) == []
    note = await content_of(centre, case["case_id"], "handoff-offered", "note")
    await centre.does("admin.ran", f"contents/{note}/erase", {"ground": "asked_by_person"})
    assert await searching.found(centre.world, "dispatch", "team.one", word) == []
