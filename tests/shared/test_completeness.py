"""A version is the number of its facts: what was recorded beside them, or is gone, is found and told."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import asyncpg
import pytest
import pytest_asyncio

from shared.clocks.zone import DISTRICT_ZONE
from shared.web.completeness import until_night
from tests.kit import reference
from tests.kit.world import World

ADMIN, AUDITOR = "admin.ran", "audit.yan"
PART = "log_p0"


@pytest_asyncio.fixture(autouse=True, loop_scope="session")
async def district_is_known(toys: World) -> None:
    async with toys.admin("toy") as admin:
        await reference.put(admin, "toy")
    await toys.runtime("toy").reference.load(toys.runtime("toy").database)


@asynccontextmanager
async def tampering(toys: World) -> AsyncIterator[asyncpg.Connection]:
    """As somebody who owns the database, past every right and trigger."""
    async with toys.admin("toy") as admin:
        await admin.execute(f"ALTER TABLE {PART} DISABLE TRIGGER ALL")
        try:
            yield admin
        finally:
            await admin.execute(f"ALTER TABLE {PART} ENABLE TRIGGER ALL")


async def add(toys: World, counter: str, times: int) -> None:
    async with toys.client("toy") as client:
        for _ in range(times):
            assert (await client.post(f"/v1/counters/{counter}/add", json={"amount": 1})).status_code == 201
    told = f"SELECT 1 FROM log WHERE aggregate_id = '{counter}'"

    async def sealed() -> bool:
        return len(await toys.fetch("toy", told)) == times

    await toys.until(sealed, 10, "all is sealed")


async def differing(toys: World) -> set[str]:
    async with toys.client("toy", ADMIN) as client:
        answer = await client.post("/v1/completeness")
    assert answer.status_code == 200, answer.text
    return set(answer.json()["differing"].get("counter", []))


@pytest.mark.parametrize(
    ("counter", "statement"),
    [
        ("raised", "UPDATE counter SET version = version + 1 WHERE id = 'raised'"),
        ("first gone", f"DELETE FROM {PART} WHERE aggregate_id = 'first gone' AND version = 1"),
        ("last gone", f"DELETE FROM {PART} WHERE aggregate_id = 'last gone' AND version = 3"),
        ("row gone", "DELETE FROM counter WHERE id = 'row gone'"),
        ("facts gone", f"DELETE FROM {PART} WHERE aggregate_id = 'facts gone'"),
        ("renumbered", f"UPDATE {PART} SET version = 9 WHERE aggregate_id = 'renumbered' AND version = 3"),
    ],
)
async def test_what_does_not_fit_its_facts_is_named(toys: World, counter: str, statement: str) -> None:
    await add(toys, counter, 3)
    assert counter not in await differing(toys)
    async with tampering(toys) as admin:
        await admin.execute(statement)
    assert counter in await differing(toys)


async def test_facts_that_are_not_sealed_yet_count(toys: World) -> None:
    await add(toys, "waiting", 2)
    async with tampering(toys) as admin:
        await admin.execute(
            f"WITH gone AS (DELETE FROM {PART} WHERE aggregate_id = 'waiting' AND version = 2 RETURNING *)"
            " INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
            " SELECT aggregate, aggregate_id, version, topic, key, type, attributes, data FROM gone"
        )
    assert "waiting" not in await differing(toys)


async def test_the_last_check_is_read_by_auditors_and_degrades_readiness(toys: World) -> None:
    await add(toys, "read", 1)
    async with toys.admin("toy") as admin:
        await admin.execute("UPDATE counter SET version = 7 WHERE id = 'read'")
    assert "read" in await differing(toys)
    async with toys.client("toy", AUDITOR) as client:
        found = (await client.get("/v1/completeness")).json()
        assert "read" in found["differing"]["counter"]
        assert datetime.fromisoformat(found["checked_at"]).tzinfo is not None
        assert (await client.post("/v1/completeness")).status_code == 403
        ready = await client.get("/readyz")
    assert ready.status_code == 200, "requests can still be taken"
    assert ready.json()["degraded"]["record"].startswith("versions and facts differ in ")
    async with toys.client("toy") as client:
        assert (await client.get("/v1/completeness")).status_code == 401


@pytest.mark.parametrize(
    ("now", "seconds"),
    [("2026-11-26 02:59:59", 1), ("2026-11-26 03:00:00", 24 * 3600), ("2026-11-26 03:00:01", 24 * 3600 - 1)],
)
def test_the_night_is_three_in_the_morning_in_the_district(now: str, seconds: float) -> None:
    assert until_night(datetime.fromisoformat(now).replace(tzinfo=DISTRICT_ZONE)) == seconds
