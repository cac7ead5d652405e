"""Registering: what residents and offices send in, and what is refused."""

import asyncio
import json
from typing import Any

import pytest

from tests.intake.builders import GRID, REPORTER, TEXT, register
from tests.kit.world import World


async def count(world: World, table: str) -> int:
    rows = await world.fetch("intake", f"SELECT count(*) AS n FROM {table}")
    return int(rows[0]["n"])


async def test_a_resident_reports_without_signing_in(world: World) -> None:
    async with world.client("intake") as resident:
        receipt = await register(resident, reporter=REPORTER)
        assert receipt["status"] == "received"
        number, code = receipt["receipt_no"], receipt["tracking_code"]
        assert number.replace("-", "").isdigit()
        assert len(code) == 14
        told = await resident.get(f"/v1/receipts/{number}", headers={"Tracking-Code": code.lower().replace("-", " ")})
    assert told.status_code == 200
    assert told.json()["status"] == "received"
    assert told.json()["steps"][0]["step"] == "registered"


async def test_the_same_key_twice_at_once_gives_one_report(world: World) -> None:
    before = await count(world, "reports")
    body = {"category": "sanitation.garbage", "area": GRID, "text": "垃圾桶三天没清。"}
    async with world.client("intake") as resident:
        post = [resident.post("/v1/reports", json=body, headers={"Idempotency-Key": "key-twice"}) for _ in range(8)]
        answers = await asyncio.gather(*post)
        other = await resident.post(
            "/v1/reports", json={**body, "text": "另一件事"}, headers={"Idempotency-Key": "key-twice"}
        )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1, "the tracking code too"
    assert other.status_code == 201, "somebody else without an account may have thought of the same key"
    assert other.text != answers[0].text
    assert await count(world, "reports") == before + 2


async def test_somebody_signed_in_cannot_use_a_key_for_another_report(world: World) -> None:
    body = {"category": "sanitation.garbage", "area": GRID, "text": "垃圾桶三天没清。", "channel": "visit"}
    key = {"Idempotency-Key": "clerk-twice"}
    async with world.client("intake", "clerk.liu") as clerk:
        assert (await clerk.post("/v1/reports", json=body, headers=key)).status_code == 201
        other = await clerk.post("/v1/reports", json={**body, "text": "另一件事"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (422, "key-reused")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"category": "no.such"}, "category"),
        ({"area": "999999"}, "area"),
        ({"area": "500104002003"}, "area"),
        ({"complained_of": "no_such_bureau"}, "complained_of"),
        ({"text": ""}, "text"),
        ({"text": "x" * 5001}, "text"),
        ({"text": "a\x00b"}, "text"),
        ({"channel": "pigeon"}, "channel"),
        ({"channel": "hotline"}, "channel"),
        ({"meeting": "a\x00b"}, "meeting"),
        ({"meeting": "zhang.san-13800001234"}, "meeting"),
        ({"meeting": "m13800001234"}, "meeting"),
        ({"meeting": "m07"}, "meeting"),
        ({"reporter": {"name": "n\x00", "phone": "199-0000-0000"}}, "reporter.name"),
        ({"reporter": {"name": "某", "phone": "call me"}}, "reporter.phone"),
        ({"attachments": ["0199aaaa-0000-7000-8000-000000000000"]}, "attachments"),
        ({"attachments": ["\x00" * 36]}, "attachments.0"),
        ({"surprise": 1}, "surprise"),
    ],
)
async def test_what_cannot_be_taken_is_refused_by_name(world: World, changed: dict[str, Any], field: str) -> None:
    body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, **changed}
    async with world.client("intake") as resident:
        answer = await resident.post("/v1/reports", json=body)
    assert answer.status_code == 422
    assert answer.json()["field"] == field


@pytest.mark.parametrize("raw", [rb'{"text": "\ud800"}', b'{"text": "\xff"}', b"{", b"null", b"[]", b""])
async def test_broken_bodies_are_refused(world: World, raw: bytes) -> None:
    whole = json.dumps({"category": "parking.fire_lane", "area": GRID}).encode()[:-1] + b", " + raw[1:]
    async with world.client("intake") as resident:
        for content in (raw, whole):
            answer = await resident.post("/v1/reports", content=content, headers={"Content-Type": "application/json"})
            assert answer.status_code in (400, 422), answer.text


async def test_offices_register_on_behalf_by_their_channel(world: World) -> None:
    for user in ("hotline.he", "grid.luo", "system.hotline"):
        async with world.client("intake", as_=user) as office:
            await register(office, channel="hotline", complained_of="city_management_bureau")


async def test_the_staff_name_the_meeting_that_raised_it_and_residents_cannot(world: World) -> None:
    async with world.client("intake", as_="grid.luo") as worker:
        receipt = await register(worker, channel="meeting", meeting="m07")
    async with world.client("intake", as_="nobody.known") as person:
        body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, "meeting": "m07"}
        refused = await person.post("/v1/reports", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, "meeting")
    async with world.client("intake", as_="clerk.liu") as clerk:
        assert (await clerk.get(f"/v1/reports/{receipt['report_id']}")).json()["meeting"] == "m07"


async def test_somebody_signed_in_without_a_post_reports_as_a_resident(world: World) -> None:
    async with world.client("intake", as_="nobody.known") as person:
        await register(person)


async def test_receipt_numbers_are_never_given_twice(world: World) -> None:
    async with world.client("intake") as resident:
        receipts = await asyncio.gather(*(register(resident) for _ in range(40)))
    assert len({receipt["receipt_no"] for receipt in receipts}) == 40
