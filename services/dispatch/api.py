"""Dispatch's HTTP: cases, hand-offs, worklists."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Response

from services.dispatch import bodies as b
from services.dispatch import deadlines, routing, show, views
from services.dispatch.deadlines import Deciding
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model.clock import RETURN_CONSENT
from services.dispatch.model.state import CO, LEAD, Case, case_of
from services.dispatch.model.words import HANDOFF
from services.dispatch.scope import Scope
from services.dispatch.tables import CASE
from services.dispatch.views import Filter
from shared.contents.contents import Described, keep_text, open_content
from shared.contents.refs import ContentRef
from shared.procedure.actor import Role
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.rows import Row
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.erasing import ContentId, ErasedContent, Erasure, erase_content
from shared.web.paging import Cursor, Limit
from shared.web.signed_in import doing, holders, staff
from shared.web.telling import tell_reporter
from shared.web.waiting import preferred_wait

router = APIRouter(prefix="/v1", tags=["dispatch"])
Reader = Annotated[Call, staff()]
Planner = Annotated[Call, holders(Role.DISPATCHER, Role.SUPERVISOR, Role.CLERK)]
Wanted = Annotated[Filter, Depends(b.wanted)]
Prefer = Annotated[str | None, Header()]


def _by(command: type[Command]) -> Any:
    return doing(MODEL, command)


async def _find(call: Call, ref: str) -> tuple[int, Case]:
    """Waits, if asked to by `Prefer: wait=N`, for a case that is on its way here. Raises NotFound."""

    async def look() -> tuple[int, Case] | None:
        async with call.runtime.database.plain() as connection:
            return await views.find_case(connection, Scope.of(call.actor), ref)

    wait = preferred_wait(call.request.headers.get("prefer"))
    found = await call.runtime.changes.until(look, wait, ref)
    if found is None:
        raise NotFound("case")
    return found


async def _record(call: Call, case_id: str, command: Command | Deciding, *rows: Row) -> Response:
    await _find(call, case_id)
    commands = [command] if isinstance(command, Command) else command
    return await call.record(Write(CASE, case_id, commands, call.expected, rows), show.outcome(call))


def _text(call: Call, about: str, kind: str, text: str) -> tuple[ContentRef, Row]:
    """`about` a hand-off: for its office to read even when the work has ended; about a case: for those who see it."""
    return keep_text(call.runtime.vault, about, kind, text, call.at)


def _case_about(about: str) -> str:
    """Of a content, written about a case or one of its hand-offs."""
    return case_of(about) or about


@router.get("/handoffs")
async def handoffs(call: Reader, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100) -> dict[str, Any]:
    """The worklist: open hand-offs that concern me, what is due next first."""
    async with call.runtime.database.reading() as connection:
        page = await views.handoffs(connection, Scope.of(call.actor), wanted, cursor, limit)
    return {"items": show.rows(call, page.items, HANDOFF), "next": page.next}


@router.get("/clocks")
async def clocks(call: Reader, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100) -> dict[str, Any]:
    """Running clocks of cases that concern me, what is due next first: of hand-offs, and of the cases themselves."""
    async with call.runtime.database.reading() as connection:
        page = await views.clocks(connection, Scope.of(call.actor), wanted, cursor, limit)
    return {"items": show.clocks(call, page.items), "next": page.next}


@router.get("/cases")
async def cases(call: Reader, wanted: Wanted, cursor: Cursor = None, limit: Limit = 100) -> dict[str, Any]:
    """Cases that concern me, newest first."""
    async with call.runtime.database.reading() as connection:
        page = await views.cases(connection, Scope.of(call.actor), wanted, cursor, limit)
    return {"items": show.rows(call, page.items), "next": page.next}


@router.get("/figures/cases")
async def figures(call: Reader, wanted: Wanted) -> list[dict[str, Any]]:
    """How many of them, by kind, status and closing reason."""
    async with call.runtime.database.reading() as connection:
        return await views.count_cases(connection, Scope.of(call.actor), wanted)


@router.get("/cases/{ref}")
async def one_case(ref: str, call: Reader, prefer: Prefer = None) -> Response:
    """By id or code. `Prefer: wait=N` waits for a case that is on its way here."""
    version, case = await _find(call, ref)
    body = orjson.dumps({**show.case(call, case), "version": version})
    return Response(body, headers={"ETag": f'"{version}"'}, media_type="application/json")


@router.get("/cases/{ref}/timeline")
async def case_timeline(ref: str, call: Reader) -> dict[str, Any]:
    """Every fact of the case, from every office; of one's own hand-off only, once the work has ended."""
    _, case = await _find(call, ref)
    async with call.runtime.database.plain() as connection:
        told = await views.timeline(connection, Scope.of(call.actor), case)
    return {"code": case.code, "items": show.rows(call, told)}


@router.get("/contents/{content_id}")
async def content(content_id: str, call: Reader) -> Response:
    """A note, reason or result of a case, or of a hand-off, that I may see."""
    async with call.runtime.database.plain() as connection:
        if not await views.content_is_seen(connection, Scope.of(call.actor), content_id):
            raise NotFound("content")
    found = await open_content(call.runtime.database, call.runtime.vault, content_id)
    return Response(found.data, headers={"Cache-Control": "no-store"}, media_type=found.media_type)


@router.get("/replies/{content_id}", response_class=Response)
async def reply(content_id: ContentId, call: Annotated[Call, _by(c.TellReporter)]) -> Response:
    """A result, or why a case was refused, for the reporter who asks intake for it; that it was told is a fact."""

    def telling(content: Described) -> Command:
        return c.TellReporter(**call.stamp, content_id=content.id, kind=content.kind)

    return await tell_reporter(call, CASE, content_id, telling, _case_about)


@router.post("/contents/{content_id}/erase", response_model=ErasedContent)
async def erase(content_id: ContentId, body: Erasure, call: Annotated[Call, _by(c.EraseContent)]) -> ErasedContent:
    """Destroy the key to a text of a case; that it was done, and on what ground, is a fact."""

    def erasing(content: Described) -> Command:
        return c.EraseContent(**call.stamp, content_id=content_id, ground=body.ground)

    return await erase_content(call, CASE, content_id, erasing, _case_about)


@router.get("/routing")
async def routing_suggestion(call: Planner, category: str, area: str) -> dict[str, Any]:
    """What the catalogue says today for a matter and place, and which rule says so."""
    answer = routing.look_up(call.runtime.reference, category, area, call.at)
    rule = answer.rule
    departments = routing.departments(rule) if rule else ()
    return {
        "rule": rule.code if rule else None,
        "basis": rule.entry.get(f"basis_{call.language}") if rule else None,
        "departments": [{"code": code, "name": show.name_of(call, "department", code)} for code in departments],
        "reason": answer.reason or None,
        "candidates": answer.candidates,
    }


@router.post("/cases/{case_id}/route")
async def route(case_id: str, body: b.RouteBody, call: Annotated[Call, _by(c.RouteCase)]) -> Response:
    """Decide by hand who acts: for a case in the queue."""
    codes = [body.lead, *body.co_handlers]
    return await _record(call, case_id, routing.by_hand(call.runtime.reference, call.stamp, codes))


@router.post("/cases/{case_id}/handoffs")
async def offer(case_id: str, body: b.OfferBody, call: Annotated[Call, _by(c.OfferHandoff)]) -> Response:
    """Offer a task of the case to a department: after a return, or as one more co-handler."""
    wanted = (body.department, LEAD if body.part == "lead" else CO, body.replaces)
    return await _record(call, case_id, routing.offering(call.runtime.reference, call.stamp, *wanted))


@router.post("/cases/{case_id}/follow-up")
async def follow_up(case_id: str, body: b.FollowUpBody, call: Annotated[Call, _by(c.RecordFollowUp)]) -> Response:
    """What the reporter said when asked, or why nobody could be. 'Not solved' reopens the case."""
    return await _record(call, case_id, c.RecordFollowUp(**call.stamp, **body.model_dump()))


@router.post("/cases/{case_id}/reopen")
async def reopen(case_id: str, body: b.ReopenBody, call: Annotated[Call, _by(c.ReopenCase)]) -> Response:
    grounds, row = _text(call, case_id, "reopening_grounds", body.grounds)
    return await _record(call, case_id, c.ReopenCase(**call.stamp, reason=body.reason, grounds=grounds), row)


@router.post("/cases/{case_id}/close")
async def close(case_id: str, body: b.CloseBody, call: Annotated[Call, _by(c.CloseCase)]) -> Response:
    until = deadlines.reopen_until(call.runtime.reference, call.at)
    return await _record(call, case_id, c.CloseCase(**call.stamp, reason=body.reason, reopen_until=until))


@router.post("/cases/{case_id}/refuse")
async def refuse(case_id: str, body: b.RefuseBody, call: Annotated[Call, _by(c.RefuseCase)]) -> Response:
    """Outside competence: the reporter is told the lawful route."""
    reason, row = _text(call, case_id, "refusal", body.reason)
    until = deadlines.reopen_until(call.runtime.reference, call.at)
    return await _record(
        call, case_id, c.RefuseCase(**call.stamp, route=body.route, reason=reason, reopen_until=until), row
    )


@router.post("/cases/{case_id}/suspend")
async def suspend(case_id: str, body: b.SuspendBody, call: Annotated[Call, _by(c.SuspendCase)]) -> Response:
    """Waiting for an outside event, with the day to look again."""
    waiting_for, row = _text(call, case_id, "suspension", body.waiting_for)
    clock = deadlines.look_again(call.runtime.reference, call.at, body.look_again_at)
    look_again_at = {"look_again_at": body.look_again_at, "deadline": clock}
    command = c.SuspendCase(**call.stamp, waiting_for=waiting_for, **look_again_at)
    return await _record(call, case_id, command, row)


@router.post("/cases/{case_id}/resume")
async def resume(case_id: str, call: Annotated[Call, _by(c.ResumeCase)]) -> Response:
    return await _record(call, case_id, c.ResumeCase(**call.stamp, follow_up=_follow_up(call)))


@router.post("/handoffs/{handoff_id}/accept")
async def accept(handoff_id: str, call: Annotated[Call, _by(c.AcceptHandoff)], prefer: Prefer = None) -> Response:
    """We act. The handling clock starts. `Prefer: wait=N` waits for an offer that is on its way here."""
    accepting = deadlines.accepting(call.runtime.reference, call.stamp, handoff_id)
    return await _record(call, case_of(handoff_id), accepting)


@router.post("/handoffs/{handoff_id}/start")
async def start(handoff_id: str, call: Annotated[Call, _by(c.StartHandoff)]) -> Response:
    command = c.StartHandoff(**call.stamp, handoff_id=handoff_id)
    return await _record(call, case_of(handoff_id), command)


@router.post("/handoffs/{handoff_id}/progress")
async def progress(handoff_id: str, body: b.NoteBody, call: Annotated[Call, _by(c.NoteProgress)]) -> Response:
    note, row = _text(call, handoff_id, "progress", body.note)
    command = c.NoteProgress(**call.stamp, handoff_id=handoff_id, note=note)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/complete")
async def complete(handoff_id: str, body: b.ResultBody, call: Annotated[Call, _by(c.CompleteHandoff)]) -> Response:
    """Done, with the result. The centre verifies."""
    result, row = _text(call, handoff_id, "result", body.result)
    due = deadlines.centres(call.runtime.reference, deadlines.VERIFICATION, call.at)
    command = c.CompleteHandoff(**call.stamp, handoff_id=handoff_id, result=result, deadline=due)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/return")
async def return_(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.ReturnHandoff)]) -> Response:
    """Not ours, and why: within the time to object. Where the rule asks for it, the centre has to consent first."""
    reason, row = _text(call, handoff_id, "return", body.reason)
    due = deadlines.centres(call.runtime.reference, RETURN_CONSENT, call.at)
    command = c.ReturnHandoff(**call.stamp, handoff_id=handoff_id, reason=reason, deadline=due)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/return/approve")
async def approve_return(handoff_id: str, call: Annotated[Call, _by(c.ApproveReturn)]) -> Response:
    """核实同意: the objection holds, the task comes back."""
    return await _record(call, case_of(handoff_id), c.ApproveReturn(**call.stamp, handoff_id=handoff_id))


@router.post("/handoffs/{handoff_id}/return/refuse")
async def refuse_return(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.RefuseReturn)]) -> Response:
    """The objection does not hold: the task stays there, and is owed."""
    reason, row = _text(call, handoff_id, "return_refused", body.reason)
    command = c.RefuseReturn(**call.stamp, handoff_id=handoff_id, reason=reason)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/transfer")
async def transfer(handoff_id: str, body: b.TransferBody, call: Annotated[Call, _by(c.TransferHandoff)]) -> Response:
    """Ends here; a new offer goes to another department in the same step."""
    why, row = _text(call, handoff_id, "transfer", body.reason)
    passing_on = routing.transferring(call.runtime.reference, call.stamp, body.to, handoff_id=handoff_id, why=why)
    return await _record(call, case_of(handoff_id), passing_on, row)


@router.post("/handoffs/{handoff_id}/extension")
async def ask_extension(handoff_id: str, body: b.ExtensionBody, call: Annotated[Call, _by(c.AskExtension)]) -> Response:
    reason, row = _text(call, handoff_id, "extension", body.reason)
    command = c.AskExtension(**call.stamp, handoff_id=handoff_id, days=body.days, reason=reason)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/extension/grant")
async def grant_extension(handoff_id: str, call: Annotated[Call, _by(c.GrantExtension)]) -> Response:
    """The clock runs on from its own start, to a later end."""
    granting = deadlines.granting(call.runtime.reference, call.stamp, handoff_id)
    return await _record(call, case_of(handoff_id), granting)


@router.post("/handoffs/{handoff_id}/extension/refuse")
async def refuse_extension(
    handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.RefuseExtension)]
) -> Response:
    reason, row = _text(call, handoff_id, "extension_refused", body.reason)
    command = c.RefuseExtension(**call.stamp, handoff_id=handoff_id, reason=reason)
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/verify")
async def verify(handoff_id: str, call: Annotated[Call, _by(c.VerifyHandoff)]) -> Response:
    """The result holds. With the last part, the case is resolved and the follow-up clock starts."""
    command = c.VerifyHandoff(**call.stamp, handoff_id=handoff_id, follow_up=_follow_up(call))
    return await _record(call, case_of(handoff_id), command)


@router.post("/handoffs/{handoff_id}/rework")
async def rework(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.OrderRework)]) -> Response:
    """Not good enough, and why: the clock of handling goes on with what was left of it."""
    reason, row = _text(call, handoff_id, "rework", body.reason)
    sending_back = deadlines.sending_back(call.runtime.reference, call.stamp, handoff_id, reason)
    return await _record(call, case_of(handoff_id), sending_back, row)


@router.post("/handoffs/{handoff_id}/recall")
async def recall(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.RecallHandoff)]) -> Response:
    why, row = _text(call, handoff_id, "recall", body.reason)
    command = c.RecallHandoff(**call.stamp, handoff_id=handoff_id, why=why, follow_up=_follow_up(call))
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/waive")
async def waive(handoff_id: str, body: b.ReasonBody, call: Annotated[Call, _by(c.WaiveHandoff)]) -> Response:
    """A co-handler's part is not needed any more, and why."""
    reason, row = _text(call, handoff_id, "waiver", body.reason)
    command = c.WaiveHandoff(**call.stamp, handoff_id=handoff_id, reason=reason, follow_up=_follow_up(call))
    return await _record(call, case_of(handoff_id), command, row)


@router.post("/handoffs/{handoff_id}/urge")
async def urge(handoff_id: str, call: Annotated[Call, _by(c.UrgeHandoff)]) -> Response:
    """催办."""
    command = c.UrgeHandoff(**call.stamp, handoff_id=handoff_id)
    return await _record(call, case_of(handoff_id), command)


def _follow_up(call: Call) -> Any:
    return deadlines.centres(call.runtime.reference, deadlines.FOLLOW_UP, call.at)
