"""One case: what every office told, and the state it came to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import asyncpg

from deploy.registry import all_folds
from services.audit.log.fold import Folded, states_of_case
from services.audit.scope import EVERYTHING
from services.audit.views import Case, find_case, history
from shared.procedure.folds import Folds
from shared.refusals.refusals import NotFound

_PAGE = 500


@dataclass(frozen=True, slots=True)
class ReadCase:
    case: Case
    facts: list[Any]
    states: list[Folded]


async def read_case(admin_url: str, wanted: str, at: datetime, folds: Folds | None = None) -> ReadCase:
    """By code or id, as it was at that time. Raises NotFound."""
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "audit"})
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            case = await find_case(connection, EVERYTHING, wanted)
            if case is None:
                raise NotFound("case")
            facts = await _all_facts(connection, case.id, at)
            states = await states_of_case(connection, folds or all_folds(), case.id, at)
    finally:
        await connection.close()
    return ReadCase(case, facts, states)


async def _all_facts(connection: asyncpg.Connection, case_id: str, at: datetime) -> list[Any]:
    facts: list[Any] = []
    after = None
    while page := await history(connection, case_id, at, after, _PAGE):
        facts += page
        after = (page[-1]["reached"], page[-1]["arrived"], page[-1]["position"])
    return facts
