"""A case as every office told it, and as it stood at any moment."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.audit import views
from services.audit.api.cursors import place_of
from services.audit.api.shown import CaseState, FactPage, ShownState, shown
from services.audit.log.fold import Folded, states_of_case
from services.audit.scope import Scope
from services.audit.views import Case
from shared.procedure.actor import Role
from shared.procedure.folds import Folds
from shared.record.database import Connection
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, encode_cursor
from shared.web.signed_in import holders

router = APIRouter(tags=["cases"])
READERS = frozenset({Role.AUDITOR, Role.SUPERVISOR})
Reader = Annotated[Call, holders(*READERS)]
Moment = Annotated[AwareDatetime | None, Query(description="as it was then; now if absent")]


@router.get("/v1/cases/{case}/history")
async def history(case: str, call: Reader, until: Moment = None, after: Cursor = None, limit: Limit = 200) -> FactPage:
    """Every fact of a case (id or code) from every office; each office's in its own order, merged by time."""
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        rows = await views.history(connection, found.id, until, place_of(after), limit)
    return FactPage(items=[shown(row) for row in rows], next=_next(rows, limit))


@router.get("/v1/cases/{case}/state")
async def state(case: str, call: Reader, at: Moment = None) -> CaseState:
    """What each office knew of the case at that time, folded from its facts."""
    moment = at or call.at
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        folded = await states_of_case(connection, call.runtime.extra(Folds), found.id, moment)
    items = [_shown_state(item) for item in folded]
    return CaseState(case_id=found.id, code=found.code, at=moment, items=items)


async def readable(connection: Connection, call: Call, wanted: str) -> Case:
    """Those of one's area, and none that complains of one's own office. Raises NotFound."""
    scope = Scope.of(call.actor, READERS, call.runtime.reference, call.at)
    case = await views.find_case(connection, scope, wanted)
    if case is None:
        raise NotFound("case")
    return case


def _shown_state(folded: Folded) -> ShownState:
    return ShownState(
        source=folded.source,
        aggregate=folded.aggregate,
        id=folded.id,
        version=folded.version,
        state=None if folded.state is None else folded.state.model_dump(mode="json"),
        problem=folded.problem,
    )


def _next(rows: list[Any], limit: int) -> str | None:
    if len(rows) < limit:
        return None
    last = rows[-1]
    return encode_cursor(last["reached"].isoformat(), last["arrived"], last["position"])
