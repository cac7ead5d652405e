"""Steps of a hand-off: what the office answers, what the centre decides."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.dispatch import bodies as b
from services.dispatch import deadlines, routing
from services.dispatch.api.asking import Prefer, keep, offer_by, record, taking
from services.dispatch.model import commands as c
from services.dispatch.model.clock import EXCLUSION, RETURN_CONSENT
from services.dispatch.model.state import case_of
from shared.web.call import Call

router = APIRouter(prefix="/v1", tags=["dispatch"])
Number = Annotated[int, Path(ge=1, le=10_000)]


@router.post("/handoffs/{handoff_id}/accept")
async def accept(handoff_id: str, call: Annotated[Call, taking(c.AcceptHandoff)], prefer: Prefer = None) -> Response:
    """We act. The handling clock starts. `Prefer: wait=N` waits for an offer that is on its way here."""
    accepting = deadlines.accepting(call.runtime.reference, call.stamp, handoff_id)
    return await record(call, case_of(handoff_id), accepting)


@router.post("/handoffs/{handoff_id}/start")
async def start(handoff_id: str, call: Annotated[Call, taking(c.StartHandoff)]) -> Response:
    command = c.StartHandoff(**call.stamp, handoff_id=handoff_id)
    return await record(call, case_of(handoff_id), command)


@router.post("/handoffs/{handoff_id}/progress")
async def progress(handoff_id: str, body: b.NoteBody, call: Annotated[Call, taking(c.NoteProgress)]) -> Response:
    note, row = keep(call, handoff_id, "progress", body.note)
    command = c.NoteProgress(**call.stamp, handoff_id=handoff_id, note=note)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/parts")
async def assign_part(handoff_id: str, body: b.PartBody, call: Annotated[Call, taking(c.AssignPart)]) -> Response:
    """Pass a part of one's own task on to a department below one's own, which answers to oneself."""
    note, row = keep(call, handoff_id, "assignment", body.note)
    about = {"handoff_id": handoff_id, "note": note}
    assigning = routing.assigning(call.runtime.reference, call.stamp, body.department, **about)
    return await record(call, case_of(handoff_id), assigning, row)


@router.post("/handoffs/{handoff_id}/complete")
async def complete(handoff_id: str, body: b.ResultBody, call: Annotated[Call, taking(c.CompleteHandoff)]) -> Response:
    """Done, with the result. The centre verifies, or the reporter is asked: as the case's own procedure says."""
    result, row = keep(call, handoff_id, "result", body.result)
    completing = routing.completing(call.runtime.reference, call.stamp, handoff_id=handoff_id, result=result)
    return await record(call, case_of(handoff_id), completing, row)


@router.post("/handoffs/{handoff_id}/return")
async def return_(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.ReturnHandoff)]) -> Response:
    """Not ours, and why: within the time to object. Where the rule asks for it, the centre has to consent first."""
    reason, row = keep(call, handoff_id, "return", body.reason)
    due = deadlines.centres(call.runtime.reference, RETURN_CONSENT, call.at)
    clocks = {"deadline": due, **deadlines.after_a_return(call.runtime.reference, call.at)}
    command = c.ReturnHandoff(**call.stamp, handoff_id=handoff_id, reason=reason, **clocks)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/return/approve")
async def approve_return(handoff_id: str, call: Annotated[Call, taking(c.ApproveReturn)]) -> Response:
    """核实同意: the objection holds, the task comes back."""
    owed = deadlines.after_a_return(call.runtime.reference, call.at)
    return await record(call, case_of(handoff_id), c.ApproveReturn(**call.stamp, handoff_id=handoff_id, **owed))


@router.post("/handoffs/{handoff_id}/return/refuse")
async def refuse_return(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.RefuseReturn)]) -> Response:
    """The objection does not hold: the task stays there, and is owed."""
    reason, row = keep(call, handoff_id, "return_refused", body.reason)
    command = c.RefuseReturn(**call.stamp, handoff_id=handoff_id, reason=reason)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/transfer")
async def transfer(handoff_id: str, body: b.TransferBody, call: Annotated[Call, taking(c.TransferHandoff)]) -> Response:
    """Ends here; a new offer goes to another department in the same step."""
    why, row = keep(call, handoff_id, "transfer", body.reason)
    passing_on = routing.transferring(call.runtime.reference, call.stamp, body.to, handoff_id=handoff_id, why=why)
    return await record(call, case_of(handoff_id), passing_on, row)


@router.post("/handoffs/{handoff_id}/extension")
async def ask_extension(
    handoff_id: str, body: b.ExtensionBody, call: Annotated[Call, taking(c.AskExtension)]
) -> Response:
    reason, row = keep(call, handoff_id, "extension", body.reason)
    command = c.AskExtension(**call.stamp, handoff_id=handoff_id, days=body.days, reason=reason)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/extension/grant")
async def grant_extension(handoff_id: str, call: Annotated[Call, taking(c.GrantExtension)]) -> Response:
    """The clock runs on from its own start, to a later end."""
    granting = deadlines.granting(call.runtime.reference, call.stamp, handoff_id)
    return await record(call, case_of(handoff_id), granting)


@router.post("/handoffs/{handoff_id}/extension/refuse")
async def refuse_extension(
    handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.RefuseExtension)]
) -> Response:
    reason, row = keep(call, handoff_id, "extension_refused", body.reason)
    command = c.RefuseExtension(**call.stamp, handoff_id=handoff_id, reason=reason)
    return await record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/exclusions")
async def begin_exclusion(
    handoff_id: str, body: b.ExclusionBody, call: Annotated[Call, taking(c.BeginExclusion)]
) -> Response:
    """An appraisal, a hearing has begun whose time the clock's rule leaves out: the clock stands still."""
    paper, row = keep(call, handoff_id, "exclusion", body.paper)
    about = {"handoff_id": handoff_id, "ground": body.ground, "since": body.since, "paper": paper}
    about["deadline"] = deadlines.centres(call.runtime.reference, EXCLUSION, call.at)
    return await record(call, case_of(handoff_id), c.BeginExclusion(**call.stamp, **about), row)


@router.post("/handoffs/{handoff_id}/exclusions/{number}/end")
async def end_exclusion(
    handoff_id: str, number: Number, body: b.ExclusionEndBody, call: Annotated[Call, taking(c.EndExclusion)]
) -> Response:
    """It has ended: the clock goes on, and ends as much later."""
    about = {"handoff_id": handoff_id, "until": body.until}
    ending = deadlines.leaving_out(call.runtime.reference, c.EndExclusion, call.stamp, number, **about)
    return await record(call, case_of(handoff_id), ending)


@router.post("/handoffs/{handoff_id}/exclusions/{number}/correct")
async def correct_exclusion(
    handoff_id: str, number: Number, body: b.ExclusionCorrectionBody, call: Annotated[Call, taking(c.CorrectExclusion)]
) -> Response:
    """It was recorded wrongly, and why. What was recorded stays in the log."""
    reason, row = keep(call, handoff_id, "exclusion_corrected", body.reason)
    about = {"handoff_id": handoff_id, "since": body.since, "until": body.until, "reason": reason}
    correcting = deadlines.leaving_out(call.runtime.reference, c.CorrectExclusion, call.stamp, number, **about)
    return await record(call, case_of(handoff_id), correcting, row)


@router.post("/handoffs/{handoff_id}/exclusions/{number}/strike")
async def strike_exclusion(
    handoff_id: str, number: Number, body: b.ReasonBody, call: Annotated[Call, taking(c.StrikeExclusion)]
) -> Response:
    """It never was, and why: the clock ends as though it had not been recorded."""
    reason, row = keep(call, handoff_id, "exclusion_struck", body.reason)
    about = {"handoff_id": handoff_id, "reason": reason}
    striking = deadlines.leaving_out(call.runtime.reference, c.StrikeExclusion, call.stamp, number, **about)
    return await record(call, case_of(handoff_id), striking, row)


@router.post("/handoffs/{handoff_id}/verify")
async def verify(handoff_id: str, call: Annotated[Call, taking(c.VerifyHandoff)]) -> Response:
    """The result holds. With the last part, the case is resolved and the follow-up clock starts."""
    verifying = routing.ending(call.runtime.reference, c.VerifyHandoff, call.stamp, handoff_id=handoff_id)
    return await record(call, case_of(handoff_id), verifying)


@router.post("/handoffs/{handoff_id}/rework")
async def rework(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.OrderRework)]) -> Response:
    """Not good enough, and why: the clock of handling goes on with what was left of it."""
    reason, row = keep(call, handoff_id, "rework", body.reason)
    sending_back = deadlines.sending_back(call.runtime.reference, call.stamp, handoff_id, reason)
    return await record(call, case_of(handoff_id), sending_back, row)


@router.post("/handoffs/{handoff_id}/recall")
async def recall(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.RecallHandoff)]) -> Response:
    why, row = keep(call, handoff_id, "recall", body.reason)
    about = {"handoff_id": handoff_id, "why": why, "offer_by": offer_by(call)}
    recalling = deadlines.perhaps_ending(call.runtime.reference, c.RecallHandoff, call.stamp, **about)
    return await record(call, case_of(handoff_id), recalling, row)


@router.post("/handoffs/{handoff_id}/waive")
async def waive(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, taking(c.WaiveHandoff)]) -> Response:
    """A co-handler's part is not needed any more, and why."""
    reason, row = keep(call, handoff_id, "waiver", body.reason)
    about = {"handoff_id": handoff_id, "reason": reason}
    waiving = routing.ending(call.runtime.reference, c.WaiveHandoff, call.stamp, **about)
    return await record(call, case_of(handoff_id), waiving, row)


@router.post("/handoffs/{handoff_id}/urge")
async def urge(handoff_id: str, call: Annotated[Call, taking(c.UrgeHandoff)]) -> Response:
    """催办."""
    command = c.UrgeHandoff(**call.stamp, handoff_id=handoff_id)
    return await record(call, case_of(handoff_id), command)
