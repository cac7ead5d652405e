"""A version is put into force for tomorrow: what is under way goes its old way, what comes then the new one."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.replay import check
from shared.world.world import set_clock
from tests.dispatch.conftest import Centre
from tests.dispatch.given import GRID
from tests.kit.world import running

pytestmark = pytest.mark.asyncio(loop_scope="session")
DRAIN, LIGHT = "sanitation.drain", "lighting.broken"
MONDAY = datetime(2025, 3, 3, 1, tzinfo=UTC)
TUESDAY = date(2025, 3, 4)


@pytest.fixture(scope="module")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("clock") / "clock.json"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre(clock_file: Path) -> AsyncIterator[Centre]:
    """A world of its own, with the directory: what is put into force stays."""
    set_clock(clock_file, MONDAY)
    names = ("directory", "intake", "dispatch", "police", "audit")
    async with running(*names, clock_file=clock_file, head_every=0.5) as world:
        yield Centre(world)


async def put_into_force(centre: Centre, code: str, form: dict[str, Any]) -> None:
    """Until dispatch has heard of it."""
    async with centre.world.client("directory", "admin.ran") as admin:
        answer = await admin.put(f"/v1/workflows/{code}", json=form)
    assert answer.status_code == 200, answer.text
    known = centre.world.runtime("dispatch").reference
    await centre.world.until(lambda: any(v.code == code for v in known.versions("workflow")), 15)


async def until_done(centre: Centre, case: dict[str, Any]) -> dict[str, Any]:
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    return await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通，试水正常。"})


def part(case: dict[str, Any]) -> dict[str, Any]:
    return dict(case["handoffs"][0])


async def test_a_case_under_way_goes_its_old_way_and_the_next_days_case_the_new_one(centre: Centre, clock_file: Path):
    old = await centre.a_case(DRAIN)
    assert (old["workflow"], old["workflow_name"]) == (1, "verified, then asked")
    form = {"category": DRAIN, "area": "500104", "workflow": 2, "valid_from": TUESDAY.isoformat()}
    form["basis"] = {"zh": "东政办发〔2025〕1号", "en": "District notice 1 of 2025"}
    await put_into_force(centre, "drains", form)
    ask = f"workflows/in-force?category={DRAIN}&area={GRID}"
    assert (await centre.sees("dispatch.cheng", ask))["workflow"] == 1, "not before the day"
    coming = await centre.sees("dispatch.cheng", f"{ask}&on={TUESDAY}")
    assert (coming["workflow"], coming["by"]["basis"]) == (2, "District notice 1 of 2025")
    assert (await centre.a_case(DRAIN))["workflow"] == 1

    set_clock(clock_file, MONDAY + timedelta(days=1))
    new = await centre.a_case(DRAIN)
    assert (new["workflow"], new["workflow_by"], new["workflow_from"]) == (2, "drains", TUESDAY.isoformat())
    assert (await centre.sees("dispatch.cheng", ask))["workflow"] == 2

    old = await until_done(centre, old)
    assert (old["status"], "verify_handoff" in (await centre.case(old["case_id"]))["handoffs"][0]["steps"]) == (
        "in_handling",
        True,
    )
    refused = await centre.does("dispatch.cheng", f"cases/{old['case_id']}/follow-up", {"solved": True}, 409)
    assert refused["code"] == "not-now"
    old = await centre.does("dispatch.cheng", f"handoffs/{part(old)['handoff_id']}/verify")
    old = await centre.does("dispatch.zou", f"cases/{old['case_id']}/follow-up", {"solved": True})
    old = await centre.does("dispatch.cheng", f"cases/{old['case_id']}/close", {"reason": "solved"})

    new = await until_done(centre, new)
    assert new["status"] == "resolved"
    shown = part(await centre.case(new["case_id"]))
    assert (shown["status_name"], "verify_handoff" in shown["steps"]) == (
        "completed, for the reporter to confirm",
        False,
    )
    refused = await centre.does("dispatch.cheng", f"handoffs/{shown['handoff_id']}/verify", expect=409)
    assert refused["code"] == "ask-first"
    new = await centre.does("dispatch.zou", f"cases/{new['case_id']}/follow-up", {"solved": True, "satisfied": True})
    assert (new["status"], part(new)["status"]) == ("followed_up", "verified")
    new = await centre.does("dispatch.cheng", f"cases/{new['case_id']}/close", {"reason": "solved"})
    assert (old["status"], old["workflow"], new["status"], new["workflow"]) == ("closed", 1, "closed", 2)


async def test_what_cannot_be_confirmed_is_verified_and_what_is_not_solved_goes_on(centre: Centre):
    case = await until_done(centre, await centre.a_case(DRAIN))
    path, handoff = f"cases/{case['case_id']}", part(case)["handoff_id"]
    answered = next(k for k in case["clocks"] if k["stopped_by_completion"])["deadline"]
    again = await centre.does("dispatch.zou", f"{path}/follow-up", {"solved": False})
    assert (again["status"], again["lead"], part(again)["status"]) == ("in_handling", case["lead"], "in_progress")
    running_now = [k["deadline"] for k in again["clocks"] if k["stopped_at"] is None]
    assert [(k["rule"], k["started_at"]) for k in running_now] == [(answered["rule"], answered["started_at"])]
    assert handoff in {row["handoff_id"] for row in (await centre.sees("city.tang", "handoffs?limit=500"))["items"]}
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已更换管道。"})
    await centre.does("dispatch.zou", f"{path}/follow-up", {"solved": None, "reason": "not_reached"})
    owed = await centre.sees("dispatch.cheng", f"clocks?rule=verification&code={case['code']}")
    assert [(row["handoff_id"], row["answerable"]) for row in owed["items"]] == [(handoff, "governance_center")]
    refused = await centre.does("dispatch.cheng", f"{path}/close", {"reason": "solved"}, 409)
    assert refused["code"] == "results-unverified"
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    assert (await centre.does("dispatch.cheng", f"{path}/close", {"reason": "solved"}))["status"] == "closed"


async def test_the_reporter_reads_the_result_when_asked_and_their_own_answer_verifies_it(centre: Centre):
    case = await centre.a_case(DRAIN)
    receipt = case["receipt"]
    await until_done(centre, case)
    mine = {"headers": {"Tracking-Code": receipt["tracking_code"]}}
    path = f"/v1/receipts/{receipt['receipt_no']}"
    async with centre.world.client("intake") as reporter:

        async def shown() -> bool:
            return bool((await reporter.get(path, **mine)).json()["replies"])

        await centre.world.until(shown, 15)
        told = (await reporter.get(path, **mine)).json()
        assert (told["status"], told["replies"][0]["text"]) == ("resolved", "已疏通，试水正常。")
        asked = {"solved": None, "reason": "not_reached"}
        await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", asked)
        answer = await reporter.post(f"{path}/answer", json={"solved": True, "satisfied": True}, **mine)
        assert answer.status_code == 200, answer.text

    async def confirmed() -> bool:
        return part(await centre.case(case["case_id"]))["status"] == "verified"

    await centre.world.until(confirmed, 15)


async def test_a_desk_of_its_own_works_on_when_it_is_not_solved_and_ends_with_the_reporters_word(centre: Centre):
    form = {"category": "fraud.clue", "area": "500104", "workflow": 2, "basis": {"zh": "通知", "en": "Notice"}}
    await put_into_force(centre, "fraud", form)
    case = await centre.a_case("fraud.clue")
    assert (case["workflow"], part(case)["via"]) == (2, "police")
    helping = case["handoffs"][1]["handoff_id"]
    await centre.does("dispatch.cheng", f"handoffs/{helping}/waive", {"reason": "由公安一家办理"})
    task = f"/v1/tasks/{part(case)['handoff_id']}"

    async def status(wanted: str) -> bool:
        async with centre.world.client("police", "police.wu") as officer:
            answer = await officer.get(task)
        return answer.status_code == 200 and answer.json()["status"] == wanted

    async def does(step: str, body: dict[str, Any] | None = None) -> None:
        async with centre.world.client("police", "police.wu") as officer:
            answer = await officer.post(f"{task}/{step}", json=body)
        assert answer.status_code == 200, answer.text

    async def case_is(wanted: str) -> bool:
        return (await centre.case(case["case_id"]))["status"] == wanted

    await centre.world.until(lambda: status("received"), 15)
    await does("accept")
    for solved, after in ((False, "in_progress"), (True, "verified")):
        await does("finish", {"result": "已核查，劝阻到位。"})
        await centre.world.until(lambda: case_is("resolved"), 15)
        await centre.does("dispatch.zou", f"cases/{case['case_id']}/follow-up", {"solved": solved})
        await centre.world.until(lambda wanted=after: status(wanted), 15)


async def test_lists_say_which_version_a_case_goes_by_and_are_narrowed_to_it(centre: Centre):
    first, second = await centre.a_case("noise.living"), await centre.a_case(LIGHT)
    for query, here, not_here in (("workflow=1", first, second), ("workflow=2", second, first)):
        rows = (await centre.sees("dispatch.cheng", f"cases?{query}&limit=500"))["items"]
        assert {row["workflow"] for row in rows} == {here["workflow"]}
        assert here["case_id"] in {row["id"] for row in rows}
        assert not_here["case_id"] not in {row["id"] for row in rows}
    assert {row["workflow_name"] for row in rows} == {"asked, then verified"}
    refused = await centre.sees("dispatch.cheng", "cases?workflow=9", expect=422)
    assert refused["code"] == "no-such-value"


async def test_staff_read_which_versions_there_are_what_differs_and_where_since_when_by_which_basis(centre: Centre):
    told = await centre.sees("city.tang", "workflows")
    first, second = told["items"]
    assert (first["workflow"], first["where_nothing_is_said"], first["other_steps"]) == (1, True, [])
    assert {"verify_handoff", "close_case"} <= {step["step"] for step in second["other_steps"]}
    (light,) = [each for each in second["in_force"] if each["category"] == LIGHT]
    assert (light["valid_from"], light["holds"], light["area"]) == ("2021-10-01", True, "500104")
    assert light["category_name"] == "Broken street light"
    earlier = await centre.sees("city.tang", "workflows?on=2021-09-30")
    assert [each["holds"] for each in earlier["items"][1]["in_force"] if each["category"] == LIGHT] == [False]
    async with centre.world.client("dispatch", "city.tang", language="zh") as handler:
        said = (await handler.get("/v1/workflows")).json()["items"][1]
    assert (said["workflow_name"], said["about"].count("回访反映人")) == ("先回访、后核实", 1)
    async with centre.world.client("dispatch") as nobody:
        assert (await nobody.get("/v1/workflows")).status_code == 401


async def test_everything_here_is_given_again_by_the_log(centre: Centre):
    """Cases of both versions: the last test of this file."""
    await centre.world.settled(60)
    kept = await centre.world.fetch("dispatch", "SELECT DISTINCT workflow FROM cases ORDER BY 1")
    assert [row["workflow"] for row in kept] == [1, 2]
    report = await check(centre.world.admin_url, ["directory", "intake", "dispatch", "police"], patience=20)
    assert report.clean, report.differences
