"""What is not in the live log any more: which archived months it lay in, and what cannot be answered without it."""

from collections.abc import Sequence
from datetime import datetime

from services.audit.refusals import CaseArchived, EntriesArchived, MomentArchived
from services.audit.tree.label import file_name
from shared.record.database import Connection
from shared.signing.merkle import Range

_OWN = (
    "WITH RECURSIVE own AS (SELECT $1::text AS key UNION SELECT keys.key FROM keys JOIN own ON keys.part_of = own.key) "
)
_MONTH = "to_char((SELECT max(month) FROM months WHERE first <= archived_entries.index), 'YYYY-MM')"
_OF_CASE = (
    f"{_OWN} SELECT DISTINCT {_MONTH} AS month FROM archived_entries WHERE key IN (SELECT key FROM own) ORDER BY 1"
)
_WITHIN = """
SELECT to_char(month, 'YYYY-MM') AS month FROM (
    SELECT month, first, lead(first, 1, 9223372036854775807) OVER (ORDER BY first) AS behind FROM months
) AS spans
WHERE EXISTS (SELECT FROM archived_entries WHERE index >= greatest(first, $1) AND index < least(behind, $2))
ORDER BY 1
"""
_UNTIL = "SELECT max(until) FROM removals"
WHOLE: Range = (0, 2**63 - 1)


async def months_removed(connection: Connection, whole: Range = WHOLE) -> list[str]:
    """Those of which entries of that range were taken out."""
    return [row["month"] for row in await connection.fetch(_WITHIN, *whole)]


async def refuse_archived_case(connection: Connection, case_id: str) -> None:
    """Raises CaseArchived. A case is taken out whole: what is there of it since is not all of it."""
    months = [row["month"] for row in await connection.fetch(_OF_CASE, case_id)]
    if months:
        raise CaseArchived(tuple(months), *_where(months))


async def refuse_archived_entries(connection: Connection, whole: Range) -> None:
    """Raises EntriesArchived."""
    months = await months_removed(connection, whole)
    if months:
        raise EntriesArchived(tuple(months), *_where(months))


async def refuse_archived_moment(connection: Connection, at: datetime | None) -> None:
    """Raises MomentArchived for one at which a case that was taken out stood otherwise than it ended; None: for the
    first there is."""
    until = await connection.fetchval(_UNTIL)
    if until is not None and (at is None or at < until):
        months = await months_removed(connection)
        raise MomentArchived(until, tuple(months), *_where(months))


def _where(months: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Files and years of these months."""
    return tuple(map(file_name, months)), tuple(sorted({month[:4] for month in months}))
