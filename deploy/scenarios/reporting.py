"""How a matter's report comes in: by whom, with what attached. Where the data is silent the seed decides."""

import random
import struct
import zlib
from typing import Any

from deploy.scenarios.calls import Ask
from deploy.scenarios.data import Matter
from deploy.scenarios.scene import Scene, key_of
from deploy.scenarios.staff import Staff

BY_ONESELF = frozenset({"web", "mobile", "volunteer", "open311"})
BY_GRID_WORKERS = frozenset({"patrol", "meeting"})
WITH_PICTURE = frozenset({"mobile", "web", "patrol", "volunteer"})
PICTURES = 0.3
SIDE = 8


async def report(scene: Scene, seed: int) -> None:
    """Registers it; receipt and tracking code go into the docket. Raises Declined, Unreachable."""
    matter, choice = scene.matter, random.Random(f"{seed}:{scene.matter.ref}")  # noqa: S311 (a story, no secret)
    by = registrar(matter, scene.staff, choice)
    files = []
    if matter.channel in WITH_PICTURE and choice.random() < PICTURES:
        files.append(await _attach(scene, by, picture(choice)))
    key = key_of(scene.scenario, matter.ref, 0, 1)
    told = await scene.send(Ask("intake", "POST", "/v1/reports", by, key, _body(matter, files)))
    for name in ("report_id", "receipt_no", "tracking_code"):
        setattr(scene.docket, name, told[name])


def registrar(matter: Matter, staff: Staff, choice: random.Random) -> str | None:
    """Residents themselves; a grid worker, of this grid if it has one; the police; else a clerk."""
    if matter.channel in BY_ONESELF:
        return None
    if matter.channel in BY_GRID_WORKERS:
        workers = staff.holding("grid_worker")
        people = [worker for worker in workers if worker.area == matter.grid] or workers
    elif matter.channel == "110_transfer":
        people = [one for one in staff.holding("handler") if staff.services.get(one.department) == "police"]
    else:
        clerks = staff.holding("clerk")
        hotline = matter.channel == "hotline"
        people = [clerk for clerk in clerks if clerk.department.startswith("hotline") is hotline] or clerks
    return choice.choice(people).username


def _body(matter: Matter, files: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "category": matter.category,
        "area": matter.grid,
        "text": matter.text,
        "channel": matter.channel,
    }
    if matter.reporter:
        told["reporter"] = matter.reporter.model_dump()
    if matter.meeting:
        told["meeting"] = matter.meeting.lower()
    return {**told, "attachments": files} if files else told


async def _attach(scene: Scene, by: str | None, data: bytes) -> str:
    key = key_of(scene.scenario, scene.matter.ref, 0, 0)
    ask = Ask("intake", "POST", "/v1/attachments", by, key, data, media_type="image/png")
    told = await scene.send(ask)
    return str(told["content_id"])


def picture(choice: random.Random) -> bytes:
    """A small PNG of one colour."""
    row = b"\0" + bytes(choice.randrange(256) for _ in range(3)) * SIDE
    header = struct.pack(">IIBBBBB", SIDE, SIDE, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(row * SIDE)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
