"""Appending: one transaction at a time takes the next indexes, so they are gap-free and in commit order.

Times of receipt never go back either, so that each month of them is one stretch of the log: a table of its own.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

import structlog

from services.audit.log.tiles import fill
from services.audit.tables import ENTRIES
from services.audit.tree.entries import to_entry
from services.audit.tree.tiles import WIDTH
from shared.facts.envelope import Envelope
from shared.facts.packing import pack_headers
from shared.listen.parking import Record
from shared.record.database import Connection
from shared.signing.facts import Judgement
from shared.signing.merkle import HASH, leaf_hash

log = structlog.get_logger("audit")

COLUMNS = [column.name for column in ENTRIES.columns]
_TAKE = """
UPDATE numbering SET next = next + $1, latest = greatest(latest, now())
RETURNING next - $1 AS first, latest AS at, month AS open,
          date_trunc('month', latest AT TIME ZONE 'Asia/Shanghai')::date AS month
"""
_HIGHEST = "SELECT source, highest FROM sources WHERE source = ANY($1::text[])"
_KNOWN = "SELECT position, headers, value FROM entries WHERE source = $1 AND position = ANY($2::bigint[])"
# Of what was taken out its leaf is known.
_ARCHIVED = f"""
SELECT position, substring(hashes FROM (index % {WIDTH})::integer * {HASH} + 1 FOR {HASH}) AS leaf
FROM archived_entries LEFT JOIN tiles ON level = 0 AND number = index / {WIDTH}
WHERE source = $1 AND position = ANY($2::bigint[])
"""
_EVIDENCE = """
INSERT INTO conflicts (source, position, digest, topic, partition, "offset", headers, value)
SELECT * FROM unnest($1::text[], $2::bigint[], $3::bytea[],
                     $4::text[], $5::integer[], $6::bigint[], $7::bytea[], $8::bytea[])
ON CONFLICT DO NOTHING RETURNING source, position
"""
_ALARM = """
INSERT INTO alarms (kind, source, first, last)
SELECT $1, s, p, p FROM unnest($2::text[], $3::bigint[]) AS given (s, p)
ON CONFLICT DO NOTHING
"""
_SOURCES = """
INSERT INTO sources (source, highest, count, known_since, head_position, head_at)
SELECT s, highest, count, $5, head, CASE WHEN head IS NOT NULL THEN $5::timestamptz END
FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[]) AS given (s, highest, count, head)
ORDER BY s
ON CONFLICT (source) DO UPDATE SET
    highest = greatest(sources.highest, EXCLUDED.highest), count = sources.count + EXCLUDED.count,
    head_position = greatest(sources.head_position, EXCLUDED.head_position),
    head_at = coalesce(EXCLUDED.head_at, sources.head_at)
"""
_CASES = """
INSERT INTO cases (id, code, area) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
ON CONFLICT DO NOTHING
"""
# `since`: the entry that says what a key is part of, so that it can be told what belonged together at any size.
_KEYS = """
INSERT INTO keys (key, part_of, area, since)
SELECT key, max(part_of), max(area), min(index) FILTER (WHERE part_of IS NOT NULL)
FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) AS given (key, part_of, area, index)
GROUP BY key ORDER BY key
ON CONFLICT (key) DO UPDATE SET
    part_of = coalesce(keys.part_of, EXCLUDED.part_of), area = coalesce(keys.area, EXCLUDED.area),
    since = coalesce(keys.since, EXCLUDED.since)
"""
_BARRED = "INSERT INTO barred (key, department) SELECT * FROM unnest($1::text[], $2::text[]) ON CONFLICT DO NOTHING"
_UNBARRED = """
DELETE FROM barred USING unnest($1::text[], $2::text[]) AS given (key, department)
WHERE barred.key = given.key AND barred.department = given.department
"""
_MATTERS = """
INSERT INTO matters (key, category) SELECT * FROM unnest($1::text[], $2::text[]) ORDER BY 1
ON CONFLICT (key) DO UPDATE SET category = EXCLUDED.category WHERE matters.category <> EXCLUDED.category
"""
Line = tuple[str | None, ...]
Stands = tuple[bytes, bytes] | bytes
"""Headers and value, or the leaf of what was taken out."""


@dataclass(frozen=True, slots=True)
class Noted:
    """What a fact tells of who may see what, as rows: `cases` (id, code, area), `keys` (key, what it is part of, area),
    `barred` (key, department), and `unbarred`, those of them that end; `matters` (key, category)."""

    cases: Sequence[Line] = ()
    keys: Sequence[Line] = ()
    barred: Sequence[Line] = ()
    unbarred: Sequence[Line] = ()
    matters: Sequence[Line] = ()


@dataclass(frozen=True, slots=True)
class Received:
    """A record as it came. `head` is the position that a head fact tells."""

    envelope: Envelope
    record: Record
    packed: bytes
    judged: Judgement = Judgement.UNJUDGED
    head: int | None = None
    noted: Noted | None = None

    @classmethod
    def of(cls, envelope: Envelope, record: Record) -> "Received":
        """Not judged, and without what it tells."""
        return cls(envelope, record, pack_headers(record.headers))

    @property
    def is_forged(self) -> bool:
        """Whether its source cannot have said so."""
        return self.judged not in (Judgement.HOLDS, Judgement.UNJUDGED)

    @property
    def place(self) -> tuple[str, int]:
        return self.envelope.source, self.envelope.position

    @property
    def bytes(self) -> tuple[bytes, bytes]:
        return self.packed, self.record.value or b""

    def is_as(self, stands: Stands | None) -> bool:
        """Whether what stands at its place is the same."""
        return stands == (leaf_hash(to_entry(*self.bytes)) if isinstance(stands, bytes) else self.bytes)


async def append(connection: Connection, received: Sequence[Received]) -> None:
    """In the consumer's transaction.

    A position that is taken is no error: equal bytes are ignored, others kept as evidence. So is what its source has
    not signed, which takes no position.
    """
    forged = [item for item in received if item.is_forged]
    if forged:
        await _refuse_forged(connection, forged)
        received = [item for item in received if not item.is_forged]
    if not received:
        return
    turn = await connection.fetchrow(_TAKE, len(received))
    assert turn is not None
    first, added = turn["first"], await _new_ones(connection, received)
    if len(added) < len(received):
        await connection.execute("UPDATE numbering SET next = $1", first + len(added))
    if added:
        if turn["month"] != turn["open"]:
            await connection.execute("SELECT open_month($1, $2)", turn["month"], first)
        rows = [row_of(index, item, turn["at"]) for index, item in enumerate(added, first)]
        await connection.copy_records_to_table("entries", records=rows, columns=COLUMNS)
        await fill(connection, first, first + len(added))
        await _count(connection, added, turn["at"])
        await _note(connection, {index: item.noted for index, item in enumerate(added, first) if item.noted})


def row_of(index: int, item: Received, at: datetime) -> tuple[Any, ...]:
    envelope, record = item.envelope, item.record
    return (
        index,
        envelope.source,
        envelope.position,
        record.topic,
        record.partition,
        record.offset,
        envelope.lane,
        envelope.sequence,
        envelope.id,
        envelope.type,
        envelope.key,
        envelope.time,
        envelope.actor,
        envelope.department,
        envelope.aggregate,
        envelope.aggregate_id,
        envelope.version,
        envelope.trail.correlation,
        envelope.trail.causation,
        *item.bytes,
        at,
        leaf_hash(to_entry(*item.bytes)),
    )


async def _new_ones(connection: Connection, received: Sequence[Received]) -> list[Received]:
    """Those whose position is free; the others are compared with what stands there.

    Nobody else appends meanwhile: above a source's highest position all are free.
    """
    rows = await connection.fetch(_HIGHEST, list({item.envelope.source for item in received}))
    highest = {row["source"]: row["highest"] for row in rows}
    standing = await _standing(
        connection, [item for item in received if item.envelope.position <= highest.get(item.envelope.source, 0)]
    )
    new, conflicting = list[Received](), list[Received]()
    for item in received:
        stands = standing.get(item.place)
        if stands is None:
            standing[item.place] = item.bytes
            new.append(item)
        elif not item.is_as(stands):
            conflicting.append(item)
    for source, position in await _keep_evidence(connection, "conflict", conflicting):
        log.error(
            "a position came again with other bytes; both are kept, the first stands", source=source, position=position
        )
    return new


async def _standing(connection: Connection, received: Sequence[Received]) -> dict[tuple[str, int], Stands]:
    """What the log has at these places, of whatever month: one search a source finds neighbours together."""
    positions: dict[str, list[int]] = {}
    for item in received:
        positions.setdefault(item.envelope.source, []).append(item.envelope.position)
    found: dict[tuple[str, int], Stands] = {}
    for source, asked in positions.items():
        for row in await connection.fetch(_KNOWN, source, asked):
            found[source, row["position"]] = (row["headers"], row["value"])
        for row in await connection.fetch(_ARCHIVED, source, asked):
            found[source, row["position"]] = row["leaf"] or b""
    return found


async def _refuse_forged(connection: Connection, forged: Sequence[Received]) -> None:
    """Of what stands already only the signature is new: then it is no more than sent again."""
    standing = await _standing(connection, forged)
    new = [item for item in forged if not item.is_as(standing.get(item.place))]
    judged = {item.place: item.judged.value for item in new}
    for source, position in await _keep_evidence(connection, "signature", new):
        log.error(
            "a fact's signature is not its source's; it is kept as evidence and not appended",
            source=source,
            position=position,
            signature=judged[source, position],
        )


async def _keep_evidence(
    connection: Connection, kind: str, conflicting: Sequence[Received]
) -> Sequence[tuple[str, int]]:
    """Answers the places of those that were not known yet; an alarm is raised for each."""
    if not conflicting:
        return ()
    rows = [(*item.place, sha256(b"".join(item.bytes)).digest(), *_came_by(item), *item.bytes) for item in conflicting]
    kept = await connection.fetch(_EVIDENCE, *map(list, zip(*rows, strict=True)))
    places = [(row["source"], row["position"]) for row in kept]
    if places:
        await connection.execute(_ALARM, kind, *map(list, zip(*places, strict=True)))
    return places


def _came_by(item: Received) -> tuple[str, int, int]:
    return item.record.topic, item.record.partition, item.record.offset


async def _count(connection: Connection, added: Sequence[Received], at: datetime) -> None:
    highest: dict[str, int] = {}
    count: dict[str, int] = {}
    heads: dict[str, int] = {}
    for item in added:
        source, position = item.place
        highest[source] = max(highest.get(source, 0), position)
        count[source] = count.get(source, 0) + 1
        if item.head is not None:
            heads[source] = max(heads.get(source, 0), item.head)
    told = [heads.get(source) for source in highest]
    await connection.execute(_SOURCES, list(highest), list(highest.values()), list(count.values()), told, at)


async def _note(connection: Connection, told: Mapping[int, Noted]) -> None:
    noted, last_word = told.values(), dict[Line, bool]()
    for each in noted:
        last_word |= {**dict.fromkeys(each.barred, True), **dict.fromkeys(each.unbarred, False)}
    for statement, lines in (
        (_CASES, [line for each in noted for line in each.cases]),
        (_KEYS, [(*line, index) for index, each in told.items() for line in each.keys]),
        (_BARRED, [line for line, barred in last_word.items() if barred]),
        (_UNBARRED, [line for line, barred in last_word.items() if not barred]),
        (_MATTERS, list({line[0]: line for each in noted for line in each.matters}.values())),
    ):
        if lines:
            await connection.execute(statement, *map(list, zip(*lines, strict=True)))
