"""A service's role cannot alter what is recorded, and is not ready where it could."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from deploy.migrate import migrate_all, runtime_url
from tests.kit.servers import TOYS
from tests.kit.world import World

PARTS = (
    "SELECT c.oid::regclass::text AS name FROM pg_class c WHERE relnamespace = 'toy'::regnamespace AND relname ~ '^log'"
)


@asynccontextmanager
async def as_toy(toys: World) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(runtime_url(toys.admin_url, "toy", toys.servers.secrets))
    try:
        yield connection
    finally:
        await connection.close()


async def said(toys: World) -> tuple[int, str]:
    async with toys.client("toy") as client:
        answer = await client.get("/readyz")
    return answer.status_code, answer.json()["database"]


async def test_a_second_start_gives_no_rights_on_the_parts_of_the_log(toys: World) -> None:
    async with toys.client("toy") as client:
        await client.post("/v1/counters/rights/add", json={"amount": 1})
    await toys.settled()
    await migrate_all(toys.admin_url, TOYS, toys.servers.secrets, home="tests.kit.toys")
    async with toys.admin("toy") as admin:
        parts = [
            row["name"] for row in await admin.fetch(PARTS.replace("~ '^log'", "~ '^log' AND relkind IN ('r', 'p')"))
        ]
        assert len(parts) > 1
        for part in parts:
            for right in ("UPDATE", "DELETE", "TRUNCATE"):
                assert not await admin.fetchval("SELECT has_table_privilege('lianzhi_toy', $1, $2)", part, right), part
    assert await said(toys) == (200, "reachable")


@pytest.mark.parametrize("command", ["UPDATE log SET key = 'x'", "DELETE FROM log", "TRUNCATE log"])
async def test_the_log_is_closed_to_its_own_role_by_grant_and_to_its_owner_by_trigger(
    toys: World, command: str
) -> None:
    async with toys.client("toy") as client:
        await client.post("/v1/counters/rights/add", json={"amount": 1})
    await toys.settled()
    async with as_toy(toys) as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
            await connection.execute(command)
    async with toys.admin("toy") as admin:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match="append-only"):
            await admin.execute(command)


@pytest.mark.parametrize(
    ("meddle", "undo", "words"),
    [
        (
            "GRANT lianzhi_toy_owner TO lianzhi_toy WITH INHERIT FALSE, SET TRUE",
            "REVOKE lianzhi_toy_owner FROM lianzhi_toy",
            "owner",
        ),
        ("GRANT UPDATE ON log_p0 TO lianzhi_toy", "REVOKE UPDATE ON log_p0 FROM lianzhi_toy", "could alter"),
        ("GRANT TRUNCATE ON log TO lianzhi_toy", "REVOKE TRUNCATE ON log FROM lianzhi_toy", "could alter"),
        ("ALTER TABLE log_p0 DISABLE TRIGGER ALL", "ALTER TABLE log_p0 ENABLE TRIGGER ALL", "trigger"),
        ("ALTER ROLE lianzhi_toy BYPASSRLS", "ALTER ROLE lianzhi_toy NOBYPASSRLS", "above all rights"),
        ("ALTER ROLE lianzhi_toy CREATEROLE", "ALTER ROLE lianzhi_toy NOCREATEROLE", "above all rights"),
    ],
)  # fmt: skip
async def test_a_service_whose_role_could_bypass_that_is_not_ready(
    toys: World, meddle: str, undo: str, words: str
) -> None:
    async with toys.admin("toy") as admin:
        await admin.execute(meddle)
        try:
            status, why = await said(toys)
        finally:
            await admin.execute(undo)
    assert status == 503
    assert words in why
    assert await said(toys) == (200, "reachable")
