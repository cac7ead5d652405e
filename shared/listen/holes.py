"""Holes: lanes that wait for a fact that does not come. It is sent again, or an administrator decides to do without."""

from datetime import datetime
from functools import cache
from typing import Any

from shared.facts.envelope import Trail
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.record.database import Database
from shared.record.decide import Work, pending_fact
from shared.record.flush import flush
from shared.refusals.refusals import NotFound

_HOLES = """
SELECT p.source, p.topic, p.lane, coalesce(max(m.sequence), 0) + 1 AS first, min(p.sequence) - 1 AS last,
       count(*) AS waiting, min(p.parked_at) AS since
FROM parked p LEFT JOIN marks m ON m.source = p.source AND m.topic = p.topic AND m.lane = p.lane
WHERE p.cause = 'hole' GROUP BY p.source, p.topic, p.lane
"""


class HoleSkipped(Fact):
    """Somebody decided that the missing facts of a lane, by their sequences, have no effect here."""

    about = "lane_of"
    told = Sentence(
        "决定不再等待缺失的事实：第{first}至{last}条",
        "decided to do without missing facts, {first} to {last} of their lane",
    )
    lane_of: str
    of_source: str
    of_topic: str
    lane: int
    first: int
    last: int


@cache
def hole_skipped_fact(service: str) -> type[HoleSkipped]:
    """The service's own: `lianzhi.<service>.hole-skipped.v1`."""
    return type("HoleSkipped", (HoleSkipped,), {"__module__": f"services.{service}.facts"}, service=service)


async def holes(database: Database) -> list[dict[str, Any]]:
    """Which sequences of which lanes are missing, how many facts wait behind them and since when; oldest first."""
    async with database.plain() as connection:
        return [dict(row) for row in await connection.fetch(f"{_HOLES} ORDER BY since")]


async def skip_hole(
    database: Database, kind: type[HoleSkipped], lane: tuple[str, str, int], by: tuple[str, datetime]
) -> None:
    """`lane`: source, topic, number. What waits behind the hole follows within a second. Raises NotFound."""
    source, topic, number = lane
    actor, at = by
    async with database.transaction() as connection:
        row = await connection.fetchrow(
            f"SELECT * FROM ({_HOLES}) AS h WHERE source = $1 AND topic = $2 AND lane = $3", source, topic, number
        )
        # Not locked: the mark is compared with what was read, as a consumer's is.
        moved = row and await connection.fetchval(
            "INSERT INTO marks (source, topic, lane, sequence) VALUES ($1, $2, $3, $4)"
            " ON CONFLICT (source, topic, lane) DO UPDATE"
            " SET sequence = EXCLUDED.sequence WHERE marks.sequence = $5 RETURNING true",
            *lane,
            row["last"],
            row["first"] - 1,
        )
        if not row or not moved:
            raise NotFound("hole")
        missing = {"lane": number, "first": row["first"], "last": row["last"]}
        of = {"lane_of": f"{source}#{topic}#{number}", "of_source": source, "of_topic": topic}
        fact = kind(at=at, by=actor, **of, **missing)
        about = ("hole", f"{fact.lane_of}#{fact.last}", 1)
        await flush(connection, Work(facts=[pending_fact(about, fact, Trail())]))
