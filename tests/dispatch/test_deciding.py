"""What dispatchers decide by: suggestions with their grounds, duplicates, several offices at once, passing a task
on."""

from datetime import timedelta
from typing import Any

import pytest

from services.dispatch import routing
from services.dispatch.model import MODEL
from tests.dispatch.conftest import Centre
from tests.dispatch.given import DISPATCHER, TEXT, a_case
from tests.dispatch.test_authority import DISTRICT

ELSEWHERE, NOISE = "50010400300101", "noise.living"
CITY, TRANSPORT, HOUSING, FIRE = (
    *("city_management_bureau", "transport_bureau"),
    *("housing_commission", "fire_rescue_brigade"),
)


@pytest.mark.asyncio(loop_scope="session")
async def test_suggestions_say_on_what_ground_and_why_one_could_not_be_taken(centre: Centre) -> None:
    before = await centre.a_case(NOISE, ELSEWHERE)
    await centre.does("dispatch.cheng", f"cases/{before['case_id']}/route", {"lead": TRANSPORT})
    case = await centre.a_case(NOISE, ELSEWHERE)
    found = await centre.sees("dispatch.cheng", f"cases/{case['code']}/suggestions")
    assert (found["reason"], found["reason_name"]) == ("no_rule", "no rule of the catalogue fits")
    (acted,) = [each for each in found["items"] if each["department"] == TRANSPORT]
    (ground,) = acted["grounds"]
    assert (ground["kind"], 1 <= ground["count"] <= ground["of"], acted["problem"]) == ("acted", True, None)
    complained = await centre.a_case("sanitation.drain", complained_of=CITY)
    found = await centre.sees("dispatch.cheng", f"cases/{complained['code']}/suggestions")
    (barred,) = [each for each in found["items"] if each["department"] == CITY]
    assert (barred["grounds"][0]["kind"], barred["problem"]["code"]) == ("rule", "complained-of")
    await centre.sees("city.tang", f"cases/{case['code']}/suggestions", expect=403)


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_like_it_is_of_the_same_matter_and_community_and_goes_on(centre: Centre) -> None:
    one, other = await centre.a_case(), await centre.a_case()
    tree = await centre.a_case("greening.tree")
    far = await centre.a_case(area=ELSEWHERE)

    async def alike(case: dict[str, Any]) -> dict[str, dict[str, Any]]:
        found = await centre.sees("dispatch.cheng", f"cases/{case['code']}/alike")
        return {each["code"]: each for each in found["items"]}

    found = await alike(one)
    assert found[other["code"]]["why"] == ["same matter", "same grid", "0 days apart"]
    assert not found.keys() & {one["code"], tree["code"], far["code"]}
    await centre.does("dispatch.cheng", f"cases/{other['case_id']}/merge", {"into": one["case_id"]})
    assert other["code"] not in await alike(one)


@pytest.mark.asyncio(loop_scope="session")
async def test_several_offices_at_once_and_one_after_the_other_read_what_it_is_for(centre: Centre) -> None:
    case = await centre.a_case(NOISE, ELSEWHERE)
    body = {"lead": CITY, "co_handlers": [TRANSPORT], "in_turn": [HOUSING, FIRE], "note": "请于本周内联合处置。"}
    routed = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/route", body)
    lead, helper, third, fourth = routed["handoffs"]
    assert [each["department"] for each in routed["handoffs"]] == [CITY, TRANSPORT, HOUSING, FIRE]
    assert [each["status"] for each in routed["handoffs"]] == ["offered", "offered", "planned", "planned"]
    assert (third["after"], fourth["after"]) == (lead["handoff_id"], third["handoff_id"])
    async with centre.world.client("dispatch", "city.tang") as office:
        text = await office.get(f"/v1/contents/{helper['note']['id']}")
    assert text.text == "请于本周内联合处置。"
    await centre.does("city.tang", f"handoffs/{lead['handoff_id']}/accept")
    await centre.does("city.tang", f"handoffs/{lead['handoff_id']}/complete", {"result": "已处置。"})
    verified = await centre.does("dispatch.cheng", f"handoffs/{lead['handoff_id']}/verify")
    assert [each["status"] for each in verified["handoffs"]] == ["verified", "offered", "offered", "planned"]
    assert verified["handoffs"][2]["note"] == lead["note"]


@pytest.mark.asyncio(loop_scope="session")
async def test_a_task_is_passed_on_before_and_after_it_was_taken_on_and_it_is_said_where_it_cannot_go(
    centre: Centre,
) -> None:
    case = await centre.a_case(NOISE, ELSEWHERE)
    routed = await centre.does(
        "dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": CITY, "co_handlers": [FIRE]}
    )
    lead = routed["handoffs"][0]["handoff_id"]
    ways = await centre.sees("dispatch.cheng", f"handoffs/{lead}/ways?to={TRANSPORT},{FIRE},no_such_office")
    said = {each["department"]: each["problem"] and each["problem"]["code"] for each in ways["items"]}
    assert said == {TRANSPORT: None, FIRE: "already-held", "no_such_office": "unknown-department"}
    passed = await centre.does(
        "dispatch.cheng", f"handoffs/{lead}/pass-on", {"to": TRANSPORT, "reason": "属道路范围。"}
    )
    assert [(each["department"], each["status"]) for each in passed["handoffs"]] == [
        *((CITY, "recalled"), (FIRE, "offered"), (TRANSPORT, "offered"))
    ]
    assert passed["handoffs"][2]["replaces"] == lead
    await centre.does("transport.lei", f"handoffs/{passed['handoffs'][2]['handoff_id']}/accept")
    now = passed["handoffs"][2]["handoff_id"]
    again = await centre.does("dispatch.cheng", f"handoffs/{now}/pass-on", {"to": CITY, "reason": "经核实属市容范围。"})
    assert [each["status"] for each in again["handoffs"]] == ["recalled", "offered", "transferred", "offered"]
    await centre.does("city.tang", f"handoffs/{lead}/pass-on", {"to": FIRE, "reason": "原因"}, expect=403)


def test_the_last_open_task_is_passed_on_without_resolving_the_case() -> None:
    """Taken back first, it would leave a case that is done."""
    story = a_case().offered_to(CITY, TRANSPORT).accepted(1).completed(1).verified(1)
    assert story.case.status == "in_handling"
    stamp = {"at": story.at + timedelta(hours=1), "actor": DISPATCHER}
    about = {"handoff_id": story.id(2), "why": TEXT}
    for command in routing.passing_on(DISTRICT, stamp, HOUSING, **about)(story.case):
        story.case, _ = MODEL.carry_out(story.case, command)
    assert story.case.status == "in_handling"
    assert [(h.department, h.status) for h in story.case.handoffs[1:]] == [
        (TRANSPORT, "recalled"),
        (HOUSING, "offered"),
    ]
