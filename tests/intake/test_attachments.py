"""Files sent before a report, and what becomes of them."""

import asyncio
import struct
import zlib
from datetime import timedelta
from hashlib import sha256

import httpx
import pytest

from services.intake import views
from services.intake.api.files import examine
from shared.refusals.refusals import Invalid
from tests.intake.builders import GRID, TEXT, register
from tests.kit.world import World

EXIF = b"Exif\x00\x00GPS 29.48N 106.48E"


def segment(mark: int, data: bytes) -> bytes:
    return bytes((0xFF, mark)) + struct.pack(">H", len(data) + 2) + data


def a_jpeg(*extra: bytes) -> bytes:
    body = segment(0xE0, b"JFIF\x00") + b"".join(extra) + segment(0xDB, bytes(65))
    return b"\xff\xd8" + body + segment(0xDA, bytes(10)) + b"scan\xff\xd9"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def test_the_place_in_a_photo_is_removed() -> None:
    kind, kept = examine(a_jpeg(segment(0xE1, EXIF), segment(0xED, b"IPTC")), "image/jpeg")
    assert (kind, kept) == ("image/jpeg", a_jpeg())
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(13)) + chunk(b"eXIf", EXIF) + chunk(b"IEND", b"")
    assert EXIF not in examine(png, "")[1]


def a_webp(flags: int, *chunks: bytes, more: bytes = b"") -> bytes:
    body = b"WEBP" + riff(b"VP8X", bytes((flags, *bytes(9)))) + b"".join(chunks)
    return riff(b"RIFF", body) + more


def riff(kind: bytes, data: bytes) -> bytes:
    return kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2)


def test_the_place_in_a_webp_is_removed_and_it_stays_whole() -> None:
    picture, odd = riff(b"VP8L", b"picture!"), riff(b"ICCP", b"odd")
    traces = riff(b"EXIF", EXIF + b"odd"), riff(b"XMP ", b"<x:xmpmeta/>")
    kind, kept = examine(a_webp(0b101100, odd, picture, *traces, more=b"behind it"), "image/webp")
    assert (kind, kept) == ("image/webp", a_webp(0b100000, odd, picture))
    simple = riff(b"RIFF", b"WEBP" + picture)
    assert examine(simple, "image/webp")[1] == simple


def test_what_follows_the_end_of_a_jpeg_is_cut() -> None:
    entropy = b"scan\xff\x00\xff\xd0more\xff\xff\xd9"
    more_scans = segment(0xDA, bytes(10)) + b"one" + segment(0xE1, EXIF) + segment(0xDA, bytes(10)) + entropy
    photo = b"\xff\xd8" + segment(0xDB, bytes(65)) + more_scans
    kept = examine(photo + b"\xff\xd8" + segment(0xE1, EXIF) + b"another, with its place\xff\xd9", "image/jpeg")[1]
    assert kept == photo.replace(segment(0xE1, EXIF), b"")


def test_a_pdf_is_kept_as_it_is() -> None:
    pdf = b"%PDF-1.7 /Author (somebody)"
    assert examine(pdf, "application/pdf") == ("application/pdf", pdf)


@pytest.mark.parametrize(
    ("data", "declared"),
    [
        (b"", "text/plain"),
        (b"MZ\x90\x00", "application/octet-stream"),
        (b"<svg/>", "image/svg+xml"),
        (a_jpeg(), "image/png"),
        (a_jpeg()[:30], "image/jpeg"),
        (b"\xff\xd8\xff", "image/jpeg"),
        (a_jpeg()[:-2], "image/jpeg"),
        (a_webp(0)[:-1], "image/webp"),
        (b"RIFF" + struct.pack("<I", 12) + b"WEBPEXIF" + struct.pack("<I", 9), "image/webp"),
        (b"text\x00", "text/plain"),
        (b"\xff\xfe", "text/plain"),
        (b"%PDF-" + bytes(10 * 1024 * 1024), "application/pdf"),
    ],
)
def test_files_that_are_not_what_they_say_are_refused(data: bytes, declared: str) -> None:
    with pytest.raises(Invalid):
        examine(data, declared)


async def test_a_photo_travels_with_its_report_and_only_with_one(world: World) -> None:
    photo = a_jpeg(segment(0xE1, EXIF))
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        form = await resident.post("/v1/attachments", files={"file": ("p.jpg", photo, "image/jpeg")})
        raw = await resident.post("/v1/attachments", content=photo, headers={"Content-Type": "image/jpeg"})
        assert [form.status_code, raw.status_code] == [201, 201]
        assert raw.json()["sha256"] == form.json()["sha256"] == sha256(a_jpeg()).hexdigest()
        id = raw.json()["content_id"]
        assert (await clerk.get(f"/v1/contents/{id}")).status_code == 404, "nobody's yet"
        receipt = await register(resident, attachments=[id])
        body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, "attachments": [id]}
        assert (await resident.post("/v1/reports", json=body)).status_code == 422
        mine = await resident.get(
            f"/v1/contents/{id}",
            params={"receipt_no": receipt["receipt_no"]},
            headers={"Tracking-Code": receipt["tracking_code"]},
        )
        assert (mine.status_code, mine.content) == (200, a_jpeg())
        assert mine.headers["content-disposition"].startswith("attachment")
        assert (await clerk.get(f"/v1/contents/{id}")).headers["content-type"] == "image/jpeg"


async def upload(client: httpx.AsyncClient) -> str:
    headers = {"Content-Type": "image/jpeg"}
    return str((await client.post("/v1/attachments", content=a_jpeg(), headers=headers)).json()["content_id"])


async def test_of_four_reports_at_once_with_the_same_photo_one_gets_it_and_three_are_told(world: World) -> None:
    async with world.client("intake") as resident:
        for _ in range(3):
            id = await upload(resident)
            body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, "attachments": [id]}
            answers = await asyncio.gather(*(resident.post("/v1/reports", json=body) for _ in range(4)))
            assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
            refused = [answer.json() for answer in answers if answer.status_code == 422]
            assert {(each["code"], each["field"]) for each in refused} == {("invalid", "attachments")}


async def test_a_photo_that_nobody_attached_is_forgotten_after_a_day_and_an_attached_one_stays(world: World) -> None:
    async with world.client("intake") as resident:
        left, kept = await upload(resident), await upload(resident)
        await register(resident, attachments=[kept])
        runtime = world.runtime("intake")
        later = runtime.now() + timedelta(minutes=1)
        async with runtime.database.plain() as connection:
            assert await views.unattached(connection, [left], later + views.KEPT_UNATTACHED) == {}, "a day later"
            await views.forget_uploads(connection, later - views.KEPT_UNATTACHED, 500)
        stored = "SELECT id FROM contents WHERE id = ANY($1)"
        assert len(await world.fetch("intake", stored, [left, kept])) == 2, "not before its time"
        async with runtime.database.plain() as connection:
            await views.forget_uploads(connection, later, 500)
        assert await world.fetch("intake", stored, [left, kept]) == [{"id": kept}]
        body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, "attachments": [left]}
        assert (await resident.post("/v1/reports", json=body)).status_code == 422


async def test_forms_without_a_file_and_bodies_too_large_are_refused(world: World) -> None:
    async with world.client("intake") as resident:
        assert (await resident.post("/v1/attachments", files={"other": b"x"})).status_code == 422
        assert (await resident.post("/v1/attachments", content=bytes(13 * 1024 * 1024))).status_code == 413
        huge = b'{"text": "' + b"x" * 13 * 1024 * 1024 + b'"}'
        assert (await resident.post("/v1/reports", content=huge)).status_code == 413
