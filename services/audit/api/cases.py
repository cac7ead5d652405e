"""A case as every office told it, and as it stood at any moment."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from services.audit import views
from services.audit.api.cursors import place_of
from services.audit.api.shown import (
    CaseState,
    Cause,
    CausedFact,
    Causes,
    Differences,
    FactPage,
    ShownChange,
    ShownMoved,
    ShownState,
    shown,
    telling,
)
from services.audit.api.shown_knowledge import Film, WhoKnew, scene_of, shown_knowledge
from services.audit.log.film import Change, moved
from services.audit.log.film import film as filmed
from services.audit.log.fold import Folded, facts_of_case, states_at, states_of_case
from services.audit.log.knowing import evidence
from services.audit.log.removed import refuse_archived_case
from services.audit.scope import Scope
from services.audit.tables import OPENING
from services.audit.views import Case
from shared.accesses.opening import File, opened
from shared.facts.sentence import Teller
from shared.procedure.actor import Role
from shared.procedure.folds import Folds
from shared.record.database import Connection
from shared.refusals.refusals import Invalid, NotFound
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, encode_cursor
from shared.web.signed_in import holders

router = APIRouter(tags=["cases"])
READERS = frozenset({Role.AUDITOR, Role.SUPERVISOR})
Reader = Annotated[Call, holders(*READERS)]
Frame = Annotated[int, Query(ge=-1, lt=2**31)]
MOST_FACTS = 10_000
Moment = Annotated[AwareDatetime | None, Query(description="as it was then; now if absent")]


@router.get("/v1/cases/{case}/history")
async def history(case: str, call: Reader, until: Moment = None, after: Cursor = None, limit: Limit = 200) -> FactPage:
    """Every fact of a case (id or code) from every office; each office's in its own order, merged by time."""
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        rows = await views.history(connection, found.id, until, place_of(after), limit)
    await open_case(call, found, "history")
    by = telling(call)
    return FactPage(items=[shown(row, by) for row in rows], next=_next(rows, limit))


@router.get("/v1/cases/{case}/state")
async def state(case: str, call: Reader, at: Moment = None) -> CaseState:
    """What each office's own records said of the case at that time, folded from its facts."""
    moment = at or call.at
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        folded = await states_of_case(connection, call.runtime.extra(Folds), found.id, moment)
    items = [_shown_state(item) for item in folded]
    await open_case(call, found, "state")
    return CaseState(case_id=found.id, code=found.code, at=moment, items=items)


@router.get("/v1/cases/{case}/knew")
async def knew(case: str, call: Reader, at: Moment = None) -> WhoKnew:
    """What each office had been told of the case by that time, what not yet, and who had opened it.

    Told is proven by an effect of its own, an act of its own, or an opening of the file; what was on its worklist it
    could see. Where the log has none of these, that is no proof that nobody there knew.
    """
    moment = at or call.at
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        proofs = await evidence(connection, call.runtime.extra(Folds), call.runtime.reference, found.id, moment)
    known = shown_knowledge(call, proofs, moment)
    await open_case(call, found, "knew")
    return WhoKnew(case_id=found.id, code=found.code, at=moment, **known)


@router.get("/v1/cases/{case}/film")
async def film(
    case: str,
    call: Reader,
    after: Frame = -1,
    at: Annotated[AwareDatetime | None, Query(description="jump to it, instead of `after`")] = None,
    limit: Limit = 200,
) -> Film:
    """Step by step: a sentence, what the fact changed, who had seen the case by then.

    `after`: the number of the last scene seen.
    """
    folds = call.runtime.extra(Folds)
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        reel = await filmed(connection, folds, found.id, slice(after + 1, after + 1 + limit), at)
        proofs = await evidence(connection, folds, call.runtime.reference, found.id, call.at, reel.facts)
    numbers = {row["index"]: number for number, row in enumerate(reel.facts)}
    by = telling(call)
    shot = [scene_of(call, by, scene, proofs, numbers) for scene in reel.scenes]
    await open_case(call, found, "film")
    last = shot[-1].number if shot else None
    next = last if last is not None and last + 1 < len(reel.facts) else None
    return Film(case_id=found.id, code=found.code, scenes=len(reel.facts), items=shot, next=next)


@router.get("/v1/cases/{case}/differences")
async def differences(
    case: str, call: Reader, from_: Annotated[AwareDatetime, Query(alias="from")], to: Moment = None
) -> Differences:
    """What is not the same at two moments, office by office, and how many facts lie between."""
    until = to or call.at
    if from_ > until:
        raise Invalid("from", "it is later than `to`", "晚于 to")
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        rows = await facts_of_case(connection, found.id)
    folds = call.runtime.extra(Folds)
    both = states_at(folds, rows, from_), states_at(folds, rows, until)
    items = [
        ShownMoved(
            source=each.about[0],
            aggregate=each.about[1],
            id=each.about[2],
            before=each.before,
            after=each.after,
            changes=_changes(each.changes),
        )
        for each in moved(*both)
    ]
    facts = sum(each.after - each.before for each in items)
    await open_case(call, found, "differences")
    return Differences(case_id=found.id, code=found.code, from_=from_, to=until, facts=facts, items=items)


@router.get("/v1/cases/{case}/causes")
async def causes(case: str, call: Reader) -> Causes:
    """Which fact led to which, through all offices: a graph. What has no cause among them began from outside."""
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        rows = await views.history(connection, found.id, None, None, MOST_FACTS)
    nodes, edges = graph(rows, telling(call))
    await open_case(call, found, "causes")
    return Causes(case_id=found.id, code=found.code, facts=nodes, edges=edges)


def graph(rows: Sequence[Any], by: Teller) -> tuple[list[CausedFact], list[Cause]]:
    """Of facts: each, and which of them led to which."""
    facts = [shown(row, by) for row in rows]
    nodes = [CausedFact(**{name: getattr(fact, name) for name in CausedFact.model_fields}) for fact in facts]
    known = {node.id for node in nodes}
    return nodes, [Cause(cause=node.causation, effect=node.id) for node in nodes if node.causation in known]


async def readable(connection: Connection, call: Call, wanted: str) -> Case:
    """Those of one's area, none that complains of one's own office, and none that is in archives only.

    Raises NotFound, CaseArchived.
    """
    scope = Scope.of(call.actor, READERS, call.runtime.reference, call.at)
    case = await views.find_case(connection, scope, wanted)
    if case is None:
        raise NotFound("case")
    await refuse_archived_case(connection, case.id)
    return case


async def open_case(call: Call, case: Case, what: str) -> None:
    """To be called before `what` of it is shown: in the log no case is anybody's own work. Raises Unavailable."""
    await opened(call, OPENING, File(case.id, None, what))


def _shown_state(folded: Folded) -> ShownState:
    return ShownState(
        source=folded.source,
        aggregate=folded.aggregate,
        id=folded.id,
        version=folded.version,
        state=None if folded.state is None else folded.state.model_dump(mode="json"),
        problem=folded.problem,
    )


def _changes(found: Sequence[Change]) -> list[ShownChange]:
    return [ShownChange(path=each.path, before=each.before, after=each.after) for each in found]


def _next(rows: list[Any], limit: int) -> str | None:
    if len(rows) < limit:
        return None
    last = rows[-1]
    return encode_cursor(last["reached"].isoformat(), last["arrived"], last["position"])
