"""What offices wrote for a reporter, read with the receipt: asked of its owner then, kept by nobody else."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from services.intake.replies import Replies
from shared.clocks.zone import DISTRICT_ZONE
from tests.dispatch.conftest import Centre
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
RESULT, NOTE = "已上门劝导,当事人承诺夜间不再打麻将。", "内部记录:该户情绪激动,注意方式。"


class Follower:
    """A reporter with the receipt of a case."""

    def __init__(self, centre: Centre, case: dict[str, Any]) -> None:
        self.world, receipt = centre.world, case["receipt"]
        self.path, self.code = f"/v1/receipts/{receipt['receipt_no']}", receipt["tracking_code"]

    async def look(self, language: str = "en") -> httpx.Response:
        async with self.world.client("intake") as resident:
            headers = {"Tracking-Code": self.code, "Accept-Language": language}
            return await resident.get(self.path, headers=headers)

    async def until(self, there: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
        async def look() -> Any:
            told = (await self.look()).json()
            return told if there(told) else None

        found: dict[str, Any] = await self.world.until(look)
        return found


async def at_the_police(centre: Centre) -> tuple[dict[str, Any], str]:
    """A case whose hand-off the station has accepted, with a note; and the hand-off."""
    case = await centre.a_case("noise.living")
    handoff = case["handoffs"][0]["handoff_id"]
    async with centre.world.client("police", "station.jiang") as police:
        await police.get(f"/v1/tasks/{handoff}", headers={"Prefer": "wait=15"})
        for step, body in (("accept", None), ("start", None), ("progress", {"note": NOTE})):
            answer = await police.post(f"/v1/tasks/{handoff}/{step}", json=body)
            assert answer.status_code == 200, answer.text
    return case, handoff


async def finished(centre: Centre, case: dict[str, Any], handoff: str) -> None:
    """By the station, and verified by the centre."""
    async with centre.world.client("police", "station.jiang") as police:
        done = await police.post(f"/v1/tasks/{handoff}/finish", json={"result": RESULT})
        assert done.status_code == 200, done.text

    async def completed() -> bool:
        return bool((await centre.case(case["case_id"]))["handoffs"][0]["status"] == "completed")

    await centre.world.until(completed)
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")


async def told_by(world: World, service: str) -> list[dict[str, Any]]:
    rows = await world.fetch(
        service,
        "SELECT convert_from(data, 'UTF8') AS data FROM (SELECT type, data FROM log UNION ALL"
        " SELECT type, data FROM pending) told WHERE type LIKE '%reporter-told%'",
    )
    return [json.loads(row["data"]) for row in rows]


async def test_the_resident_reads_what_the_police_did_and_nothing_that_they_noted_for_themselves(centre: Centre):
    case, handoff = await at_the_police(centre)
    mine = Follower(centre, case)
    assert (await mine.look()).json()["replies"] == []
    await finished(centre, case, handoff)
    told = await mine.until(lambda told: told["replies"])
    (reply,) = told["replies"]
    assert (reply["department_name"], reply["kind"], reply["text"]) == ("Yuejincun Police Station", "result", RESULT)
    assert reply["missing"] is None
    assert NOTE not in json.dumps(told, ensure_ascii=False)
    await mine.look()
    ours = [each for each in await told_by(centre.world, "police") if each["handoff_id"] == handoff]
    assert len(ours) == 1, "recorded, and once"
    kept = await centre.world.fetch("intake", "SELECT 1 FROM contents WHERE id = $1", ours[0]["content_id"])
    assert kept == [], "not in intake"


async def test_only_intake_itself_asks_for_replies_and_never_gets_notes(centre: Centre):
    case, handoff = await at_the_police(centre)
    await finished(centre, case, handoff)
    async with centre.world.client("police", "station.jiang") as police:
        history = (await police.get(f"/v1/tasks/{handoff}")).json()["history"]
        contents = {step["step"]: step["content"] for step in history}
        assert (await police.get(f"/v1/replies/{contents['task-finished']}")).status_code == 403
    async with centre.world.client("police", "service.intake") as intake:
        assert (await intake.get(f"/v1/replies/{contents['task-finished']}")).text == RESULT
        assert (await intake.get(f"/v1/replies/{contents['progress-noted']}")).status_code == 404
        for path in ("tasks", f"tasks/{handoff}", f"contents/{contents['task-finished']}"):
            assert (await intake.get(f"/v1/{path}")).status_code == 403, "and nothing else"


async def test_while_the_police_are_away_the_resident_reads_the_state_and_is_asked_to_come_back(centre: Centre):
    case, handoff = await at_the_police(centre)
    mine = Follower(centre, case)
    await finished(centre, case, handoff)
    replies = centre.world.runtime("intake").extra(Replies)
    there = replies.urls
    replies.urls = {**there, "police": "http://127.0.0.1:9"}
    try:
        told = await mine.until(lambda told: told["replies"])
        assert (told["status"], told["replies"][0]["text"]) == ("resolved", None)
        assert told["replies"][0]["missing"].startswith("The office's system cannot be reached")
        chinese = await mine.look("zh")
        assert chinese.json()["replies"][0]["missing"] == "承办单位的系统暂时无法连接，答复内容请稍后再查"
        assert "etag" not in chinese.headers, "or nobody would be told when it is back"
    finally:
        replies.urls = there
    back = await mine.look()
    assert (back.json()["replies"][0]["text"], "etag" in back.headers) == (RESULT, True)


async def test_an_erased_result_is_said_to_be_erased(centre: Centre):
    case, handoff = await at_the_police(centre)
    mine = Follower(centre, case)
    await finished(centre, case, handoff)
    async with centre.world.client("police", "station.jiang") as police:
        content = (await police.get(f"/v1/tasks/{handoff}")).json()["history"][-1]["content"]
        content = content or (await police.get(f"/v1/tasks/{handoff}")).json()["history"][-2]["content"]
    async with centre.world.client("police", "admin.ran") as admin:
        erased = await admin.post(f"/v1/contents/{content}/erase", json={"ground": "asked_by_person"})
        assert erased.status_code == 200, erased.text
    told = await mine.until(lambda told: told["replies"])
    assert told["replies"][0]["missing"] == "What it said has been erased as the law provides"


async def test_the_resident_reads_the_result_of_an_office_that_works_at_the_centre(centre: Centre):
    case = await centre.a_case()
    handoff, mine = case["handoffs"][0]["handoff_id"], Follower(centre, case)
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    done = await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "管道已疏通。"})
    content = done["handoffs"][0]["result"]["id"]
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/rework", {"reason": "现场仍有积水"})
    async with centre.world.client("dispatch", "service.intake") as intake:
        assert (await intake.get(f"/v1/replies/{content}")).status_code == 404, "what is to be done again"
        assert (await intake.get("/v1/cases")).status_code == 403
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "管道已疏通,积水已清。"})
    assert (await mine.look()).json()["replies"] == [], "not verified yet"
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    told = await mine.until(lambda told: told["replies"])
    assert [reply["text"] for reply in told["replies"]] == ["管道已疏通,积水已清。"]


async def test_a_petitioner_reads_the_handling_opinion_and_the_new_date(centre: Centre):
    case = await centre.a_case("petition.pension")
    handoff, mine = case["handoffs"][0]["handoff_id"], Follower(centre, case)
    path = f"/v1/petitions/{handoff}"
    async with centre.world.client("petition", "petition.fu") as office:
        await office.get(path, headers={"Prefer": "wait=15"})
        for step, body in (("register", None), ("accept", None)):
            assert (await office.post(f"{path}/{step}", json=body)).status_code == 200
    await extend(centre, path)
    told = await mine.until(lambda told: "extended" in {step["step"] for step in told["steps"]})
    text = next(step["text"] for step in told["steps"] if step["step"] == "extended")
    assert text.startswith("Petition Office has been given more time, until 20"), text
    async with centre.world.client("petition", "petition.fu") as office:
        assert (await office.post(f"{path}/opinion", json={"opinion": "按规定予以补发。"})).status_code == 200
    told = await mine.until(lambda told: told["replies"])
    assert [(each["kind"], each["text"]) for each in told["replies"]] == [("opinion", "按规定予以补发。")]
    assert "opinion" in {step["step"] for step in told["steps"]}


async def extend(centre: Centre, path: str) -> None:
    async with centre.world.client("petition", "petition.lan") as supervisor:
        answer = await supervisor.post(f"{path}/extend", json={"days": 20, "reason": "案情复杂"})
        assert answer.status_code == 200, answer.text


async def test_an_extension_that_the_centre_grants_is_told_with_its_new_date(centre: Centre):
    case = await centre.a_case()
    handoff, mine = case["handoffs"][0]["handoff_id"], Follower(centre, case)
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/extension", {"days": 2, "reason": "需更换管件"})
    granted = await centre.does("dispatch.cheng", f"handoffs/{handoff}/extension/grant")
    due = next(c["deadline"]["due_at"] for c in granted["clocks"] if c["handoff_id"] == handoff and not c["stopped_at"])
    told = await mine.until(lambda told: "extended" in {step["step"] for step in told["steps"]})
    assert told["status"] == "in_handling", "it goes on as before"
    text = next(step["text"] for step in told["steps"] if step["step"] == "extended")
    assert text.startswith("City Management Bureau has been given more time, until "), text
    last_day = datetime.fromisoformat(due) - timedelta(microseconds=1)
    assert text.endswith(f"{last_day.astimezone(DISTRICT_ZONE):%Y-%m-%d}"), (text, due)


async def test_why_the_centre_refused_the_case_is_read_with_the_lawful_route(centre: Centre):
    case = await centre.a_case("noise.living", "50010400300101")
    mine = Follower(centre, case)
    refusal = {"route": "litigation", "reason": "该纠纷已由法院受理。"}
    refused = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/refuse", refusal)
    assert refused["status"] == "refused"
    told = await mine.until(lambda told: told["replies"])
    assert told["route"] == "litigation"
    assert [(each["department_name"], each["text"]) for each in told["replies"]] == [
        ("The governance centre", "该纠纷已由法院受理。")
    ]
