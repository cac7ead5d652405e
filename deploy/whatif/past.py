"""The past to try things on: cases as the log gives them, and the directory of their time."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

import asyncpg

from deploy.replay.heard import reference_of
from services.audit.log.fold import fold
from services.audit.log.removed import refuse_archived_moment
from services.dispatch.model import MODEL, Case
from shared.clocks.zone import DISTRICT_ZONE
from shared.facts.envelope import restore, source_of
from shared.facts.fact import Fact
from shared.reference.reference import Reference

_FACTS = """
SELECT key, source, aggregate, version, type, time, actor, department, value FROM entries
WHERE topic = 'cases' ORDER BY key, index
"""
_CHUNK = 2000
DISPATCH = source_of("dispatch")


@dataclass(frozen=True, slots=True)
class PastCase:
    """`facts`: of every office, by time."""

    case: Case
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Past:
    """`until`: the time of the last fact; what runs on then is counted up to there."""

    reference: Reference
    cases: tuple[PastCase, ...]
    until: datetime


async def read_past(admin_url: str, begin: date | None = None, end: date | None = None) -> Past:
    """Cases opened on these days, the first and the last one included. Raises MomentArchived."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "audit"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            since = None if begin is None else datetime.combine(begin, time(), DISTRICT_ZONE)
            await refuse_archived_moment(connection, since)
            reference = await reference_of(connection, "audit")
            until = await connection.fetchval("SELECT max(time) FROM entries") or datetime.now(UTC)
            cases = [case async for case in _cases(connection) if _within(case.case, begin, end)]
    finally:
        await connection.close()
    return Past(reference, tuple(cases), until)


def _within(case: Case, begin: date | None, end: date | None) -> bool:
    if case.opened_at is None:
        return False
    day = case.opened_at.astimezone(DISTRICT_ZONE).date()
    return (begin is None or begin <= day) and (end is None or day <= end)


async def _cases(connection: asyncpg.Connection) -> AsyncIterator[PastCase]:
    rows: list[Any] = []
    async for row in connection.cursor(_FACTS, prefetch=_CHUNK):
        if rows and rows[-1]["key"] != row["key"]:
            yield _case(rows)
            rows = []
        rows.append(row)
    if rows:
        yield _case(rows)


def _case(rows: list[Any]) -> PastCase:
    """As far as the log can be read; `lianzhi replay --check` says where it cannot."""
    own = [row for row in rows if row["source"] == DISPATCH and row["aggregate"] == MODEL.name]
    state, _ = fold(MODEL, sorted(own, key=lambda row: row["version"]))
    found = (restore(row["type"], row["value"], row["time"], row["actor"], row["department"]) for row in rows)
    facts = sorted((fact for fact in found if fact is not None), key=lambda fact: fact.at)
    return PastCase(state, tuple(facts))
