"""`lianzhi replay --check`: the log gives the state there is, or says where it does not."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.replay import Difference, Report, check
from shared.facts.envelope import Trail, attributes
from shared.reference.entry import Entry
from tests.kit.toy import load_toy
from tests.kit.world import World, running

TOYS = ("toy", "echo")


class PlaceNamed(Entry, service="toy"):
    """Reference data from a toy."""

    kind = "place"
    name: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played() -> AsyncIterator[World]:
    """A few hundred facts of two services, and some reference data."""
    async with running("audit", toys=tuple(map(load_toy, TOYS)), head_every=0.5, district=False) as world:
        async with world.client("toy") as client:
            for _ in range(5):
                adding = [client.post(f"/v1/counters/c{n}/add", json={"amount": n + 1}) for n in range(60)]
                await asyncio.gather(*adding)
            await client.post("/v1/counters/c7/close")
        for code in ("east", "west", "east"):
            await _name_place(world, code)
        await world.settled()
        yield world


async def _name_place(world: World, code: str) -> None:
    async with world.admin("toy") as admin:
        version = 1 + await admin.fetchval("SELECT count(*) FROM log WHERE aggregate_id = $1", code)
        fact = PlaceNamed(at="2021-05-03T09:00:00Z", by="somebody", code=code, name=f"{code} {version}")
        about = ("place", code, version)
        await admin.execute(
            "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
            " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            *about,
            fact.topic,
            code,
            fact.type(),
            json.dumps(attributes(fact, f"{code}{version}", about, Trail())),
            fact.data(),
        )
    await world.settled()


async def checked(world: World, patience: float = 10, **more: Any) -> Report:
    return await check(world.admin_url, TOYS, patience=patience, load=load_toy, **more)


async def test_what_is_live_is_what_the_log_gives(played: World) -> None:
    report = await checked(played)
    assert report.clean, report.differences
    assert report.services["toy"].facts == 301
    assert report.services["toy"].aggregates == 60
    assert report.services["echo"].facts == 300
    assert report.services["echo"].reference == 3


async def test_progress_is_told_and_nothing_is_left_behind(played: World) -> None:
    told: list[tuple[str, int, int]] = []
    await checked(played, progress=lambda *step: told.append(step))
    assert sum(read for name, read, _ in told if name == "toy") == 301
    left = await played.fetch("public", "SELECT nspname FROM pg_namespace WHERE nspname LIKE 'rebuild%'")
    assert left == []


async def test_facts_that_come_meanwhile_are_no_difference(played: World) -> None:
    stop = asyncio.Event()

    async def load() -> None:
        async with played.client("toy") as client:
            number = 0
            while not stop.is_set():
                number += 1
                await client.post(f"/v1/counters/busy{number % 9}/add", json={"amount": 1})

    loading = asyncio.create_task(load())
    reports = [await checked(played) for _ in range(3)]
    stop.set()
    await loading
    assert [report.differences for report in reports] == [[], [], []]
    assert all(report.clean for report in reports)


@pytest.mark.parametrize(
    ("tampering", "repair", "found"),
    [
        (
            "UPDATE toy.counter SET state = jsonb_set(state, '{total}', '999') WHERE id = 'c3'",
            "UPDATE toy.counter SET state = jsonb_set(state, '{total}', '20') WHERE id = 'c3'",
            Difference("toy", "counter", "c3", "changed", "state.total"),
        ),
        (
            "UPDATE toy.counter SET total = 999 WHERE id = 'c4'",
            "UPDATE toy.counter SET total = 25 WHERE id = 'c4'",
            Difference("toy", "counter", "c4", "changed", "total"),
        ),
        (
            "UPDATE toy.counter SET version = 9 WHERE id = 'c5'",
            "UPDATE toy.counter SET version = 5 WHERE id = 'c5'",
            Difference("toy", "counter", "c5", "changed", "version"),
        ),
        (
            "CREATE TABLE toy.kept AS SELECT * FROM toy.counter WHERE id = 'c6';"
            "DELETE FROM toy.counter WHERE id = 'c6'",
            "INSERT INTO toy.counter SELECT * FROM toy.kept; DROP TABLE toy.kept",
            Difference("toy", "counter", "c6", "facts without a row"),
        ),
        (
            "INSERT INTO toy.counter (id, version, state, total) VALUES ('ghost', 1, '{}', 0)",
            "DELETE FROM toy.counter WHERE id = 'ghost'",
            Difference("toy", "counter", "ghost", "row without facts"),
        ),
        (
            "UPDATE echo.reference SET entry = '{\"name\": \"elsewhere\"}' WHERE code = 'west'",
            "UPDATE echo.reference SET entry = '{\"name\": \"west 1\"}' WHERE code = 'west'",
            Difference("echo", "reference", "place/west/1949-10-01", "changed", "entry.name"),
        ),
    ],
)
async def test_a_row_that_was_tampered_with_is_named_with_its_field(
    played: World, tampering: str, repair: str, found: Difference
) -> None:
    async with played.admin("public") as admin:
        await admin.execute(tampering)
        report = await checked(played)
        await admin.execute(repair)
    assert report.differences == [found]
    assert (await checked(played)).clean


async def test_an_altered_entry_of_the_log_shows_as_a_difference(played: World) -> None:
    where = "source = '/services/toy' AND aggregate_id = 'c9' AND version = 2"
    async with played.admin("audit") as admin:
        await admin.execute("ALTER TABLE entries DISABLE TRIGGER append_only")
        before = await admin.fetchval(f"SELECT value FROM entries WHERE {where}")
        await admin.execute(f"UPDATE entries SET value = 'no json' WHERE {where}")
        report = await checked(played)
        await admin.execute(f"UPDATE entries SET value = $1 WHERE {where}", before)
        await admin.execute("ALTER TABLE entries ENABLE TRIGGER append_only")
    problem = "version 2 cannot be folded: NotUnderstood"
    assert [found for found in report.differences if found.table == "counter"] == [
        Difference("toy", "counter", "c9", "facts", problem)
    ]
    others = {(found.service, found.table) for found in report.differences} - {("toy", "counter")}
    assert others == {("toy", "log"), ("echo", "heard"), ("echo", "effect")}, "the source's own copy, and its effect"


async def test_what_the_audit_lacks_is_named_by_source_and_position(played: World) -> None:
    where = "source = '/services/toy' AND aggregate_id = 'c10' AND version = 5"
    async with played.admin("audit") as admin:
        await admin.execute("ALTER TABLE entries DISABLE TRIGGER append_only")
        await admin.execute(f"CREATE TABLE lost AS SELECT * FROM entries WHERE {where}")
        await admin.execute(f"DELETE FROM entries WHERE {where}")
        position = await admin.fetchval("SELECT position FROM lost")
        report = await checked(played, patience=0.2)
        await admin.execute("INSERT INTO entries SELECT * FROM lost; DROP TABLE lost")
        await admin.execute("ALTER TABLE entries ENABLE TRIGGER append_only")
    assert [(gap.source, gap.first, gap.last) for gap in report.missing] == [("/services/toy", position, position)]
    of_counter = [found for found in report.differences if found.table == "counter"]
    assert {found.field for found in of_counter} == {"version", "state.total", "state.added", "total"}
    assert {found.id for found in of_counter} == {"c10"}
    assert {found.service for found in report.differences} == {"toy", "echo"}, "and the effect that it had"
    assert not report.clean


async def test_the_command_ends_with_0_if_nothing_differs_and_with_1_if_something_does(played: World) -> None:
    clean = await on_the_command_line(played, "replay", "--check", "--json")
    async with played.admin("audit") as admin:
        await admin.execute("UPDATE reference SET valid_to = '2021-01-01' WHERE code = 'west'")
        different = await on_the_command_line(played, "replay", "--check")
        await admin.execute("UPDATE reference SET valid_to = NULL WHERE code = 'west'")
    assert (clean.exit_code, json.loads(clean.stdout)["clean"]) == (0, True)
    assert different.exit_code == 1
    assert "changed audit.reference place/west/1949-10-01 valid_to" in different.stdout


async def on_the_command_line(world: World, *arguments: str) -> Any:
    environment = {"ADMIN_DATABASE_URL": world.admin_url, "COLUMNS": "160"}
    return await asyncio.to_thread(CliRunner().invoke, app, arguments, env=environment)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--check", "--at", "2021-05-01T12:00:00+08:00"),
        ("--check", "--case", "A"),
        ("--at", "2021-05-01", "--knew"),
        ("--at", "2021-05-01", "--list", "moved"),
        ("--at", "yesterday"),
        (),
    ],
)
async def test_what_does_not_go_together_is_refused_instead_of_being_done_for_now(
    played: World, arguments: Any
) -> None:
    refused = await on_the_command_line(played, "replay", *arguments)
    assert refused.exit_code == 2
