"""Who may read what: contents, and who the reporter is. Recorded where the law wants it recorded."""

from datetime import datetime
from typing import Annotated

import orjson
from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from services.intake import views
from services.intake.api import checks
from services.intake.api.opening import open_report
from services.intake.api.receipts import holder
from services.intake.api.registering import Reporter
from services.intake.model import MODEL, Report
from services.intake.model.commands import EraseContent, EraseReporter, OpenIdentity, Purpose
from services.intake.model.guards import Anonymous, Recused
from services.intake.model.search import SEARCHERS
from services.intake.tables import REPORT
from services.intake.views import StoredReport
from shared.contents.contents import Content, erase, open_content
from shared.contents.refs import Erased
from shared.contents.vault import SealedBytes
from shared.procedure.actor import Role, Where
from shared.record.aggregate import Write
from shared.record.recorder import Request as Writes
from shared.refusals.refusals import NotFound, NotSignedIn
from shared.web.call import Call
from shared.web.erasing import ContentId, ErasedContent, Erasure, erase_content
from shared.web.signed_in import anyone, doing

router = APIRouter(prefix="/v1", tags=["contents and identities"])
Anyone = Annotated[Call, anyone()]
Opening = Annotated[Call, doing(MODEL, OpenIdentity)]
Erasing = Annotated[Call, doing(MODEL, EraseReporter)]
ErasingContent = Annotated[Call, doing(MODEL, EraseContent)]
BY_AREA = SEARCHERS
BY_HANDOFF = frozenset({Role.HANDLER, Role.SYSTEM, Role.GRID_WORKER})
BY_VISIT = frozenset({Role.GRID_WORKER})


class Identity(Reporter):
    report_id: str
    purpose: Purpose


class ErasedReporter(BaseModel):
    ref: str
    erased_at: datetime = Field(description="the commitments in the log stay as they are")


@router.get("/reports/{report_id}/reporter", response_model=Identity)
async def identity(report_id: str, purpose: Annotated[Purpose, Query()], call: Opening) -> Response:
    """Who reported it. That it was opened, by whom and what for, is recorded before it is answered."""
    async with call.runtime.database.plain() as connection:
        report = await views.report(connection, report_id)
        checks.check_known(call.actor, report, "report")
        case = await views.case_view(connection, report.state.answered_with)
        kept = await views.reporter(connection, report.state.reporter or "")
    barred = checks.barred_from(call.runtime.reference, report, call.at)
    holding = _with_answerable(report.state, case.holding()) - barred
    command = OpenIdentity(**call.stamp, purpose=purpose, holding=holding, barred=barred)
    # Without the caller's Idempotency-Key: a repeated question is another opening, and no answer may be kept.
    recorded = await call.runtime.recorder.record(Writes((Write(REPORT, report_id, [command]),), call.trail()))
    if kept is None:
        raise Anonymous()
    if kept["sealed"] is None:
        raise Erased()
    person = call.runtime.vault.open(SealedBytes(kept["wrapped_key"], kept["sealed"]), kept["ref"])
    body = orjson.dumps({"report_id": report_id, "purpose": purpose, **orjson.loads(person)})
    headers = {"Cache-Control": "no-store", "ETag": f'"{recorded.outcomes[0].version}"'}
    return Response(body, media_type="application/json", headers=headers)


@router.get("/contents/{content_id}", response_class=Response)
async def content(
    content_id: str,
    call: Anyone,
    receipt_no: Annotated[str | None, Query(max_length=40, description="with the Tracking-Code")] = None,
    code: Annotated[str | None, Header(alias="Tracking-Code", max_length=60)] = None,
) -> Response:
    """A text or a file, for the offices concerned and for its reporter; never for those complained of."""
    async with call.runtime.database.plain() as connection:
        report = await views.report_of_content(connection, content_id)
    if receipt_no is not None and code is not None:
        mine = await holder(call, receipt_no, code)
        if report is None or mine.state.report_id != report.state.report_id:
            raise NotFound("content")
    elif not call.actor.roles & (BY_AREA | BY_HANDOFF):
        raise NotSignedIn() if Role.RESIDENT in call.actor.roles else NotFound("content")
    elif report is None:
        raise NotFound("content")
    else:
        at_work = await _is_at_work(call, report)
        found = await open_content(call.runtime.database, call.runtime.vault, content_id)
        await open_report(call, report, "content", content_id, at_work=at_work)
        return _file(found)
    return _file(await open_content(call.runtime.database, call.runtime.vault, content_id))


@router.post("/contents/{content_id}/erase", response_model=ErasedContent)
async def erase_one(content_id: ContentId, body: Erasure, call: ErasingContent) -> ErasedContent:
    """Destroy the key to one text or file of a report, with or without a known reporter; that it was done is a fact."""
    async with call.runtime.database.plain() as connection:
        report = await views.report_of_content(connection, content_id)
    if report is None:
        raise NotFound("content")
    if call.actor.is_recused(checks.barred_from(call.runtime.reference, report, call.at)):
        raise Recused()
    command, report_id = EraseContent(**call.stamp, content_id=content_id, ground=body.ground), report.state.report_id
    return await erase_content(call, REPORT, content_id, lambda content: command, lambda about: report_id)


@router.post("/reporters/{ref}/erase", response_model=ErasedReporter)
async def erase_reporter(ref: str, call: Erasing) -> ErasedReporter:
    """Destroy the keys to who reported and to what the report says. Asked again, it answers the same."""
    async with call.runtime.database.plain() as connection:
        kept = await views.reporter(connection, ref)
        if kept is None:
            raise NotFound("reporter")
        report = await views.report(connection, kept["report_id"])
    call.require(frozenset({Role.ADMINISTRATOR}), Where(area=report.state.area), "erase_reporter")
    if call.actor.is_recused(checks.barred_from(call.runtime.reference, report, call.at)):
        raise Recused()
    if not report.state.erased:
        write = Write(REPORT, report.state.report_id, [EraseReporter(**call.stamp)])
        await call.runtime.recorder.record(Writes((write,), call.trail()))
    if kept["erased_at"] is None:
        async with call.runtime.database.plain() as connection:  # as it stands now that nothing can be added
            report = await views.report(connection, report.state.report_id)
        await erase(call.runtime.database, _contents(report.state), call.at)
    async with call.runtime.database.plain() as connection:
        return ErasedReporter(ref=ref, erased_at=await views.erase_reporter(connection, ref, call.at))


def _contents(report: Report) -> list[str]:
    return [ref.id for ref in (*report.contents, *((report.reason,) if report.reason else ()))]


async def _is_at_work(call: Call, report: StoredReport) -> bool:
    """Whether it belongs to a hand-off or a visit of theirs; else it is read by area. Raises NotFound, Recused."""
    state, actor = report.state, call.actor
    if state.answerable is None or not actor.may(BY_HANDOFF, Where(state.area, frozenset({state.answerable}))):
        checks.check_known(actor, report, "content")
    if actor.is_recused(checks.barred_from(call.runtime.reference, report, call.at)):
        raise Recused()
    async with call.runtime.database.plain() as connection:
        case = await views.case_view(connection, state.answered_with)
    if actor.may(BY_HANDOFF, Where(area=state.area, departments=_with_answerable(state, case.involved()))):
        return True
    if case.to_be_visited and actor.may(BY_VISIT, Where(area=state.area)):
        return True
    if not actor.may(BY_AREA, Where(area=state.area)):
        raise NotFound("content")
    return False


def _with_answerable(report: Report, departments: frozenset[str]) -> frozenset[str]:
    """Who passes an emergency on has to read it, and to call back."""
    return departments | ({report.answerable} if report.answerable else frozenset())


def _file(content: Content) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "sandbox"}
    if content.kind == "attachment":
        headers["Content-Disposition"] = f'attachment; filename="{content.id}"'
    return Response(content.data, media_type=content.media_type, headers=headers)
