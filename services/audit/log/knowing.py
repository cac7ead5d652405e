"""What the log has for telling who knew what of a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.audit.log.fold import facts_of_case
from services.audit.log.knew import Centre, Office, Told, told, who_knew
from shared.procedure.actor import Role
from shared.procedure.folds import Folds
from shared.record.database import Connection
from shared.reference.reference import Reference

_OPENINGS = """
WITH RECURSIVE own AS (
    SELECT $1::text AS key UNION SELECT keys.key FROM keys JOIN own ON keys.part_of = own.key
)
SELECT index, id, source, time, actor, department, causation, value FROM entries
WHERE key IN (SELECT key FROM own) AND split_part(type, '.', 3) = 'case-file-opened' ORDER BY time, index
"""


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that was told of the case and of who looked at it up to some moment, and what each office heard when."""

    facts: Sequence[Told]
    openings: Sequence[Told]
    offices: Sequence[Office]


async def evidence(
    connection: Connection,
    folds: Folds,
    reference: Reference,
    case_id: str,
    at: datetime,
    rows: Sequence[Any] = (),
    on: datetime | None = None,
) -> Evidence:
    """`rows`: its facts, where they are at hand; `on`: the day whose posts count, if not that of the moment."""
    facts = [fact for fact in told(rows or await facts_of_case(connection, case_id)) if fact.row["time"] <= at]
    openings = [each for each in told(await connection.fetch(_OPENINGS, case_id)) if each.row["time"] <= at]
    area = await connection.fetchval("SELECT area FROM cases WHERE id = $1", case_id)
    centre = Centre(_centre(reference, area, on or at), {source for source, _, _ in folds.counted()})
    return Evidence(facts, openings, who_knew(facts, openings, at, centre))


def _centre(reference: Reference, area: str | None, on: datetime) -> set[str]:
    """Where somebody dispatches for the place of the case."""
    posts = (version.entry for version in reference.all("post", on))
    return {
        str(post["department"])
        for post in posts
        if area is not None and post["role"] == Role.DISPATCHER and area.startswith(post["area"])
    }
