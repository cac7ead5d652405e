"""Steps of a case."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.dispatch import bodies as b
from services.dispatch import deadlines, routing
from services.dispatch.api.asking import follow_up, keep, record, taking
from services.dispatch.model import commands as c
from services.dispatch.model.state import CO, LEAD
from shared.web.call import Call

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.post("/cases/{case_id}/route")
async def route(case_id: str, body: b.RouteBody, call: Annotated[Call, taking(c.RouteCase)]) -> Response:
    """Decide by hand who acts: for a case in the queue."""
    codes = [body.lead, *body.co_handlers]
    return await record(call, case_id, routing.by_hand(call.runtime.reference, call.stamp, codes))


@router.post("/cases/{case_id}/handoffs")
async def offer(case_id: str, body: b.OfferBody, call: Annotated[Call, taking(c.OfferHandoff)]) -> Response:
    """Offer a task of the case to a department: after a return, or as one more co-handler."""
    wanted = (body.department, LEAD if body.part == "lead" else CO, body.replaces)
    return await record(call, case_id, routing.offering(call.runtime.reference, call.stamp, *wanted))


@router.post("/cases/{case_id}/follow-up")
async def record_follow_up(
    case_id: str, body: b.FollowUpBody, call: Annotated[Call, taking(c.RecordFollowUp)]
) -> Response:
    """What the reporter said when asked, or why nobody could be. 'Not solved' reopens the case."""
    return await record(call, case_id, c.RecordFollowUp(**call.stamp, **body.model_dump()))


@router.post("/cases/{case_id}/reopen")
async def reopen(case_id: str, body: b.ReopenBody, call: Annotated[Call, taking(c.ReopenCase)]) -> Response:
    grounds, row = keep(call, case_id, "reopening_grounds", body.grounds)
    return await record(call, case_id, c.ReopenCase(**call.stamp, reason=body.reason, grounds=grounds), row)


@router.post("/cases/{case_id}/close")
async def close(case_id: str, body: b.CloseBody, call: Annotated[Call, taking(c.CloseCase)]) -> Response:
    until = deadlines.reopen_until(call.runtime.reference, call.at)
    return await record(call, case_id, c.CloseCase(**call.stamp, reason=body.reason, reopen_until=until))


@router.post("/cases/{case_id}/refuse")
async def refuse(case_id: str, body: b.RefuseBody, call: Annotated[Call, taking(c.RefuseCase)]) -> Response:
    """Outside competence: the reporter is told the lawful route."""
    reason, row = keep(call, case_id, "refusal", body.reason)
    until = deadlines.reopen_until(call.runtime.reference, call.at)
    return await record(
        call, case_id, c.RefuseCase(**call.stamp, route=body.route, reason=reason, reopen_until=until), row
    )


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
    return await record(call, case_id, deadlines.resuming(call.runtime.reference, call.stamp, follow_up(call)))
