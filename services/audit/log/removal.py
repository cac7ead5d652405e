"""Taking what has ended out of the live log, once its months are archived; and putting it back from the archives.

Both as the owner of the tables: the service itself can take nothing out. A case goes whole or not at all, so that
nothing that is answered of it can be half of the truth. What stays: cases that are open or of which something was told
since, what is of no case, the directory's facts, the whole tree, and of what goes its index, position and key.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.audit.log.moments import ENDED, TOUCHED, forget_all, store
from services.audit.log.months import Month, months, table_of
from services.audit.log.standings import Stood, stood
from services.audit.tree.tiles import WIDTH
from shared.procedure.folds import Folds
from shared.record.database import Connection
from shared.signing.merkle import HASH

Progress = Callable[[int], None]
_REMOVED = "SELECT id FROM archives WHERE state ->> 'status' = 'removed'"
_SIZE = "SELECT next FROM numbering"
# Each key and what it is part of in the end.
_ROOTS = """
CREATE TEMP TABLE roots ON COMMIT DROP AS
WITH RECURSIVE up AS (
    SELECT key, key AS at FROM (SELECT key FROM keys UNION SELECT id FROM cases) AS known
    UNION SELECT up.key, keys.part_of FROM up JOIN keys ON keys.key = up.at WHERE keys.part_of IS NOT NULL
)
SELECT key, at AS root FROM up
WHERE NOT EXISTS (SELECT FROM keys WHERE keys.key = up.at AND keys.part_of IS NOT NULL);
CREATE INDEX ON roots (key);
ANALYZE roots
"""
# Cases all of whose entries lie in these months; not those with an aggregate that has told of another matter as well.
_WHOLE = """
CREATE TEMP TABLE whole ON COMMIT DROP AS
SELECT roots.root AS id FROM entries JOIN roots USING (key) JOIN cases ON cases.id = roots.root
GROUP BY roots.root HAVING bool_and(entries.index <@ '{spans}'::int8multirange);
CREATE TEMP TABLE spanning ON COMMIT DROP AS
SELECT source, aggregate, aggregate_id FROM entries LEFT JOIN roots USING (key) WHERE topic <> 'heads'
GROUP BY source, aggregate, aggregate_id HAVING min(coalesce(root, key)) <> max(coalesce(root, key));
DELETE FROM whole WHERE id IN (
    SELECT roots.root FROM spanning JOIN entries USING (source, aggregate, aggregate_id) JOIN roots USING (key))
"""
_CANDIDATES = "INSERT INTO touched SELECT $1::text, $2::text, id FROM whole"
_NOT_ENDED = "DELETE FROM whole WHERE NOT (id = ANY($1::text[]))"
# Head facts too, but those that are still to be proven by.
_TAKE_OUT = """
INSERT INTO archived_entries (index, source, position, key)
SELECT entries.index, entries.source, entries.position, entries.key FROM entries
JOIN roots USING (key) JOIN whole ON whole.id = roots.root
UNION ALL
SELECT entries.index, entries.source, entries.position, entries.key FROM entries JOIN sources USING (source)
WHERE topic = 'heads' AND aggregate = 'head' AND aggregate_id = source AND version < proven_version
  AND entries.index <@ '{spans}'::int8multirange
"""
_UNPROVEN = f"""
SELECT count(*) FROM entries JOIN archived_entries USING (index)
LEFT JOIN tiles ON level = 0 AND number = index / {WIDTH}
WHERE substring(hashes FROM (index % {WIDTH})::integer * {HASH} + 1 FOR {HASH}) IS DISTINCT FROM leaf
"""
_NOTE = """
INSERT INTO removals (year, until) SELECT $1::smallint, max(time) FROM entries JOIN archived_entries USING (index)
WHERE topic <> 'heads' HAVING count(*) > 0
ON CONFLICT (year) DO UPDATE SET until = greatest(removals.until, EXCLUDED.until)
"""
_DELETE = "DELETE FROM entries USING archived_entries WHERE entries.index = archived_entries.index"
_IN_MONTH = "SELECT index FROM archived_entries WHERE index >= $1 AND index < $2"
_LIVE = "SELECT count(*) FROM entries WHERE index >= $1 AND index < $2"
_BACK = "DELETE FROM archived_entries USING entries WHERE entries.index = archived_entries.index"
_ALL_BACK = """
DELETE FROM removals WHERE NOT EXISTS (SELECT FROM archived_entries);
DELETE FROM moment_parts WHERE moment = 0
    AND NOT EXISTS (SELECT FROM archived_entries WHERE key = moment_parts.case_id);
DELETE FROM moment_dues WHERE moment = 0
    AND NOT EXISTS (SELECT FROM archived_entries WHERE key = moment_dues.case_id);
DELETE FROM moment_cases WHERE moment = 0 AND NOT EXISTS (SELECT FROM archived_entries WHERE key = moment_cases.id)
"""


class NotMoved(Exception):
    """What is in the log or in the file is not what was proven; nothing was changed. Why, in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Taken:
    """So many entries, those of `cases` and head facts."""

    entries: int
    cases: int


async def take_out(connection: Connection, folds: Folds, year: int, at: datetime) -> Taken:
    """Of all months up to the end of that year that the service has recorded as removed. Raises NotMoved.

    `at`: by when a case has to have ended. Done again, it takes what has ended since.
    """
    async with connection.transaction(isolation="repeatable_read"):
        await connection.execute("SET LOCAL session_replication_role = replica; SET LOCAL work_mem = '64MB'")
        going = await _going(connection, year)
        spans = "{" + ",".join(f"[{first},{behind})" for first, behind in going) + "}"
        await connection.execute(_ROOTS)
        await connection.execute(_WHOLE.format(spans=spans))
        cases = await _keep_ended(connection, folds, at)
        taken = await connection.execute(_TAKE_OUT.format(spans=spans))
        if await connection.fetchval(_UNPROVEN):
            en = "entries are not those of the tree, have the log inspected first"
            raise NotMoved("有条目与哈希树不符，请先运行 lianzhi inspect", en)
        await connection.execute(_NOTE, year)
        await connection.execute(_DELETE)
        await forget_all(connection)
    return Taken(int(taken.rpartition(" ")[2]), cases)


async def _going(connection: Connection, year: int) -> list[tuple[int, int]]:
    """Up to the last full tile: the leaves behind it are nowhere else."""
    removed = {row["id"] for row in await connection.fetch(_REMOVED)}
    full = await connection.fetchval(_SIZE) // WIDTH * WIDTH
    found = [month for month in await months(connection) if month.name in removed and month.month.year <= year]
    return [(month.first, min(month.behind, full)) for month in found if month.first < full]


async def _keep_ended(connection: Connection, folds: Folds, at: datetime) -> int:
    """Only what has ended stays in `whole`, and how it ended is kept. Answers how many."""
    await connection.execute(TOUCHED)
    for source, aggregate, _ in folds.counted():
        await connection.execute(_CANDIDATES, source, aggregate)
    ended: list[str] = []
    async for _, cases in stood(connection, folds, at):
        found = [case for case in cases if _has_ended(case)]
        await store(connection, ENDED, found)
        ended += [case.id for case in found]
    await connection.execute(_NOT_ENDED, ended)
    return len(ended)


def _has_ended(case: Stood) -> bool:
    return case.problem is None and not case.untold and case.standing is not None and not case.standing.open


async def still_live(connection: Connection, of: Iterable[Month]) -> int:
    """How many entries of these months there are."""
    found = [await connection.fetchval(_LIVE, *month.range) for month in of]
    return sum(found)


async def give_back_room(connection: Connection, of: Iterable[Month]) -> None:
    """What was deleted leaves the disk."""
    for month in of:
        await connection.execute(f"VACUUM (FULL, ANALYZE) {table_of(month.month)}")


async def put_back(connection: Connection, month: Month, rows: Iterable[Sequence[Any]]) -> int:
    """Of a month's entries, which were verified, all that were taken out; answers how many. Raises NotMoved.

    `rows`: portions of what the archive holds, with the log's columns by name.
    """
    done = 0
    async with connection.transaction():
        await connection.execute("SET LOCAL session_replication_role = replica")
        gone = {row["index"] for row in await connection.fetch(_IN_MONTH, *month.range)}
        for portion in rows:
            wanted = [row for row in portion if row["index"] in gone]
            if wanted:
                columns = list(wanted[0])
                records = [tuple(row.values()) for row in wanted]
                await connection.copy_records_to_table("entries", records=records, columns=columns)
            done += len(wanted)
        if done != len(gone):
            en = f"the archive of {month.name} has {done} of the {len(gone)} entries that were taken out"
            raise NotMoved(f"{month.name} 的归档文件只有移出的 {len(gone)} 条中的 {done} 条", en)
        if await connection.fetchval(_UNPROVEN):
            en = f"the archive of {month.name} has other entries than the tree"
            raise NotMoved(f"{month.name} 的归档文件与哈希树不符", en)
        await connection.execute(_BACK)
        await connection.execute(_ALL_BACK)
        await forget_all(connection)
    return done
