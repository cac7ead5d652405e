"""No name, phone or narrative outside the two sealed tables."""

import pytest

from tests.intake.builders import REPORTER, register
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
