"""Clocks as offices meet them: told once each, at their time, and never deciding anything."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.dispatch import deadlines
from services.dispatch.scheduler import tell_due
from shared.world.world import set_clock
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")


ACCEPTANCE = "handoff_acceptance"


async def _clock_facts(centre: Centre, case_id: str) -> list[tuple[str, Any]]:
    """Of the clock of acceptance."""
    told = await centre.sees("dispatch.cheng", f"cases/{case_id}/timeline")
    kinds = [(fact["type"].split(".")[2], fact["data"]) for fact in told["items"]]
    return [(kind, data) for kind, data in kinds if kind.startswith("clock-") and data["rule"] == ACCEPTANCE]


async def _told(centre: Centre, case_id: str, count: int) -> bool:
    return len(await _clock_facts(centre, case_id)) == count


async def test_a_hand_off_nobody_accepts_turns_yellow_red_and_lapses_once_each(centre: Centre, clock_file: Path):
    case = await centre.a_case()
    try:
        deadline = case["clocks"][0]["deadline"]
        moments = [*deadline["warnings"], deadline["due_at"]]
        for number, moment in enumerate(moments, 1):
            set_clock(clock_file, datetime.fromisoformat(moment) + timedelta(seconds=1))
            await centre.world.until(lambda count=number: _told(centre, case["case_id"], count))
        kinds = [(kind, data.get("level")) for kind, data in await _clock_facts(centre, case["case_id"])]
        assert kinds == [("clock-warned", 1), ("clock-warned", 2), ("clock-lapsed", None)]
        last = (await _clock_facts(centre, case["case_id"]))[-1][1]
        assert last["answerable"] == "city_management_bureau"
        late = await centre.sees("supervise.mao", "handoffs?overdue=true&limit=500")
        assert case["handoffs"][0]["handoff_id"] in {row["handoff_id"] for row in late["items"]}
        owed = await centre.sees("supervise.mao", "clocks?overdue=true&answerable=city_management_bureau&limit=500")
        (clock,) = [row for row in owed["items"] if row["case_id"] == case["case_id"]]
        assert (clock["code"], clock["overdue"], clock["rule"]) == (case["code"], True, ACCEPTANCE)
        assert clock["rule_name"] in ("签收接办", "Acceptance of a hand-off")
        assert clock["answerable_name"] != clock["answerable"], "a supervisor reads who is late by name"
        accepted = await centre.does("city.tang", f"handoffs/{case['handoffs'][0]['handoff_id']}/accept")
        assert accepted["handoffs"][0]["status"] == "accepted", "what was owed is still owed"
    finally:
        clock_file.unlink(missing_ok=True)


async def test_after_a_long_stop_everything_due_is_told_once_and_in_order(centre: Centre, clock_file: Path):
    case = await centre.a_case()
    try:
        due = datetime.fromisoformat(case["clocks"][0]["deadline"]["due_at"])
        set_clock(clock_file, due + timedelta(days=400))
        await centre.world.until(lambda: _told(centre, case["case_id"], 3))
        await tell_due(centre.world.runtime("dispatch"))
        kinds = [kind for kind, _ in await _clock_facts(centre, case["case_id"])]
        assert kinds == ["clock-warned", "clock-warned", "clock-lapsed"]
    finally:
        clock_file.unlink(missing_ok=True)


async def test_a_clock_set_back_tells_nothing_twice(centre: Centre, clock_file: Path):
    case = await centre.a_case()
    try:
        warning = datetime.fromisoformat(case["clocks"][0]["deadline"]["warnings"][0])
        set_clock(clock_file, warning + timedelta(seconds=1))
        await centre.world.until(lambda: _told(centre, case["case_id"], 1))
        for back in (warning - timedelta(days=1), warning + timedelta(seconds=2)):
            set_clock(clock_file, back)
            await tell_due(centre.world.runtime("dispatch"))
        assert await _told(centre, case["case_id"], 1)
    finally:
        clock_file.unlink(missing_ok=True)


async def test_petitions_have_the_fifteen_days_of_their_regulation_to_answer(centre: Centre):
    case = await centre.a_case("petition.pension")
    lead = next(h for h in case["handoffs"] if h["department"] == "petition_office")
    clock = next(c for c in case["clocks"] if c["handoff_id"] == lead["handoff_id"])
    assert clock["deadline"]["rule"] == "petition_notice"
    started, due = (datetime.fromisoformat(clock["deadline"][name]) for name in ("started_at", "due_at"))
    assert due - started >= timedelta(days=15)


async def test_a_district_without_such_a_clock_starts_none(centre: Centre):
    runtime = centre.world.runtime("dispatch")
    assert deadlines.deadline(runtime.reference, "no-such-clock", runtime.now(), "x") is None


async def test_a_late_verification_and_a_late_queue_are_the_centres_in_every_list(centre: Centre, clock_file: Path):
    queued = await centre.a_case("noise.living", "50010400300101")
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    done = await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    due = max(clock["deadline"]["due_at"] for clock in (*done["clocks"], *queued["clocks"]) if not clock["stopped_at"])
    ours = {queued["case_id"], case["case_id"]}
    try:
        set_clock(clock_file, datetime.fromisoformat(due) + timedelta(seconds=1))

        async def late() -> bool:
            listed = await centre.sees("dispatch.cheng", "clocks?overdue=true&answerable=governance_center&limit=500")
            rules = {(row["case_id"], row["rule"]) for row in listed["items"]}
            return {(queued["case_id"], "queue"), (case["case_id"], "verification")} <= rules

        await centre.world.until(late)
        offices = await centre.sees("city.tang", "handoffs?overdue=true&limit=500")
        assert handoff not in {row["handoff_id"] for row in offices["items"]}
        cases = await centre.sees("supervise.mao", "cases?overdue=true&limit=500")
        assert ours <= {row["id"] for row in cases["items"]}
        offices = await centre.sees("supervise.mao", "cases?overdue=true&answerable=city_management_bureau&limit=500")
        assert not ours & {row["id"] for row in offices["items"]}
    finally:
        clock_file.unlink(missing_ok=True)


async def test_no_clock_is_told_while_answers_lie_unheard_in_kafka(centre: Centre, clock_file: Path, monkeypatch: Any):
    runtime = centre.world.runtime("dispatch")
    case = await centre.a_case()
    monkeypatch.setattr("services.dispatch.scheduler.HEARD_WITHIN", 0.01)
    ends = runtime.listener._ends

    async def more_is_there() -> Any:
        return {place: end + 1 for place, end in (await ends()).items()}

    monkeypatch.setattr(runtime.listener, "_ends", more_is_there)
    try:
        set_clock(clock_file, datetime.fromisoformat(case["clocks"][0]["deadline"]["due_at"]) + timedelta(seconds=1))
        assert await tell_due(runtime) == 0
        assert await _clock_facts(centre, case["case_id"]) == []
        monkeypatch.undo()
        await centre.world.until(lambda: _told(centre, case["case_id"], 3))
    finally:
        clock_file.unlink(missing_ok=True)


async def test_a_late_answer_between_two_looks_is_told_as_late_before_it_is_taken(
    centre: Centre, clock_file: Path, monkeypatch: Any
):
    async def nothing_due(*about: Any) -> list[str]:
        return []

    case = await centre.a_case()
    handoff, deadline = case["handoffs"][0]["handoff_id"], case["clocks"][0]["deadline"]
    monkeypatch.setattr("services.dispatch.scheduler.due_clocks", nothing_due)
    try:
        set_clock(clock_file, datetime.fromisoformat(deadline["due_at"]) + timedelta(seconds=1))
        await centre.does("city.tang", f"handoffs/{handoff}/accept")
        told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
        moments = {fact["type"].split(".")[2]: fact["at"] for fact in told["items"]}
        assert datetime.fromisoformat(moments["clock-lapsed"]) == datetime.fromisoformat(deadline["due_at"])
        assert moments["clock-lapsed"] < moments["handoff-accepted"]
        assert [kind for kind, _ in await _clock_facts(centre, case["case_id"])] == [
            *("clock-warned" for _ in deadline["warnings"]),
            "clock-lapsed",
        ]
    finally:
        clock_file.unlink(missing_ok=True)


async def test_a_suspension_does_not_move_a_clock_whose_rule_does_not_exclude_it(centre: Centre, clock_file: Path):
    case = await centre.a_case()
    handoff, path = case["handoffs"][0]["handoff_id"], f"cases/{case['case_id']}"
    accepted = await centre.does("city.tang", f"handoffs/{handoff}/accept")
    (clock,) = [one for one in accepted["clocks"] if one["stopped_at"] is None]
    now = centre.world.runtime("dispatch").now()
    later = (now + timedelta(days=20)).isoformat()
    try:
        await centre.does("dispatch.cheng", f"{path}/suspend", {"waiting_for": "鉴定", "look_again_at": later})
        set_clock(clock_file, now + timedelta(days=2))
        resumed = await centre.does("dispatch.cheng", f"{path}/resume")
        after = next(one for one in resumed["clocks"] if one["clock_id"] == clock["clock_id"])
        assert (after["deadline"], after["stood_still"]) == (clock["deadline"], {"days": 0})
    finally:
        clock_file.unlink(missing_ok=True)


async def test_a_timeline_tells_a_case_opened_before_the_offices_that_received_it(centre: Centre):
    case = await centre.a_case("dispute.neighbour")

    async def received() -> list[str] | None:
        told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
        kinds = [".".join(fact["type"].split(".")[1:3]) for fact in told["items"]]
        return kinds if "justice.task-received" in kinds else None

    kinds = await centre.world.until(received)
    order = [
        "intake.report-accepted",
        "dispatch.case-opened",
        "dispatch.case-routed",
        "dispatch.handoff-offered",
        "justice.task-received",
    ]
    assert sorted(order, key=kinds.index) == order


async def test_a_matter_in_the_queue_has_a_clock_and_climbs_to_the_committee_once(centre: Centre, clock_file: Path):
    case = await centre.a_case("noise.living", "50010400300101")
    (clock,) = case["clocks"]
    (rung,) = clock["deadline"]["ladder"]
    assert rung["at"] > clock["deadline"]["due_at"]
    try:
        set_clock(clock_file, datetime.fromisoformat(rung["at"]) + timedelta(seconds=1))

        async def climbed() -> list[dict[str, Any]]:
            owed = await centre.sees("supervise.mao", "clocks?overdue=true&limit=500")
            return [row for row in owed["items"] if row["case_id"] == case["case_id"] and row["with_whom"]]

        (row,) = await centre.world.until(climbed)
        assert (row["with_whom"], row["with_whom_name"]) == (
            "political_legal_committee",
            "Political and Legal Affairs Committee",
        )
        set_clock(clock_file, datetime.fromisoformat(rung["at"]) + timedelta(days=90))
        await tell_due(centre.world.runtime("dispatch"))
        told = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
        assert sum(fact["type"].split(".")[2] == "lapse-climbed" for fact in told["items"]) == 1
    finally:
        clock_file.unlink(missing_ok=True)


async def test_what_an_office_gave_back_is_owed_by_the_centre_until_another_has_it(centre: Centre):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/return", {"reason": "不属本局"})
    case = await centre.case(case["case_id"])
    (owed,) = [clock for clock in case["clocks"] if clock["stopped_at"] is None]
    assert (owed["rule_name"], owed["answerable_name"]) == ("Finding another office", "Governance Centre")
    body = {"department": "transport_bureau", "replaces": handoff}
    case = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/handoffs", body)
    rules = {clock["deadline"]["rule"] for clock in case["clocks"] if clock["stopped_at"] is None}
    assert "reoffer" not in rules
