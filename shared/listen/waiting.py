"""Retrying and skipping parked facts, key by key, in order."""

from datetime import datetime
from functools import cache
from typing import Any

from shared.facts.envelope import Trail
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.listen.batch import Ears, apply_effects, record_of, trail_after
from shared.listen.parking import envelope_of, lock_key
from shared.record.database import Connection, Database, is_environment, is_transient
from shared.record.decide import Work, pending_fact
from shared.record.flush import Raced, flush
from shared.record.rows import Row
from shared.reference.entry import Entry
from shared.reference.reference import storing
from shared.refusals.failures import describe
from shared.refusals.refusals import NotFound, Refused, TooMuch

_RACES = 20


class FactSkipped(Fact):
    """Somebody decided that a parked fact has no effect here: the decision is itself on record."""

    about = "key"
    told = Sentence("决定不再处理一条待处理的事实", "decided that a fact that waited has no effect")
    key_of: str
    source: str
    position: int

    def key(self) -> str:
        return self.key_of


@cache
def skipped_fact(service: str) -> type[FactSkipped]:
    """The service's own: `lianzhi.<service>.fact-skipped.v1`."""
    return type("FactSkipped", (FactSkipped,), {"__module__": f"services.{service}.facts"}, service=service)


async def retry(database: Database, ears: Ears, key: str) -> tuple[int, str | None]:
    """Handle the waiting facts of a key in order, as far as it goes: how many, and what stopped it.

    Raises NotFound, or TooMuch when others have been faster each time.
    """
    handled = raced = 0
    while True:
        try:
            async with database.transaction() as connection:
                await lock_key(connection, key)
                row = await connection.fetchrow(
                    "SELECT * FROM parked WHERE key = $1 AND cause <> 'hole' ORDER BY id LIMIT 1", key
                )
                if row is None:
                    break
                problem = await _again(connection, ears, row)
        except Raced:
            raced += 1
            if raced == _RACES:
                raise TooMuch() from None
            continue
        if problem is not None:
            return handled, problem
        handled += 1
    if not handled:
        raise NotFound("parked fact")
    return handled, None


async def _again(connection: Connection, ears: Ears, row: Any) -> str | None:
    work, kept = Work(), list[Entry]()
    point = connection.transaction()
    await point.start()
    try:
        await _handle(connection, ears, row, work, kept)
        await connection.execute("DELETE FROM parked WHERE id = $1", row["id"])
        await point.commit()
        return None
    except Exception as error:
        if isinstance(error, Raced) or is_transient(error) or is_environment(error):
            raise
        await point.rollback()
        problem = describe(error)
        await connection.execute(
            "UPDATE parked SET tries = tries + 1, problem = $2, cause = 'failed' WHERE id = $1",
            row["id"],
            problem,
        )
        return problem


async def _handle(connection: Connection, ears: Ears, row: Any, work: Work, kept: list[Entry]) -> None:
    envelope = envelope_of(row)
    effects = ears.effects(envelope, record_of(row))
    targets = [
        (write.aggregate, write.id)
        for effect in effects
        for write in getattr(effect, "writes", [effect])
        if not isinstance(write, Row) and hasattr(write, "aggregate")
    ]
    await work.hold(connection, targets)
    await apply_effects(connection, work, kept, effects, trail_after(envelope))
    await flush(connection, work, storing(kept))


async def skip(database: Database, kind: type[FactSkipped], id: int, by: tuple[str, datetime]) -> None:
    """Drop one waiting fact, which must be the first of its key; the skip is a fact. Raises NotFound, Refused."""
    actor, at = by
    async with database.transaction() as connection:
        row = await connection.fetchrow(
            "SELECT key, source, position FROM parked WHERE id = $1 AND cause <> 'hole'", id
        )
        if row is None:
            raise NotFound("parked fact")
        await lock_key(connection, row["key"])
        first = await connection.fetchval("SELECT min(id) FROM parked WHERE key = $1 AND cause <> 'hole'", row["key"])
        if first != id:
            raise NotTheFirst(first)
        await connection.execute("DELETE FROM parked WHERE id = $1", id)
        fact = kind(at=at, by=actor, key_of=row["key"], source=row["source"], position=row["position"])
        about = ("skip", f"{row['source']}#{row['position']}", 1)
        await flush(connection, Work(facts=[pending_fact(about, fact, Trail())]))


class NotTheFirst(Refused):
    """Facts of one case keep their order, also when skipped."""

    code = "not-the-first"
    zh = "请先处理该案件中更早的待处理事实"
    en = "An earlier fact of this case waits: retry or skip that one first"

    def __init__(self, first: int) -> None:
        self.first = first

    def facts(self) -> dict[str, object]:
        return {"first": self.first}
