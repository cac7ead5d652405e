"""`replay --check` over a story of every service: each table that anybody writes is compared, or named as kept."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.registry import SERVICES, load_service
from deploy.replay import Report, check
from deploy.replay.compare import CHANGED, NO_FACTS, NO_ROW
from deploy.scenarios import data, player
from deploy.scenarios.clock import StageClock
from deploy.scenarios.journal import Journal
from deploy.scenarios.player import Stage
from services.audit.api.rebuilds import SAID
from tests.house.test_tables import SPINE
from tests.kit.operator import operator
from tests.kit.reference import DISTRICT
from tests.kit.signing_in import PASSWORD
from tests.kit.world import World, everyone, running

# A matter of each office with a service of its own.
STORY = data.load("dongzheng").only({"D038", "D061", "L018", "L043", "L079", "L092"})

# One alteration of each table, as somebody with the superuser's rights could make it, and what has to be named.
ALTERED = {
    ("intake", "reports"): "UPDATE reports SET area = '1' WHERE id = (SELECT min(id) FROM reports)",
    ("intake", "case_steps"): "UPDATE case_steps SET step = 'closed' WHERE step = 'opened'",
    (
        "intake",
        "receipts",
    ): "UPDATE receipts SET report_id = 'x' WHERE receipt_no = (SELECT min(receipt_no) FROM receipts)",
    ("intake", "reporters"): "DELETE FROM reporters WHERE ref = (SELECT min(ref) FROM reporters)",
    ("intake", "attached"): "INSERT INTO attached VALUES ('11111111-1111-1111-1111-111111111111', 'x')",
    ("intake", "contents"): "UPDATE contents SET commitment = 'x' WHERE kind = 'narrative'",
    ("dispatch", "cases"): "UPDATE cases SET lead = 'x'",
    ("dispatch", "handoffs"): "UPDATE handoffs SET urged = 9",
    ("dispatch", "clocks"): "UPDATE clocks SET overdue = NOT overdue",
    ("dispatch", "timeline"): "DELETE FROM timeline WHERE case_id = (SELECT min(case_id) FROM timeline)",
    ("dispatch", "contents"): "DELETE FROM contents",
    ("petition", "petitions"): "UPDATE petitions SET urged = NOT urged",
    ("police", "tasks"): "UPDATE tasks SET urged = NOT urged",
    ("justice", "tasks"): "UPDATE tasks SET urged = NOT urged",
    ("emergency", "tasks"): "UPDATE tasks SET urged = NOT urged",
    ("justice", "contents"): "UPDATE contents SET size = size + 1",
    ("directory", "directory_entries"): "UPDATE directory_entries SET status = 'ended' WHERE kind = 'area'",
    ("directory", "directory_versions"): "DELETE FROM directory_versions WHERE kind = 'rule'",
    ("directory", "accounts"): "UPDATE accounts SET department = 'x'",
    ("directory", "keyrings"): "UPDATE keyrings SET state = '{}'",
    ("directory", "identities"): "DELETE FROM identities WHERE login = 'clerk.liu'",
    ("directory", "signing_keys"): "UPDATE signing_keys SET kid = 'x'",
    ("directory", "revoked_keys"): "INSERT INTO revoked_keys VALUES ('x', now())",
    ("intake", "reference"): "DELETE FROM reference WHERE kind = 'clock'",
    ("intake", "sealing"): "UPDATE sealing SET position = position + 1",
    ("dispatch", "lanes"): "UPDATE lanes SET sequence = 99 WHERE lane = (SELECT min(lane) FROM lanes)",
    ("police", "log"): "DELETE FROM log WHERE position = 1",
    ("audit", "numbering"): "UPDATE numbering SET next = next + 1",
    ("audit", "sources"): "UPDATE sources SET count = count + 1 WHERE source = '/services/intake'",
    ("audit", "keys"): "UPDATE keys SET area = 'x' WHERE area IS NOT NULL",
    ("audit", "barred"): "INSERT INTO barred VALUES ('x', 'y')",
    ("audit", "matters"): "UPDATE matters SET category = 'x'",
    ("audit", "cases"): "UPDATE cases SET area = 'x'",
}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    clock: Path = tmp_path_factory.mktemp("replayed") / "clock.json"
    async with running(*everyone(), clock_file=clock) as world:
        stage = Stage(world.urls, PASSWORD, StageClock(clock), DISTRICT)
        told = await player.play(stage, STORY, Journal(None, seed=1), None, lambda moment: None)
        assert told.failed == {}
        await world.settled()
        yield world


async def checked(world: World) -> Report:
    return await check(world.admin_url, patience=10)


async def test_what_was_played_differs_in_no_table(played: World) -> None:
    report = await checked(played)
    assert report.clean, report.differences[:20]
    assert [name for name, tally in report.services.items() if tally.rows == 0] == []


async def test_no_clock_of_the_story_ended_late_without_being_told(played: World) -> None:
    clocks = await played.fetch(
        "dispatch",
        "SELECT clock ->> 'clock_id' AS id, coalesce((clock ->> 'lapsed')::boolean, false) AS lapsed FROM cases,"
        " jsonb_array_elements(state -> 'clocks') AS clock"
        " WHERE (clock ->> 'stopped_at')::timestamptz >= (clock -> 'deadline' ->> 'due_at')::timestamptz",
    )
    assert clocks, "the story has such clocks"
    assert [clock["id"] for clock in clocks if not clock["lapsed"]] == []


async def test_every_table_is_compared_or_named_as_kept_by_its_owner(played: World) -> None:
    report = await checked(played)
    told = json.loads(json.dumps(report.as_json()))
    for name in SERVICES:
        tally = told["services"][name]
        aggregates = {aggregate.table.name for aggregate in load_service(name).aggregates}
        silent = set(load_service(name).metadata.tables) - aggregates - tally["tables"].keys() - tally["kept"].keys()
        assert not silent, f"{name}: {silent}"
    kept = told["services"]["intake"]["kept"]
    assert {"receipts", "reporters", "contents"} <= kept.keys()
    assert "digest" in kept["receipts"]["columns"]
    assert SPINE - told["services"]["intake"]["tables"].keys() - kept.keys() <= MACHINERY


# What the pipes keep of themselves: neither effects nor answers.
MACHINERY = {
    *("pending", "log", "sending", "anchors", "offsets", "marks", "parked", "quarantine"),
    *("idempotency", "reference", "reference_changes", "alembic_version", "spine_steps"),
}


async def shown(world: World, *arguments: str) -> str:
    """On a screen of 80 columns."""
    environment = {"ADMIN_DATABASE_URL": world.admin_url, "COLUMNS": "80"}
    result = await asyncio.to_thread(CliRunner().invoke, app, ["replay", *arguments], env=environment)
    assert result.exit_code == 0, result.output
    return str(result.stdout)


async def test_a_case_on_a_narrow_screen_is_told_with_whole_fact_names_and_with_peoples_names(played: World) -> None:
    (case,) = await played.fetch("dispatch", "SELECT code FROM cases ORDER BY opened_at LIMIT 1")
    told = (await shown(played, "--case", case["code"])).partition("/services/")[0]
    assert "…" not in told
    assert "dispatch: case-opened" in told
    (clerk,) = await played.fetch("directory", "SELECT account, name FROM identities WHERE login = 'clerk.liu'")
    assert clerk["name"] in told
    assert clerk["account"][:8] not in told


async def test_a_moment_before_the_case_began_is_said_to_be_one(played: World) -> None:
    (case,) = await played.fetch("dispatch", "SELECT code FROM cases ORDER BY opened_at LIMIT 1")
    told = await shown(played, "--case", case["code"], "--at", "2020-01-01T00:00:00+08:00")
    assert "had not begun then" in told


async def test_the_check_says_what_is_kept_by_its_owner_and_not_in_the_log(played: World) -> None:
    told = await shown(played, "--check")
    assert "Kept by the owner, not in the log" in told
    assert "intake.receipts" in told


async def test_a_rebuild_is_refused_while_nobody_is_there_who_does_it(played: World) -> None:
    async with played.client("audit", "audit.yan", "zh") as auditor:
        refused = await auditor.post("/v1/rebuilds")
        assert refused.status_code == 409
        assert "lianzhi replay --check" in refused.json()["title"]
        page = (await auditor.get("/v1/rebuilds")).json()
    assert (page["served"], page["running"], page["items"]) == (False, False, [])


async def test_a_rebuild_that_an_auditor_asks_for_is_done_once_and_told_of(played: World) -> None:
    async with operator(played), played.client("audit", "audit.yan") as auditor:
        for _ in range(2):
            asked = await auditor.post("/v1/rebuilds")
            assert asked.status_code == 202
        assert asked.json()["running"]
        [done] = await played.until(lambda: ended(auditor), 60, "the rebuild has ended")
    assert (done["clean"], done["problem"], done["differences"]) == (True, None, [])
    assert {each["service"] for each in done["services"]} == set(SERVICES)
    assert [each for each in done["services"] if each["read"] != each["facts"]] == []
    silent = {each["service"] for each in done["services"] if each["facts"] == 0 or each["aggregates"] == 0}
    assert silent <= {"audit"}, "nobody has opened anything yet"


async def test_what_a_rebuild_finds_is_told_in_words(played: World) -> None:
    async with operator(played), played.client("audit", "audit.yan", "zh") as auditor:
        await altered(played, "UPDATE dispatch.handoffs SET urged = urged + 9")
        assert (await auditor.post("/v1/rebuilds")).status_code == 202
        done, _ = await played.until(lambda: ended(auditor), 60, "the rebuild has ended")
        await altered(played, "UPDATE dispatch.handoffs SET urged = urged - 9")
    assert done["clean"] is False
    found = {(each["service"], each["table"], each["field"], each["said"]) for each in done["differences"]}
    assert found == {("dispatch", "handoffs", "urged", "与事实不符")}


async def test_a_rebuild_that_was_broken_off_is_said_to_be_and_another_can_begin(played: World) -> None:
    async with played.admin("audit") as admin:
        await admin.execute("INSERT INTO rebuilds (asked_by, began_at) VALUES ('somebody', now())")
    async with operator(played), played.client("audit", "audit.yan") as auditor:
        broken = (await played.until(lambda: ended(auditor), 10, "it is seen to be broken off"))[0]
        assert (broken["clean"], "broken off" in broken["problem"]) == (None, True)
        assert (await auditor.post("/v1/rebuilds")).json()["running"]
        again = (await played.until(lambda: ended(auditor), 60, "the next one has ended"))[0]
    assert again["clean"]


async def test_a_rebuild_whose_process_ends_before_it_begins_is_said_to_be_broken_off(played: World) -> None:
    async def ends_at_once(url: str) -> None:
        """As a process would that cannot be started."""

    async with operator(played, ends_at_once), played.client("audit", "audit.yan") as auditor:
        assert (await auditor.post("/v1/rebuilds")).json()["running"]
        last = (await played.until(lambda: ended(auditor), 10, "it has ended"))[0]
    assert "broken off" in last["problem"]
    assert last["began_at"] is None


def test_every_kind_of_difference_has_words() -> None:
    assert {NO_ROW, NO_FACTS, CHANGED, "facts"} == SAID.keys()


async def ended(auditor: httpx.AsyncClient) -> list[dict[str, Any]] | None:
    """All that were asked for, once none waits or runs."""
    page = (await auditor.get("/v1/rebuilds")).json()
    return None if page["running"] else list(page["items"])


async def altered(world: World, statement: str) -> None:
    async with world.admin("public") as admin:
        await admin.execute("SET session_replication_role = replica")
        await admin.execute(statement)


async def test_an_altered_or_deleted_row_of_any_table_is_named(played: World) -> None:
    """Last: nothing is put back."""
    async with played.admin("public") as admin:
        await admin.execute("SET session_replication_role = replica")
        for (service, table), altering in ALTERED.items():
            await admin.execute(f"SET search_path = {service}")
            touched = await admin.execute(altering)
            assert not touched.endswith(" 0"), f"{service}.{table}: the story has no such row"
    named = {(found.service, found.table) for found in (await checked(played)).differences}
    assert sorted(ALTERED.keys() - named) == []
