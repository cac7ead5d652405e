"""One case: what every office told, and the state it came to."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg

from deploy.registry import all_folds
from deploy.replay.heard import reference_of
from services.audit.log.fold import Folded, states_of_case
from services.audit.log.knowing import Evidence, evidence
from services.audit.log.removed import refuse_archived_case
from services.audit.scope import EVERYTHING
from services.audit.views import Case, find_case, history
from shared.reference.reference import Reference
from shared.refusals.refusals import NotFound
from shared.world.world import WorldClock

_PAGE = 500


@dataclass(frozen=True, slots=True)
class ReadCase:
    """`begun`: when its first fact was told. `names`: of departments; of people where the directory is here.

    `reference`: the directory as audit has heard of it. `known`: who knew what then, if that was asked.
    """

    case: Case
    facts: list[Any]
    states: list[Folded]
    begun: datetime | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    reference: Reference = field(default_factory=Reference)
    known: Evidence | None = None


async def read_case(admin_url: str, wanted: str, at: datetime, knew: bool = False) -> ReadCase:
    """By code or id, as it was at that time. Raises NotFound, CaseArchived."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "audit"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            case = await find_case(connection, EVERYTHING, wanted)
            if case is None:
                raise NotFound("case")
            await refuse_archived_case(connection, case.id)
            facts = await _all_facts(connection, case.id, at)
            states = await states_of_case(connection, all_folds(), case.id, at)
            known = await _known(connection, case.id, at) if knew else None
            begun = await connection.fetchval("SELECT min(time) FROM entries WHERE key = $1", case.id)
            names = await _names(connection)
            reference = await reference_of(connection, "audit")
    finally:
        await connection.close()
    return ReadCase(case, facts, states, begun, names, reference, known)


async def _known(connection: asyncpg.Connection, case_id: str, at: datetime) -> Evidence:
    """The posts are those of the moment, of now where none is said."""
    day = min(at, WorldClock().now())
    reference = await reference_of(connection, "audit")
    return await evidence(connection, all_folds(), reference, case_id, at, on=day)


async def _all_facts(connection: asyncpg.Connection, case_id: str, at: datetime) -> list[Any]:
    facts: list[Any] = []
    after = None
    while page := await history(connection, case_id, at, after, _PAGE):
        facts += page
        after = (page[-1]["reached"], page[-1]["arrived"], page[-1]["position"])
    return facts


async def _names(connection: asyncpg.Connection) -> dict[str, str]:
    """Departments as audit has heard of them; people only where their names are kept on this server."""
    rows = await connection.fetch(
        "SELECT DISTINCT ON (code) code, entry ->> 'name_zh' AS name FROM reference WHERE kind = 'department'"
        " ORDER BY code, valid_from DESC"
    )
    if await connection.fetchval("SELECT to_regclass('directory.identities') IS NOT NULL"):
        rows += await connection.fetch("SELECT account AS code, name FROM directory.identities")
    return {row["code"]: row["name"] for row in rows}
