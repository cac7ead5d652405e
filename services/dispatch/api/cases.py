"""Steps of a case."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.dispatch import bodies as b
from services.dispatch import deadlines, routing, views
from services.dispatch.api.asking import find, keep, note_of, offered, record, record_all, taking
from services.dispatch.model import commands as c
from services.dispatch.tables import CASE
from shared.record.aggregate import Write
from shared.web.call import Call

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.post("/cases/{case_id}/route")
async def route(case_id: str, body: b.RouteBody, call: Annotated[Call, taking(c.RouteCase)]) -> Response:
    """Decide by hand who acts: for a case in the queue."""
    codes, (note, rows) = [body.lead, *body.co_handlers], note_of(call, case_id, body.note)
    deciding = routing.by_hand(call.runtime.reference, call.stamp, codes, body.in_turn, note)
    return await record(call, case_id, deciding, *rows)


@router.post("/cases/{case_id}/handoffs")
async def offer(case_id: str, body: b.OfferBody, call: Annotated[Call, taking(c.OfferHandoff)]) -> Response:
    """Offer a task of the case: after a return, as one more co-handler, or once another task is done."""
    note, rows = note_of(call, case_id, body.note)
    return await record(call, case_id, offered(call, body, note), *rows)


@router.post("/cases/{case_id}/recuse")
async def recuse(case_id: str, body: b.RecusalBody, call: Annotated[Call, taking(c.RecuseOfficer)]) -> Response:
    """Somebody with an interest steps back: from now on the case is hidden from them, here and on every desk."""
    officer = body.officer or call.actor.id
    known = any(post.entry["holder"] == officer for post in call.runtime.reference.all("post", call.at))
    await find(call, case_id)
    command = c.RecuseOfficer(**call.stamp, officer=officer, ground=body.ground, known=known)
    return await record_all(call, [Write(CASE, case_id, [command])])


@router.post("/cases/{case_id}/recuse/lift")
async def lift_recusal(case_id: str, body: b.LiftingBody, call: Annotated[Call, taking(c.LiftRecusal)]) -> Response:
    """There is no interest after all: the officer sees the case again, here and on every desk."""
    departments = {version.code for version in call.runtime.reference.versions("department")}
    reason, row = keep(call, case_id, "recusal_lifted", body.reason)
    known = body.officer not in departments
    return await record(
        call, case_id, c.LiftRecusal(**call.stamp, officer=body.officer, reason=reason, known=known), row
    )


@router.post("/cases/{case_id}/follow-up")
async def record_follow_up(
    case_id: str, body: b.FollowUpBody, call: Annotated[Call, taking(c.RecordFollowUp)]
) -> Response:
    """What the reporter said when asked, or why nobody could be. 'Not solved' reopens the case."""
    return await record(call, case_id, deadlines.following_up(call.runtime.reference, call.stamp, **body.model_dump()))


@router.post("/cases/{case_id}/reopen")
async def reopen(case_id: str, body: b.ReopenBody, call: Annotated[Call, taking(c.ReopenCase)]) -> Response:
    grounds, row = keep(call, case_id, "reopening_grounds", body.grounds)
    about = {"reason": body.reason, "grounds": grounds}
    return await record(call, case_id, deadlines.reopening(call.runtime.reference, call.stamp, **about), row)


@router.post("/cases/{case_id}/close")
async def close(case_id: str, body: b.CloseBody, call: Annotated[Call, taking(c.CloseCase)]) -> Response:
    window = deadlines.window(call.runtime.reference, call.at)
    async with call.runtime.database.plain() as connection:
        children = await views.open_children(connection, case_id)
    ends = {"reason": body.reason, "open_children": children}
    return await record(call, case_id, c.CloseCase(**call.stamp, **ends, **window))


@router.post("/cases/{case_id}/refuse")
async def refuse(case_id: str, body: b.RefuseBody, call: Annotated[Call, taking(c.RefuseCase)]) -> Response:
    """Outside competence: the reporter is told the lawful route."""
    reason, row = keep(call, case_id, "refusal", body.reason)
    window = deadlines.window(call.runtime.reference, call.at)
    return await record(call, case_id, c.RefuseCase(**call.stamp, route=body.route, reason=reason, **window), row)


@router.post("/cases/{case_id}/suspend")
async def suspend(case_id: str, body: b.SuspendBody, call: Annotated[Call, taking(c.SuspendCase)]) -> Response:
    """Waiting for an outside event, with the day to look again."""
    waiting_for, row = keep(call, case_id, "suspension", body.waiting_for)
    clock = deadlines.look_again(call.runtime.reference, call.at, body.look_again_at)
    look_again_at = {"look_again_at": body.look_again_at, "deadline": clock}
    command = c.SuspendCase(**call.stamp, waiting_for=waiting_for, **look_again_at)
    return await record(call, case_id, command, row)


@router.post("/cases/{case_id}/resume")
async def resume(case_id: str, call: Annotated[Call, taking(c.ResumeCase)]) -> Response:
    """Clocks that stood still go on with what was left of them."""
    return await record(call, case_id, deadlines.resuming(call.runtime.reference, call.stamp))
