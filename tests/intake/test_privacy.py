"""No name, phone or narrative outside the two sealed tables."""

import pytest

from tests.intake.builders import GRID, REPORTER, register
from tests.kit.world import World

SECRET_TEXT = "独一无二的一句话七三九一"


async def test_nothing_personal_leaves_the_sealed_tables(world: World, capfd: pytest.CaptureFixture[str]) -> None:
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        receipt = await register(resident, text=SECRET_TEXT, reporter=REPORTER)
        path = f"/v1/reports/{receipt['report_id']}"
        bad = {"category": "x" * 99, "area": "1", "text": SECRET_TEXT, "reporter": REPORTER}
        echoed = await resident.post("/v1/reports", json=bad)
        await clerk.get(f"{path}/reporter?purpose=contact")
        await clerk.post(f"{path}/accept", json={})
        headers = {"Tracking-Code": receipt["tracking_code"]}
        await resident.post(
            f"/v1/receipts/{receipt['receipt_no']}/supplement", json={"text": SECRET_TEXT}, headers=headers
        )
    await world.settled()
    secrets = [SECRET_TEXT, *REPORTER.values()]
    assert not [secret for secret in secrets if secret in echoed.text]
    async with world.admin("intake") as admin:
        tables = await admin.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'intake'")
        for table in (row["tablename"] for row in tables):
            for secret in (*secrets, *(text.encode().hex() for text in secrets)):
                query = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1"
                assert not await admin.fetchval(query, f"%{secret}%"), f"{secret} in {table}"
        kept = await admin.fetchval("SELECT count(*) FROM receipts AS t WHERE t::text LIKE $1", "%tracking%")
        assert kept == 0
    logged = "".join(capfd.readouterr())
    assert "answered" in logged, "logs were on"
    assert not [secret for secret in (*secrets, receipt["tracking_code"]) if secret in logged]


@pytest.mark.parametrize("table", ["reports", "receipts", "reporters", "contents", "pending", "idempotency"])
async def test_nothing_personal_is_logged_of_what_the_database_refuses(
    world: World, table: str, capfd: pytest.CaptureFixture[str]
) -> None:
    body = {"category": "parking.fire_lane", "area": GRID, "channel": "mobile", "text": SECRET_TEXT}
    async with world.admin("intake") as admin:
        await admin.execute(f"ALTER TABLE {table} ADD CONSTRAINT nothing_more CHECK (false) NOT VALID")
        try:
            async with world.client("intake") as resident:
                headers = {"Idempotency-Key": f"privacy {table}"}
                answer = await resident.post("/v1/reports", json={**body, "reporter": REPORTER}, headers=headers)
        finally:
            await admin.execute(f"ALTER TABLE {table} DROP CONSTRAINT nothing_more")
    assert answer.status_code == 500
    logged = "".join(capfd.readouterr())
    assert f"CheckViolationError 23514: table {table}, constraint nothing_more" in logged
    assert not [secret for secret in (SECRET_TEXT, *REPORTER.values()) if secret in logged + answer.text]


async def test_a_log_line_names_the_report_but_no_way_into_a_receipt(
    world: World, capfd: pytest.CaptureFixture[str]
) -> None:
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        receipt = await register(resident)
        capfd.readouterr()
        await clerk.get(f"/v1/reports/{receipt['report_id']}")
        await clerk.get(f"/v1/reports/{REPORTER['name']}")
        headers = {"Tracking-Code": receipt["tracking_code"]}
        await resident.get(f"/v1/receipts/{receipt['receipt_no']}", headers=headers)
    logged = "".join(capfd.readouterr())
    assert logged.count(f"report='{receipt['report_id']}'") == 1
    unsaid = (receipt["receipt_no"], receipt["tracking_code"], REPORTER["name"])
    assert not [secret for secret in unsaid if secret in logged]
