"""Who looked into a case file that is not of their own worklist, and who took a list away."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Connection

from shared.accesses.recording import AGAIN_AFTER
from shared.world.world import set_clock
from tests.dispatch.conftest import Centre
from tests.kit.appointing import Person, appoint, seal

pytestmark = pytest.mark.asyncio(loop_scope="session")
Case = dict[str, Any]
TOLD = """
SELECT type, topic, attributes::jsonb ->> 'actor' AS by, attributes::jsonb ->> 'department' AS department,
       convert_from(data, 'UTF8')::jsonb AS data
FROM (SELECT type, topic, attributes, data FROM log UNION ALL SELECT type, topic, attributes, data FROM pending) told
WHERE topic = 'accesses' AND split_part(type, '.', 3) = $1
ORDER BY attributes::jsonb ->> 'time'
"""


async def told(centre: Centre, fact: str, service: str = "dispatch") -> list[dict[str, Any]]:
    rows = await centre.world.fetch(service, TOLD, fact)
    return [{**row, "data": json.loads(row["data"])} for row in rows]


async def opened(centre: Centre, case: Case) -> list[tuple[str, str]]:
    """By whom, and what of it, in order."""
    found = await told(centre, "case-file-opened")
    return [(row["by"], row["data"]["what"]) for row in found if row["data"]["case_id"] == case["case_id"]]


async def worked_on(centre: Centre) -> tuple[Case, str]:
    """A case that the city management works on, and a note of theirs."""
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "已到现场。"})
    (note,) = await centre.world.fetch("dispatch", "SELECT id FROM contents WHERE about = $1", handoff)
    return case, str(note["id"])


async def test_a_supervisor_who_opens_a_case_is_told_of_with_role_and_office(centre: Centre) -> None:
    case, note = await worked_on(centre)
    for path in ("", "/timeline", "/links"):
        await centre.sees("supervise.mao", f"cases/{case['code']}{path}")
    async with centre.world.client("dispatch", "supervise.mao") as someone:
        assert (await someone.get(f"/v1/contents/{note}")).text == "已到现场。"
    assert await opened(centre, case) == [("supervise.mao", what) for what in ("case", "timeline", "links", "content")]
    last = (await told(centre, "case-file-opened"))[-1]
    assert last["department"] == "political_legal_committee"
    assert last["data"] == {
        "opening_id": f"{case['case_id']}:supervise.mao",
        "case_id": case["case_id"],
        "role": "supervisor",
        "what": "content",
        "content_id": note,
    }


@pytest.mark.parametrize("who", ["audit.yan", "clerk.liu"])
async def test_nor_are_auditors_and_clerks_at_home_in_open_cases(centre: Centre, who: str) -> None:
    case, _ = await worked_on(centre)
    await centre.sees(who, f"cases/{case['case_id']}")
    assert await opened(centre, case) == [(who, "case")]


async def test_ones_own_work_is_no_access(centre: Centre) -> None:
    """The office with the hand-off, its system, and the dispatcher of an open case; the timeline tells of nobody."""
    case, note = await worked_on(centre)
    for who in ("city.tang", "system.city", "dispatch.cheng"):
        for path in ("", "/timeline", "/links"):
            await centre.sees(who, f"cases/{case['case_id']}{path}")
    async with centre.world.client("dispatch", "city.tang") as someone:
        assert (await someone.get(f"/v1/contents/{note}")).status_code == 200
    assert await opened(centre, case) == []
    await centre.sees("supervise.mao", f"cases/{case['case_id']}")
    timeline = await centre.sees("dispatch.cheng", f"cases/{case['case_id']}/timeline")
    assert not [fact for fact in timeline["items"] if "opened.v" in fact["type"] and "case-file" in fact["type"]]


async def test_what_has_ended_is_nobodys_worklist_but_of_those_whose_work_it_was(centre: Centre) -> None:
    case, _ = await worked_on(centre)
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.does("city.tang", f"handoffs/{handoff}/start")
    await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
    await centre.does("dispatch.cheng", f"cases/{case_id}/follow-up", {"solved": True})
    await centre.does("dispatch.cheng", f"cases/{case_id}/close", {"reason": "solved"})
    await centre.sees("city.tang", f"cases/{case['case_id']}")
    assert await opened(centre, case) == []
    await centre.sees("dispatch.cheng", f"cases/{case['case_id']}")
    assert await opened(centre, case) == [("dispatch.cheng", "case")]


async def test_a_sealed_matter_is_told_of_whoever_opens_it(centre: Centre) -> None:
    await appoint(centre.world, Person("police.chief", "supervisor", "police_bureau"))
    await seal(centre.world, "noise.living", "police_bureau")
    try:
        case = await centre.a_case("noise.living", screener="dispatch.cheng")
        await centre.sees("station.jiang", f"cases/{case['case_id']}")
        assert ("station.jiang", "case") in await opened(centre, case)
        assert ("dispatch.cheng", "case") in await opened(centre, case)
    finally:
        await seal(centre.world, "noise.living")


DESKS = {
    "police": ("noise.living", "/v1/tasks/"),
    "justice": ("dispute.family", "/v1/tasks/"),
    "petition": ("petition.pension", "/v1/petitions/"),
    "emergency": ("hazard.flood", "/v1/tasks/"),
}


@pytest.mark.parametrize("service", DESKS)
async def test_on_a_desk_all_but_its_own_office_are_told_of(centre: Centre, service: str) -> None:
    category, path = DESKS[service]
    case = await centre.a_case(category)
    (handoff,) = [each for each in case["handoffs"] if each["via"] == service]
    own = f"{service}.own"
    await appoint(
        centre.world,
        Person(own, "handler", handoff["department"]),
        Person("desk.other", "handler", "transport_bureau"),
    )
    for who, expected in ((own, 200), ("desk.other", 404), ("supervise.mao", 200), ("audit.yan", 200)):
        wait = {"Prefer": "wait=15"} if expected == 200 else {}
        async with centre.world.client(service, who) as someone:
            answer = await someone.get(path + handoff["handoff_id"], headers=wait)
        assert answer.status_code == expected, (who, answer.text)
    rows = [row for row in await told(centre, "case-file-opened", service) if row["data"]["case_id"] == case["case_id"]]
    assert [(row["by"], row["data"]["role"], row["data"]["what"]) for row in rows] == [
        ("supervise.mao", "supervisor", "matter"),
        ("audit.yan", "auditor", "matter"),
    ]


async def test_a_text_on_a_desk_is_opened_like_the_matter(centre: Centre) -> None:
    case = await centre.a_case("noise.living")
    handoff = next(each for each in case["handoffs"] if each["via"] == "police")
    await appoint(centre.world, Person("police.writer", "handler", handoff["department"]))
    task = f"/v1/tasks/{handoff['handoff_id']}"
    async with centre.world.client("police", "police.writer") as officer:
        await officer.get(task, headers={"Prefer": "wait=15"})
        assert (await officer.post(f"{task}/accept")).status_code == 200
        assert (await officer.post(f"{task}/progress", json={"note": "已到现场。"})).status_code == 200
        (note,) = await centre.world.fetch("police", "SELECT id FROM contents WHERE about = $1", handoff["handoff_id"])
        assert (await officer.get(f"/v1/contents/{note['id']}")).status_code == 200
    async with centre.world.client("police", "supervise.mao") as supervisor:
        assert (await supervisor.get(f"/v1/contents/{note['id']}")).text == "已到现场。"
    rows = [
        row for row in await told(centre, "case-file-opened", "police") if row["data"]["case_id"] == case["case_id"]
    ]
    assert [(row["by"], row["data"]["content_id"]) for row in rows] == [("supervise.mao", note["id"])]


async def test_whoever_is_refused_has_opened_nothing(centre: Centre) -> None:
    case, note = await worked_on(centre)
    await centre.sees("housing.ye", f"cases/{case['case_id']}", expect=404)
    async with centre.world.client("dispatch", "housing.ye") as someone:
        assert (await someone.get(f"/v1/contents/{note}")).status_code == 404
    assert await opened(centre, case) == []


async def test_reading_on_is_one_opening_until_ten_minutes_have_passed(centre: Centre, clock_file: Path) -> None:
    case, _ = await worked_on(centre)
    runtime = centre.world.runtime("dispatch")
    try:
        await centre.sees("supervise.mao", f"cases/{case['case_id']}")
        await centre.sees("supervise.mao", f"cases/{case['case_id']}")
        assert await opened(centre, case) == [("supervise.mao", "case")]
        began = datetime.fromisoformat((await _times(centre, case))[0])
        set_clock(clock_file, began + AGAIN_AFTER - timedelta(seconds=30))
        assert runtime.now() < began + AGAIN_AFTER
        await centre.sees("supervise.mao", f"cases/{case['case_id']}")
        assert len(await opened(centre, case)) == 1
        set_clock(clock_file, began + AGAIN_AFTER)
        await centre.sees("supervise.mao", f"cases/{case['case_id']}")
        assert await opened(centre, case) == [("supervise.mao", "case")] * 2
    finally:
        set_clock(clock_file, datetime.now(UTC))


async def _times(centre: Centre, case: Case) -> list[str]:
    query = "SELECT value FROM openings, jsonb_each_text(state -> 'opened') WHERE id LIKE $1 || ':%'"
    return [row["value"] for row in await centre.world.fetch("dispatch", query, case["case_id"])]


async def test_an_export_is_told_of_with_its_rows_and_a_digest_and_none_of_what_was_asked(centre: Centre) -> None:
    case, _ = await worked_on(centre)
    before = len(await told(centre, "export-made"))
    for who, query in (
        ("supervise.mao", f"code={case['code']}"),
        ("supervise.mao", f"format=jsonl&code={case['code']}"),
        ("dispatch.cheng", "code=000000-"),
    ):
        async with centre.world.client("dispatch", who) as someone:
            assert (await someone.get(f"/v1/cases/export?{query}")).status_code == 200
    first, again, other = (await told(centre, "export-made"))[before:]
    assert [(row["by"], row["data"]["of"], row["data"]["rows"]) for row in (first, again, other)] == [
        ("supervise.mao", "cases", 1),
        ("supervise.mao", "cases", 1),
        ("dispatch.cheng", "cases", 0),
    ]
    assert first["data"]["digest"] == again["data"]["digest"] != other["data"]["digest"]
    assert case["code"] not in json.dumps(first["data"])


async def test_what_cannot_be_recorded_is_not_shown(centre: Centre) -> None:
    case, note = await worked_on(centre)
    async with centre.world.admin("dispatch") as administrator:
        await _refuse_facts(administrator)
        try:
            for path in (
                f"cases/{case['case_id']}",
                f"cases/{case['case_id']}/timeline",
                f"contents/{note}",
                "cases/export",
            ):
                async with centre.world.client("dispatch", "supervise.mao") as someone:
                    answer = await someone.get(f"/v1/{path}")
                assert answer.status_code >= 500, path
                assert case["code"] not in answer.text
                assert "已到现场" not in answer.text
            await centre.sees("dispatch.cheng", f"cases/{case['case_id']}")
        finally:
            await administrator.execute("DROP TRIGGER no_accesses ON pending")
    await centre.sees("supervise.mao", f"cases/{case['case_id']}")


async def _refuse_facts(administrator: Connection) -> None:
    """As if the database could not take them: a failure that may pass."""
    await administrator.execute(
        "CREATE OR REPLACE FUNCTION no_accesses() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$;"
        "CREATE TRIGGER no_accesses BEFORE INSERT ON pending FOR EACH ROW WHEN (NEW.topic = 'accesses')"
        " EXECUTE FUNCTION no_accesses()"
    )
