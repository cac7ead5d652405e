"""How the district stood at a moment, worked out from the log and kept: from nothing, or from the nearest moment kept.

From a moment that is kept only those cases are folded anew of which facts lie between the two, or came since, or that
time itself has changed; the others stand as they stood. So the next question costs what has happened, not the log.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.audit.log.standings import Stood, stood
from services.audit.tables import MOMENT_CASES, MOMENT_DUES, MOMENT_PARTS
from shared.procedure.folds import Folds
from shared.record.database import Connection

MOST_KEPT = 24
ENDED = 0
"""The moment under which cases stand, as they ended, that are in archives only."""
ROWS = {table.name: [column.name for column in table.columns] for table in (MOMENT_CASES, MOMENT_PARTS, MOMENT_DUES)}
_CASE = {"moment_cases": "id", "moment_parts": "case_id", "moment_dues": "case_id"}
_KEPT = "SELECT id, size FROM moments WHERE at = $1"
# Whether anything has come since that tells of then.
_LATER = """
SELECT EXISTS (
    SELECT FROM entries JOIN unnest($3::text[], $4::text[]) AS counted (source, aggregate) USING (source, aggregate)
    WHERE index >= $1 AND time <= $2)
"""
_ASKED = "UPDATE moments SET asked_at = now(), size = $2 WHERE id = $1"
_NEAREST = """
SELECT id, at, size FROM moments ORDER BY abs(extract(epoch FROM at - $1::timestamptz)) LIMIT 1
"""
# A second moment of the same transaction begins with it empty.
TOUCHED = """
CREATE TEMP TABLE IF NOT EXISTS touched (source text, aggregate text, id text COLLATE "C") ON COMMIT DROP;
DELETE FROM touched
"""
_ALL = """
INSERT INTO touched
SELECT DISTINCT source, aggregate, aggregate_id FROM entries WHERE source = $1 AND aggregate = $2
"""
# $3: the nearest moment kept, with the time ($4) and size ($5) that it is of; $6: the moment asked for.
_SINCE = """
INSERT INTO touched
SELECT $1::text, $2::text, aggregate_id FROM entries WHERE index >= $5 AND source = $1 AND aggregate = $2
UNION SELECT $1, $2, aggregate_id FROM entries
WHERE time > least($4::timestamptz, $6::timestamptz) AND time <= greatest($4::timestamptz, $6::timestamptz)
  AND source = $1 AND aggregate = $2
UNION SELECT $1, $2, id FROM moment_cases WHERE moment = $3 AND (untold OR next_at <= $6 OR problem IS NOT NULL)
"""
_COUNT = """
SELECT count(*) FROM touched JOIN entries e
ON e.source = touched.source AND e.aggregate = touched.aggregate AND e.aggregate_id = touched.id
"""
_NEW = """
INSERT INTO moments (at, size, asked_at, folded, seconds) VALUES ($1, $2, now(), 0, 0) RETURNING id
"""
_DONE = "UPDATE moments SET folded = $2, seconds = $3 WHERE id = $1"
_TOO_MANY = "SELECT id FROM moments ORDER BY asked_at DESC, id DESC OFFSET $1"
Progress = Callable[[int, int], None]
"""Facts read so far, facts to be read."""


@dataclass(frozen=True, slots=True)
class Base:
    """A moment kept, from which one goes on."""

    id: int
    at: datetime
    size: int


async def kept(connection: Connection, folds: Folds, at: datetime) -> int | None:
    """The moment's number, if it is kept and nothing has come since that tells of then."""
    found = await connection.fetchrow(_KEPT, at)
    if found is None:
        return None
    size = await connection.fetchval("SELECT next FROM numbering")
    sources, aggregates = [s for s, _, _ in folds.counted()], [a for _, a, _ in folds.counted()]
    if size < found["size"] or await connection.fetchval(_LATER, found["size"], at, sources, aggregates):
        return None
    await connection.execute(_ASKED, found["id"], size)
    return int(found["id"])


async def keep(connection: Connection, folds: Folds, at: datetime, progress: Progress) -> int:
    """Works the moment out, in one transaction as of the log's end at its beginning; answers its number."""
    began = time.monotonic()
    async with connection.transaction(isolation="repeatable_read"):
        size = await connection.fetchval("SELECT next FROM numbering")
        base = await _begin(connection, folds, at, size)
        await connection.execute("DELETE FROM moments WHERE at = $1", at)
        moment = await connection.fetchval(_NEW, at, size)
        total = await connection.fetchval(_COUNT)
        progress(0, total)
        folded = 0
        async for cases in _told(stood(connection, folds, at), progress, total):
            folded += len(cases)
            await store(connection, moment, cases)
        await _copy(connection, ENDED if base is None else base.id, moment)
        await _forget(connection)
        await connection.execute(_DONE, moment, folded, time.monotonic() - began)
    return int(moment)


async def _begin(connection: Connection, folds: Folds, at: datetime, size: int) -> Base | None:
    """Notes which cases are folded, and from where the others are taken."""
    row = await connection.fetchrow(_NEAREST, at)
    base = None if row is None or row["size"] > size else Base(**dict(row))
    await connection.execute(TOUCHED)
    for source, aggregate, _ in folds.counted():
        if base is None:
            await connection.execute(_ALL, source, aggregate)
        else:
            await connection.execute(_SINCE, source, aggregate, base.id, base.at, base.size, at)
    await connection.execute("ANALYZE touched")
    return base


async def _told(
    portions: AsyncIterator[tuple[int, list[Stood]]], progress: Progress, total: int
) -> AsyncIterator[list[Stood]]:
    done = 0
    async for read, cases in portions:
        done += read
        progress(done, total)
        yield cases


async def store(connection: Connection, moment: int, cases: Iterable[Stood]) -> None:
    """How they stand at that moment."""
    rows: dict[str, list[tuple[Any, ...]]] = {name: [] for name in ROWS}
    for case in cases:
        for name, row in _rows(moment, case):
            rows[name].append(row)
    for name, columns in ROWS.items():
        if rows[name]:
            await connection.copy_records_to_table(name, records=rows[name], columns=columns)


def _rows(moment: int, case: Stood) -> Iterator[tuple[str, tuple[Any, ...]]]:
    found = case.standing
    told = [getattr(found, name, None) for name in ROWS["moment_cases"][2:-2]]
    yield "moment_cases", (moment, case.id, *told, case.untold, case.problem)
    for part in found.parts if found else ():
        yield (
            "moment_parts",
            (moment, part.id, case.id, part.department, part.status, part.ended, part.due_at, part.late),
        )
    for due in found.dues if found else ():
        about = (due.rule, due.department, due.part, due.due_at, due.colour, due.late)
        yield "moment_dues", (moment, due.id, case.id, *about)


async def _copy(connection: Connection, base: int, moment: int) -> None:
    """Of all that was not folded anew."""
    for name, columns in ROWS.items():
        rest = ", ".join(f'"{column}"' for column in columns[1:])
        await connection.execute(
            f"INSERT INTO {name} (moment, {rest}) SELECT $2, {rest} FROM {name} AS old WHERE moment = $1"
            f" AND NOT EXISTS (SELECT FROM touched WHERE touched.id = old.{_CASE[name]})",
            base,
            moment,
        )


async def forget_all(connection: Connection) -> None:
    """What was kept was worked out by the models as they were then."""
    await connection.execute("DELETE FROM moments")
    for name in ROWS:
        await connection.execute(f"DELETE FROM {name} WHERE moment <> $1", ENDED)


async def _forget(connection: Connection) -> None:
    """The moments that nobody has asked for longest, and what lies about of those that are no more."""
    old = [row["id"] for row in await connection.fetch(_TOO_MANY, MOST_KEPT)]
    await connection.execute("DELETE FROM moments WHERE id = ANY($1)", old)
    for name in ROWS:
        await connection.execute(
            f"DELETE FROM {name} WHERE moment <> $1 AND moment NOT IN (SELECT id FROM moments)", ENDED
        )
