"""The police's desk as its people meet it: worklist, steps, texts, and who may do what."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
import pytest_asyncio

from services.dispatch import facts as dispatch
from shared.contents.refs import ContentRef
from tests.shared.desks import GRID, MONDAY, TEXT, Handed, Office, deadline, handed, office_running

STATION = "yuejincun_police_station"
OURS, THEIRS = "station.jiang", "police.wu"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office() -> AsyncIterator[Office]:
    async with office_running("police") as found:
        yield found


async def test_a_task_goes_from_the_offer_to_the_verified_result(office: Office) -> None:
    task = handed(STATION, "police")
    id = await office.has(task)
    for step, body, status in (
        ("accept", None, "accepted"),
        ("start", None, "in_progress"),
        ("progress", {"note": "已到现场劝导"}, "in_progress"),
        ("extension", {"days": 5, "reason": "当事人外出"}, "in_progress"),
        ("finish", {"result": "已调解,双方同意"}, "finished"),
    ):
        answer = await office.post(OURS, id, step, body)
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
        assert answer.json()["handoff_id"] == id
    await office.hears(task.told(dispatch.HandoffVerified))
    await office.until(task, "verified")


async def test_the_detail_has_names_history_texts_and_the_steps_open_now(office: Office) -> None:
    id = await office.has(handed(STATION, "police"), deadline=deadline(MONDAY + timedelta(days=2)))
    await office.post(OURS, id, "accept")
    await office.post(OURS, id, "start")
    await office.post(OURS, id, "progress", {"note": "正在核实"})
    answer = await office.get(OURS, f"/{id}")
    detail = answer.json()
    assert answer.headers["etag"] == f'"{detail["version"]}"'
    assert detail["category"] == {
        "code": "noise.living",
        "zh": "社会生活噪声",
        "en": detail["category"]["en"],
    }
    assert detail["place"]["zh"] == "东正社区第一网格"
    assert [step["step"] for step in detail["history"]] == [
        "task-received",
        "task-accepted",
        "task-started",
        "progress-noted",
    ]
    assert detail["history"][-1]["text"] == "正在核实"
    assert detail["history"][1]["by"] == OURS
    assert {step["step"] for step in detail["steps"]} == {"note_progress", "ask_extension", "finish_task"}
    assert {step["path"] for step in detail["steps"]} >= {f"/v1/tasks/{id}/finish"}
    assert detail["status_name"] == "in progress"
    assert {step["name"] for step in detail["steps"]} == {"note progress", "ask for an extension", "finish the task"}
    listed = next(row for row in (await office.get(OURS)).json()["items"] if row["handoff_id"] == id)
    assert listed["status_name"] == "in progress"


async def test_texts_are_for_the_department_and_those_who_answer_for_the_area(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    await office.post(OURS, id, "return", {"reason": "属于城管职责"})
    detail = (await office.get(OURS, f"/{id}")).json()
    content = detail["history"][-1]["content"]
    for reader in (OURS, "dispatch.cheng", "supervise.mao"):
        answer = await office.content(reader, content)
        assert (answer.status_code, answer.text) == (200, "属于城管职责")
        assert answer.headers["cache-control"] == "no-store"
    assert (await office.content(THEIRS, content)).status_code == 404
    assert (await office.content("audit.yan", content)).status_code == 403
    seen = (await office.get("audit.yan", f"/{id}")).json()
    assert seen["history"][-1]["text"] is None
    assert (await office.content(OURS, "nothing")).status_code == 404


async def test_another_departments_people_neither_see_nor_take_a_task(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    assert (await office.get(THEIRS, f"/{id}")).status_code == 404
    assert (await office.post(THEIRS, id, "accept")).status_code == 403
    assert (await office.post("community.chenjia", id, "accept")).status_code == 403
    assert id not in await listed(office, THEIRS)
    assert id in await listed(office, OURS)
    assert id in await listed(office, "supervise.mao")


@pytest.mark.parametrize("step", ["accept", "start", "progress", "extension", "finish", "return"])
@pytest.mark.parametrize("who", ["dispatch.cheng", "supervise.mao", "audit.yan", "clerk.liu", "admin.ran"])
async def test_no_other_role_takes_a_step(office: Office, who: str, step: str) -> None:
    body = {"note": "n", "days": 1, "reason": "r", "result": "r"}
    wanted = {
        "progress": ["note"],
        "extension": ["days", "reason"],
        "finish": ["result"],
        "return": ["reason"],
    }
    given = {name: body[name] for name in wanted.get(step, [])} or None
    assert (await office.post(who, "any", step, given)).status_code == 403
    assert (await office.post(None, "any", step, given)).status_code == 401


async def test_reading_needs_a_post_that_has_to_do_with_it(office: Office) -> None:
    for who, status in (("dispatch.cheng", 403), ("clerk.liu", 403), ("audit.yan", 403), (OURS, 200)):
        assert (await office.get(who)).status_code == status
    assert (await office.get("clerk.liu", "/any")).status_code == 403
    assert (await office.get(OURS, "/any")).status_code == 404


async def test_what_was_never_handed_here_is_not_found(office: Office) -> None:
    answer = await office.post(OURS, "nothing.1", "accept")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_step_at_the_wrong_time_says_what_is_possible(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    answer = await office.post(OURS, id, "finish", {"result": "完成"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-now")
    assert answer.json()["possible"] == ["accept_task", "return_task"]


async def test_an_office_whose_task_was_recalled_is_told_so(office: Office) -> None:
    task = handed(STATION, "police")
    id = await office.has(task)
    await office.post(OURS, id, "accept")
    await office.hears(task.told(dispatch.HandoffRecalled, why=TEXT), task.refused("accept", "recalled"))
    await office.until(task, "withdrawn")
    answer = await office.post(OURS, id, "start")
    assert (answer.status_code, answer.json()["code"], answer.json()["why"]) == (
        409,
        "taken-back",
        "recalled",
    )
    await office.sees("SELECT 1 FROM tasks WHERE id = $1 AND told", id)
    detail = (await office.get(OURS, f"/{id}")).json()
    assert detail["told"]["answer"] == "accept"
    assert detail["withdrawn_why"] == "recalled"
    assert [step["said"] for step in detail["history"] if step["step"] == "task-withdrawn"] == [TEXT.id]


async def test_the_desk_shows_that_the_reporter_has_added_something(office: Office) -> None:
    task = handed(STATION, "police")
    early = ContentRef(id="c-early", kind="narrative", commitment="00")
    late = ContentRef(id="c-late", kind="supplement", commitment="00")
    await office.hears(attached(task, early, timedelta()))
    id = await office.has(task)
    await office.hears(attached(task, late, timedelta(hours=3)))
    await office.sees("SELECT 1 FROM supplements WHERE content_id = $1", late.id)
    detail = (await office.get(OURS, f"/{id}")).json()
    assert [(each["content_id"], each["kind"]) for each in detail["supplements"]] == [
        ("c-early", "narrative"),
        ("c-late", "supplement"),
    ], "also what was joined before it was handed over"
    row = next(row for row in (await office.get(OURS)).json()["items"] if row["handoff_id"] == id)
    assert row["supplements"] == 2
    assert datetime.fromisoformat(row["supplemented_at"]) == MONDAY + timedelta(hours=3)


def attached(task: Handed, content: ContentRef, after: timedelta) -> dispatch.ReportAttached:
    about = {"case_id": task.case_id, "report_id": "r7", "contents": (content,)}
    return dispatch.ReportAttached(at=MONDAY + after, by="service:dispatch", **about)


async def test_an_administrator_erases_what_somebody_wrote_and_a_fact_says_so(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    await office.post(OURS, id, "accept")
    await office.post(OURS, id, "progress", {"note": "当事人张某,电话 13800001234"})
    content = (await office.get(OURS, f"/{id}")).json()["history"][-1]["content"]
    path, body = f"/v1/contents/{content}/erase", {"ground": "asked_by_person"}
    async with office.world.client("police", OURS) as handler, office.world.client("police", "admin.ran") as admin:
        assert (await handler.post(path, json=body)).status_code == 403
        assert (await admin.post(path, json={"ground": "because"})).status_code == 422
        assert (await admin.post("/v1/contents/none/erase", json=body)).status_code == 404
        erased = await admin.post(path, json=body)
        again = await admin.post(path, json=body)
        assert erased.status_code == again.status_code == 200, erased.text
        assert erased.json() == again.json()
    assert (await office.content(OURS, content)).status_code == 410
    assert (await office.get(OURS, f"/{id}")).json()["history"][2]["text"] is None
    (row,) = await office.world.fetch("police", "SELECT * FROM contents WHERE id = $1", content)
    assert (row["salt"], row["sealed"], row["wrapped_key"]) == (None, None, None)
    assert row["commitment"]
    told = await office.world.fetch(
        "police",
        "SELECT topic, type, convert_from(data, 'UTF8') AS data FROM (SELECT topic, type, data, aggregate_id FROM log"
        " UNION ALL SELECT topic, type, data, aggregate_id FROM pending) t WHERE aggregate_id = $1 AND type LIKE $2",
        id,
        "%content-erased%",
    )
    assert [(each["topic"], json.loads(each["data"])["ground"]) for each in told] == [("accesses", "asked_by_person")]


async def test_the_same_key_has_its_effect_once(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    await office.post(OURS, id, "accept")
    await office.post(OURS, id, "start")
    first = await office.post(OURS, id, "progress", {"note": "第一次"}, Idempotency_Key="k")
    again = await office.post(OURS, id, "progress", {"note": "第一次"}, Idempotency_Key="k")
    assert first.json() == again.json()
    assert again.headers["idempotent-replay"] == "true"
    notes = await office.world.fetch("police", "SELECT 1 FROM contents WHERE about = $1", id)
    assert len(notes) == 1
    other = await office.post(OURS, id, "progress", {"note": "另一次"}, Idempotency_Key="k")
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")


async def test_who_looked_at_an_older_version_is_told(office: Office) -> None:
    id = await office.has(handed(STATION, "police"))
    etag = (await office.get(OURS, f"/{id}")).headers["etag"]
    assert (await office.post(OURS, id, "accept", If_Match=etag)).status_code == 200
    stale = await office.post(OURS, id, "start", If_Match=etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "changed")


async def test_a_reader_may_wait_for_what_is_on_its_way(office: Office) -> None:
    task = handed(STATION, "police")
    await office.hears(task.offered())
    answer = await office.get(OURS, f"/{task.handoff_id}", headers={"Prefer": "wait=20"})
    assert (answer.status_code, answer.json()["status"]) == (200, "received")


async def test_the_worklist_is_due_first_in_pages_and_shows_what_was_urged(office: Office) -> None:
    tasks = [handed("police_bureau", "police", category="fraud.clue") for _ in range(5)]
    dues = [3, 1, None, 2, 1]
    for task, days in zip(tasks, dues, strict=True):
        due = deadline(MONDAY + timedelta(days=days)) if days else None
        await office.has(task, deadline=due)
    await office.hears(tasks[0].told(dispatch.HandoffUrged))
    await office.sees("SELECT 1 FROM tasks WHERE id = $1 AND urged", tasks[0].handoff_id)
    expected = [tasks[number].handoff_id for number in (1, 4, 3, 0, 2)]
    pages, cursor = [], ""
    while cursor is not None:
        page = (await office.get(THEIRS, f"?limit=2{cursor and '&cursor='}{cursor}")).json()
        pages.append(page["items"])
        cursor = page["next"]
    assert [len(page) for page in pages] == [2, 2, 1]
    rows = [row for page in pages for row in page]
    assert [row["handoff_id"] for row in rows] == expected
    assert [row["urged"] for row in rows] == [False, False, False, True, False]
    assert {row["place"]["code"] for row in rows} == {GRID}
    await office.post(THEIRS, expected[0], "return", {"reason": "重复"})
    assert expected[0] not in await listed(office, THEIRS)
    assert expected[0] in await listed(office, THEIRS, "?status=returned")
    assert len(await listed(office, THEIRS, "?status=all")) == 5
    assert (await office.get(THEIRS, "?status=nonsense")).status_code == 422
    assert (await office.get(THEIRS, "?cursor=nonsense")).status_code == 422


@pytest.mark.parametrize("body", [{}, {"note": ""}, {"note": "x" * 5001}, {"note": "好", "more": 1}])
async def test_a_note_that_cannot_be_taken_is_refused(office: Office, body: dict[str, object]) -> None:
    answer = await office.post(OURS, "any", "progress", body)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


async def test_the_tables_are_those_that_the_migration_makes(office: Office) -> None:
    query = "SELECT column_name FROM information_schema.columns WHERE table_schema = $1 AND table_name = 'tasks'"
    found = {row["column_name"] for row in await office.world.fetch("police", query, "police")}
    table = office.world.runtime("police").service.metadata.tables["tasks"]
    assert found == {column.name for column in table.columns}


async def listed(office: Office, who: str, query: str = "") -> set[str]:
    return {row["handoff_id"] for row in (await office.get(who, query)).json()["items"]}
