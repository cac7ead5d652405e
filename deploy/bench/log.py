"""P7: appending to the log with checkpoints, beside hashing and inserting the same; proofs at ten million leaves."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from itertools import count
from statistics import median, quantiles
from typing import Any, TypeVar

import asyncpg

from deploy.bench.figures import Figure
from deploy.bench.stage import Stage
from deploy.migrate import runtime_url
from services.audit.log import append as log
from services.audit.log import tiles
from services.audit.log.append import Received, append
from services.audit.reactions import Hearing
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import SIGNS, SigningKey
from services.audit.tree.tiles import WIDTH, split_hashes
from services.dispatch.facts import HandoffStarted
from services.intake.facts import ReportAccepted
from shared.facts.envelope import Trail, attributes, lane_of, read_envelope, to_headers
from shared.facts.fact import Fact
from shared.listen.parking import Record
from shared.signing import merkle
from shared.signing.facts import HEADER, Judge, Signer
from shared.world.world import new_id

SOURCE = "/services/bench"
BATCH = 1000
LEAVES = 10_000_000
TOLD_OF_WHO_SEES = 5
PROOFS = 2000
T = TypeVar("T")
KEY = SigningKey("lianzhi.bench/log", SIGNS, bytes(32))
SIGNER = Signer(SOURCE, bytes(32))
JUDGE = Judge([SIGNER.key])


def measure(seconds: float) -> list[Figure]:
    with Stage(("directory",), also=("audit",)) as stage:
        url = runtime_url(stage.admin_url, "audit", stage.secrets)
        return asyncio.run(_measure(stage.admin_url, url, seconds))


async def _measure(admin_url: str, url: str, seconds: float) -> list[Figure]:
    connection = await asyncpg.connect(url)
    admin = await asyncpg.connect(admin_url, server_settings={"search_path": "audit"})
    await admin.execute("CREATE TABLE bulk (LIKE entries INCLUDING DEFAULTS); ALTER TABLE bulk ADD PRIMARY KEY (index)")
    floors, figures = [], []
    for begun in range(4):  # in turn, so that both meet the same machine
        floors.append(await _rate(_bulk_rows(begun), _bulk(admin), seconds / 4))
        figures.append(await _rate(lambda facts: facts, _append(connection), seconds / 4))
    await admin.execute("DROP TABLE bulk")
    small = await _proofs(connection, await connection.fetchval("SELECT next FROM numbering"))
    await _fill(admin)
    large = await _proofs(connection, LEAVES)
    await connection.close()
    await admin.close()
    return [_appending(floors, figures), _proving(small, large)]


def _appending(floors: Sequence[float], figures: Sequence[float]) -> Figure:
    floor, figure = median(floors), median(figures)
    return Figure(
        "P7",
        "audit: append signed facts with checkpoints, in batches of 1,000",
        figure,
        "facts/s",
        floor,
        figure / floor,
        ">= 0.4 x hashing and bulk insert",
        figure / floor >= 0.4,
    )


def _proving(small: "Proofs", large: "Proofs") -> Figure:
    return Figure(
        "P7_PROOF",
        "audit: inclusion proof at ten million leaves, p99",
        large.p99 * 1000,
        "ms",
        large.row_p99 * 1000,
        large.p99 / large.row_p99,
        "<= 5 x one indexed row; size as log n",
        large.p99 <= 5 * large.row_p99 and large.hashes <= 24,
        {
            "p50": large.p50 * 1000,
            "row_p50": large.row_p50 * 1000,
            "hashes": large.hashes,
            "leaves": LEAVES,
            "small_p99": small.p99 * 1000,
            "small_hashes": small.hashes,
            "small_leaves": small.size,
        },
    )


_numbers = count(1)


def _facts(number: int) -> list[Record]:
    """As a service has sealed them; one in five says who may see a case, as in the life of one."""
    made = []
    for position in (next(_numbers) for _ in range(number)):
        fact = _accepted() if position % TOLD_OF_WHO_SEES == 0 else _started()
        lane = lane_of(fact.key())
        named = {**attributes(fact, new_id(), ("made", new_id(), 1), Trail()), "source": SOURCE}
        made.append((to_headers(named, position, lane, position), fact))
    signatures = SIGNER.sign([(headers, fact.data()) for headers, fact in made])
    return [
        Record("cases", 0, place, fact.key().encode(), [*headers, (HEADER, signature.encode())], fact.data())
        for place, ((headers, fact), signature) in enumerate(zip(made, signatures, strict=True))
    ]


def _accepted() -> Fact:
    about = {"category": "parking.disorder", "area": "50010400200303", "channel": "mobile", "contents": ()}
    ids = {"report_id": new_id(), "case_id": new_id(), "receipt_no": "210305-000482-7"}
    return ReportAccepted.model_validate({"at": datetime.now(UTC), "by": "clerk", **ids, **about})


def _started() -> Fact:
    case = new_id()
    return HandoffStarted(
        at=datetime.now(UTC), by="clerk", case_id=case, handoff_id=f"{case}.1", department="transport_bureau"
    )


async def _rate(
    prepare: Callable[[Sequence[Record]], T], work: Callable[[T], Awaitable[None]], seconds: float
) -> float:
    """Facts a second, the making and preparing of them left out."""
    done, spent = 0, 0.0
    while spent < seconds:
        given = prepare(_facts(BATCH))
        began = time.perf_counter()
        await work(given)
        spent += time.perf_counter() - began
        done += BATCH
    return done / spent


def _append(connection: asyncpg.Connection) -> Callable[[Sequence[Record]], Awaitable[None]]:
    """Everything that happens to a record in audit once it has come, and a checkpoint each second."""
    last, hearing = time.monotonic(), Hearing(JUDGE)

    async def work(facts: Sequence[Record]) -> None:
        nonlocal last
        received = [hearing.received(read_envelope(record.headers, record.value), record) for record in facts]
        async with connection.transaction():
            await append(connection, received)
        if time.monotonic() - last >= 1:
            last = time.monotonic()
            size = await connection.fetchval("SELECT next FROM numbering")
            KEY.sign(Checkpoint(KEY.name, size, await tiles.root(connection, size)).text())

    return work


Rows = list[tuple[bytes, tuple[Any, ...]]]
"""The bytes to hash, and the row, each."""


def _bulk_rows(turn: int) -> Callable[[Sequence[Record]], Rows]:
    index = count(turn * 1_000_000_000)

    def prepare(facts: Sequence[Record]) -> Rows:
        items = [Received.of(read_envelope(record.headers, record.value), record) for record in facts]
        at = datetime.now(UTC)
        return [(b"".join(item.bytes), log.row_of(next(index), item, at)) for item in items]

    return prepare


def _bulk(connection: asyncpg.Connection) -> Callable[[Rows], Awaitable[None]]:
    """The floor: SHA-256 of the same bytes, and one COPY of the same rows under a primary key."""

    async def work(rows: Rows) -> None:
        for raw, _ in rows:
            sha256(raw).digest()
        async with connection.transaction():
            await connection.copy_records_to_table("bulk", records=[row for _, row in rows], columns=log.COLUMNS)

    return work


class Proofs:
    """Times in seconds."""

    def __init__(self, size: int, rows: Sequence[float], proofs: Sequence[float], hashes: int) -> None:
        self.size, self.hashes = size, hashes
        self.row_p50, self.row_p99 = median(rows), quantiles(rows, n=100)[98]
        self.p50, self.p99 = median(proofs), quantiles(proofs, n=100)[98]


async def _proofs(connection: asyncpg.Connection, size: int) -> Proofs:
    """Spread over the whole log; each beside the reading of one row."""
    there = await connection.fetch("SELECT index FROM entries ORDER BY index DESC LIMIT 10000")
    rows, proofs, hashes = [], [], 0
    for number in range(PROOFS):
        place = (number * 7_919_993) % size
        began = time.perf_counter()
        await connection.fetchrow("SELECT value FROM entries WHERE index = $1", there[number % len(there)]["index"])
        read = time.perf_counter()
        proof = await tiles.hashes_of(connection, merkle.inclusion(place, size), size)
        proofs.append(time.perf_counter() - read)
        rows.append(read - began)
        hashes = max(hashes, len(proof))
    return Proofs(size, rows, proofs, hashes)


async def _fill(admin: asyncpg.Connection) -> None:
    """A tree of ten million leaves: all its full tiles, and no entry but those of the partial one at its end.

    What a proof reads is all there; the entries themselves are not, which would only fill the disk.
    """
    await admin.execute("SET session_replication_role = replica; TRUNCATE tiles")
    level, below = 0, LEAVES
    roots: list[bytes] = []
    while below >= WIDTH:
        rows: list[tuple[Any, ...]] = []
        above: list[bytes] = []
        for number in range(below // WIDTH):
            hashes = os.urandom(WIDTH * 32) if level == 0 else b"".join(roots[number * WIDTH : (number + 1) * WIDTH])
            above.append(merkle.root_of(split_hashes(hashes)))
            rows.append((level, number, hashes, above[-1]))
            if len(rows) == 500:
                await admin.copy_records_to_table("tiles", records=rows)
                rows = []
        await admin.copy_records_to_table("tiles", records=rows)
        level, below, roots = level + 1, below // WIDTH, above
    first = LEAVES // WIDTH * WIDTH
    await admin.execute("DELETE FROM entries WHERE index >= $1", LEAVES - first)
    await admin.execute("UPDATE entries SET index = index + $1", first)
    await admin.execute("VACUUM ANALYZE entries, tiles")
