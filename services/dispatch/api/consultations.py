"""Consultations: called, papers, positions, conclusion; and the dispute that makes one compulsory."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.dispatch import bodies as b
from services.dispatch import consulting, deadlines, routing, show, views
from services.dispatch.api.asking import Reader, find, keep, record, taking
from services.dispatch.model import commands as c
from services.dispatch.model.state import case_of
from services.dispatch.scope import Scope
from shared.web.call import Call
from shared.web.paging import Cursor, Limit

router = APIRouter(prefix="/v1", tags=["dispatch"])
Status = Annotated[str | None, Query(max_length=32, description="called, referred, concluded or called_off")]
Unanswered = Annotated[bool, Query(description="only those in which a department of mine has yet to speak")]


@router.get("/consultations")
async def consultations(
    call: Reader, status: Status = None, unanswered: Unanswered = False, cursor: Cursor = None, limit: Limit = 100
) -> dict[str, Any]:
    """Consultations to which a department of mine is invited, or of my area: open ones unless a status is asked for."""
    wanted = views.Consulted(status, unanswered)
    async with call.runtime.database.reading() as connection:
        page = await views.consultations(connection, Scope.of(call.actor), wanted, cursor, limit)
    return {"items": show.consultations(call, page.items), "next": page.next}


@router.post("/cases/{case_id}/consultations")
async def call_one(
    case_id: str, body: b.ConsultationBody, call: Annotated[Call, taking(c.CallConsultation)]
) -> Response:
    """Call the departments concerned together; whoever has a task in dispute is invited in any case."""
    question, row = keep(call, case_id, "consultation_question", body.question)
    said = {"reason": body.reason, "question": question}
    calling = consulting.calling(call.runtime.reference, call.stamp, body.invited, body.disputed, **said)
    return await record(call, case_id, calling, row)


@router.post("/consultations/{consultation_id}/invite")
async def invite(
    consultation_id: str, body: b.InvitationBody, call: Annotated[Call, taking(c.InviteDepartment)]
) -> Response:
    """One more department."""
    _, case = await find(call, case_of(consultation_id))
    seat = consulting.seat(call.runtime.reference, case.category, body.department, call.stamp)
    command = c.InviteDepartment(**call.stamp, consultation_id=consultation_id, seat=seat)
    return await record(call, case.case_id, command)


@router.post("/consultations/{consultation_id}/papers")
async def submit_paper(
    consultation_id: str, body: b.PaperBody, call: Annotated[Call, taking(c.SubmitPaper)]
) -> Response:
    """For all who take part."""
    paper, row = keep(call, consultation_id, "consultation_paper", body.paper)
    command = c.SubmitPaper(**call.stamp, consultation_id=consultation_id, paper=paper)
    return await record(call, case_of(consultation_id), command, row)


@router.post("/consultations/{consultation_id}/position")
async def state_position(
    consultation_id: str, body: b.PositionBody, call: Annotated[Call, taking(c.StatePosition)]
) -> Response:
    """What one's department says: it may say otherwise until the conclusion."""
    statement, row = keep(call, consultation_id, "consultation_position", body.statement)
    said = {"position": body.position, "statement": statement}
    command = c.StatePosition(**call.stamp, consultation_id=consultation_id, **said)
    return await record(call, case_of(consultation_id), command, row)


@router.post("/consultations/{consultation_id}/refer")
async def refer(
    consultation_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.ReferConsultation)]
) -> Response:
    """No agreement: the political-legal committee decides."""
    why, row = keep(call, consultation_id, "consultation_referral", body.reason)
    reference = call.runtime.reference
    arbiter = deadlines.arbiter(reference, call.at)
    clock = deadlines.deadline(reference, deadlines.ARBITRATION, call.at, arbiter) if arbiter else None
    _, case = await find(call, case_of(consultation_id))
    outside = arbiter is not None and routing.outside(reference, case.category, arbiter, call.at)
    about = {"consultation_id": consultation_id, "arbiter": arbiter, "outside": outside, "deadline": clock}
    return await record(call, case_of(consultation_id), c.ReferConsultation(**call.stamp, **about, why=why), row)


@router.post("/consultations/{consultation_id}/conclude")
async def conclude(
    consultation_id: str, body: b.ConclusionBody, call: Annotated[Call, taking(c.ConcludeConsultation)]
) -> Response:
    """Who acts from now on, and how. It binds: what it gives to a department cannot be returned."""
    conclusion, row = keep(call, consultation_id, "consultation_conclusion", body.conclusion)
    said = {"consultation_id": consultation_id, "conclusion": conclusion, "agreed": body.agreed}
    tasks = [(task.department, task.part) for task in body.tasks]
    concluding = consulting.concluding(call.runtime.reference, call.stamp, tasks, **said)
    return await record(call, case_of(consultation_id), concluding, row)


@router.post("/consultations/{consultation_id}/call-off")
async def call_off(
    consultation_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.CallOffConsultation)]
) -> Response:
    """No conclusion is needed any more."""
    why, row = keep(call, consultation_id, "consultation_called_off", body.reason)
    about = {"consultation_id": consultation_id, "why": why}
    calling_off = deadlines.perhaps_ending(call.runtime.reference, c.CallOffConsultation, call.stamp, **about)
    return await record(call, case_of(consultation_id), calling_off, row)


@router.post("/handoffs/{handoff_id}/dispute")
async def dispute(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.DisputeCompetence)]) -> Response:
    """Another office is competent, and why: the centre has to call a consultation."""
    reason, row = keep(call, handoff_id, "dispute", body.reason)
    owed = deadlines.consult_by(call.runtime.reference, call.at)
    command = c.DisputeCompetence(**call.stamp, handoff_id=handoff_id, reason=reason, consult_by=owed)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/dispute/withdraw")
async def withdraw_dispute(handoff_id: str, call: Annotated[Call, taking(c.WithdrawDispute)]) -> Response:
    """We act after all."""
    return await record(call, case_of(handoff_id), c.WithdrawDispute(**call.stamp, handoff_id=handoff_id))
