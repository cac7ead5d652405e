"""Petitions over HTTP: worklist, one petition, its steps, contents."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Response
from pydantic import AwareDatetime, Field

from services.petition.model import (
    MODEL,
    AcceptPetition,
    ConcludePetition,
    ExtendPetition,
    IssueOpinion,
    NoteProgress,
    Petition,
    RegisterPetition,
    ReturnPetition,
)
from services.petition.tables import OPENING, PETITIONS, SEARCH
from shared.clocks.count import Pause, district_time
from shared.contents.refs import ContentRef, Narrative
from shared.desk.clocks import owed
from shared.desk.desk import Desk, take, written
from shared.desk.reading import reading_router
from shared.desk.shapes import Answer, Body, HandoffId, MatterDetail, MoreTime, Note, Reason, Result
from shared.procedure.step import Command
from shared.web.call import Call
from shared.web.signed_in import doing

DECISION = ("petition_decision",)


class PetitionDetail(MatterDetail):
    """A petition with its register number, and by when what is owed by which article."""

    registration_no: str | None
    notice_basis: str | None
    accepted_at: AwareDatetime | None = Field(description="the 60 days for the decision run from here")
    decision_due_at: AwareDatetime | None
    decision_basis: str
    extended_by: int = Field(description="days")


class Opinion(Body):
    opinion: Narrative = Field(examples=["经调查，所反映的退休待遇按规定予以补发"])


DESK = Desk(
    PETITIONS,
    OPENING,
    SEARCH,
    "/v1/petitions",
    {
        RegisterPetition: "register",
        AcceptPetition: "accept",
        NoteProgress: "progress",
        IssueOpinion: "opinion",
        ConcludePetition: "conclude",
        ReturnPetition: "return",
        ExtendPetition: "extend",
    },
    PetitionDetail,
)
ONE = f"{DESK.path}/{{handoff_id}}"
router = reading_router(DESK)

Registering = Annotated[Call, doing(MODEL, RegisterPetition)]
Accepting = Annotated[Call, doing(MODEL, AcceptPetition)]
Noting = Annotated[Call, doing(MODEL, NoteProgress)]
Issuing = Annotated[Call, doing(MODEL, IssueOpinion)]
Concluding = Annotated[Call, doing(MODEL, ConcludePetition)]
Returning = Annotated[Call, doing(MODEL, ReturnPetition)]
Extending = Annotated[Call, doing(MODEL, ExtendPetition)]


@router.post(f"{ONE}/register", response_model=Answer)
async def register(handoff_id: HandoffId, call: Registering) -> Response:
    """登记: the number is given here."""
    number = registration_number(call.at, handoff_id)
    return await take(call, DESK, handoff_id, [RegisterPetition(**call.stamp, registration_no=number)])


@router.post(f"{ONE}/accept", response_model=Answer)
async def accept(handoff_id: HandoffId, call: Accepting) -> Response:
    """受理: the written notice is given now, and the time for the decision begins."""
    decision = owed(call.runtime.reference, DECISION, call.at)
    command = AcceptPetition(
        **call.stamp,
        decision_due_at=decision.due_at,
        decision_basis=decision.basis,
        extension_longest=decision.longest,
    )
    return await take(call, DESK, handoff_id, [command])


@router.post(f"{ONE}/progress", response_model=Answer)
async def progress(handoff_id: HandoffId, body: Note, call: Noting) -> Response:
    """办理进展."""
    ref, rows = written(call, handoff_id, "progress", body.note)
    return await take(call, DESK, handoff_id, [NoteProgress(**call.stamp, note=ref)], rows)


@router.post(f"{ONE}/opinion", response_model=Answer)
async def opinion(handoff_id: HandoffId, body: Opinion, call: Issuing) -> Response:
    """信访处理意见."""
    ref, rows = written(call, handoff_id, "opinion", body.opinion)
    return await take(call, DESK, handoff_id, [IssueOpinion(**call.stamp, opinion=ref)], rows)


@router.post(f"{ONE}/conclude", response_model=Answer)
async def conclude(handoff_id: HandoffId, body: Result, call: Concluding) -> Response:
    """办结."""
    ref, rows = written(call, handoff_id, "result", body.result)
    return await take(call, DESK, handoff_id, [ConcludePetition(**call.stamp, result=ref)], rows)


@router.post(f"{ONE}/return", response_model=Answer)
async def give_back(handoff_id: HandoffId, body: Reason, call: Returning) -> Response:
    """提出异议并退回, within five working days of receipt."""
    ref, rows = written(call, handoff_id, "return", body.reason)
    return await take(call, DESK, handoff_id, [ReturnPetition(**call.stamp, reason=ref)], rows)


@router.post(f"{ONE}/extend", response_model=Answer)
async def extend(handoff_id: HandoffId, body: MoreTime, call: Extending) -> Response:
    """延期: once, at most thirty days, by the responsible person of the handling organ."""
    ref, rows = written(call, handoff_id, "extension", body.reason)
    return await take(call, DESK, handoff_id, lambda state: _extension(call, state, body.days, ref), rows)


def registration_number(at: datetime, handoff_id: str) -> str:
    """The district's year and the hand-off's last digits: nobody has to be asked for the next number."""
    digits = "".join(sign for sign in handoff_id if sign.isalnum())
    return f"XF{district_time(at):%Y}-{digits[-13:].upper()}"


def _extension(call: Call, state: Petition, days: int, reason: ContentRef) -> list[Command]:
    """Counted anew from the acceptance, as one longer period with one end, without the time that it stood still."""
    since: Any = state.accepted_at or call.at
    still = [Pause(stopped, goes_on) for stopped, goes_on in state.still]
    due_at = owed(call.runtime.reference, DECISION, since, days, still).due_at
    return [ExtendPetition(**call.stamp, days=days, reason=reason, decision_due_at=due_at)]
