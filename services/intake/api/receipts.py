"""What reporters themselves can see and do, with their receipt number and tracking code."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import views
from services.intake.api.checks import reopen_until
from services.intake.api.codes import Brake, fits
from services.intake.api.words import Teller, lawful_route, overall
from services.intake.model import MODEL, Report
from services.intake.model.commands import AnswerReporter, SupplementReport, WithdrawReport
from services.intake.replies import Replies, Told
from services.intake.tables import REPORT
from services.intake.views import CaseView, StoredReport
from shared.contents.contents import keep_text, open_contents
from shared.contents.refs import Narrative
from shared.procedure.actor import RESIDENT
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.record.rows import Row
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.signed_in import anyone, doing
from shared.web.waiting import preferred_wait

router = APIRouter(prefix="/v1/receipts/{receipt_no}", tags=["receipts"])
Anyone = Annotated[Call, anyone()]
Supplementing = Annotated[Call, doing(MODEL, SupplementReport)]
Withdrawing = Annotated[Call, doing(MODEL, WithdrawReport)]
Answering = Annotated[Call, doing(MODEL, AnswerReporter)]
ReceiptNo = Annotated[str, Path(max_length=40, examples=["210305-000482-7"])]
TrackingCode = Annotated[str, Header(alias="Tracking-Code", max_length=60, description="given with the receipt")]
Asked = Annotated[str | None, Header(max_length=100)]


class ToldStep(BaseModel):
    at: datetime
    step: str
    text: str


class OfficesReply(BaseModel):
    """What an office wrote for the reporter: a verified result, an opinion on a petition, why a case was refused."""

    department: str | None = Field(description="absent: the governance centre")
    department_name: str
    kind: Literal["result", "opinion", "refusal"]
    at: datetime
    text: str | None = Field(description="absent where `missing` says why", examples=["已清理车辆，划设禁停标线。"])
    missing: str | None


class Progress(BaseModel):
    """Where the matter stands, for its reporter."""

    receipt_no: str
    status: str = Field(
        description="received, accepted, in_handling, suspended, resolved, followed_up, closed; refused,"
        " redirected, withdrawn"
    )
    text: str = Field(description="the same in plain words", examples=["正在由跃进村街道办事处办理"])
    case_code: str | None
    departments: list[str] = Field(description="codes of those who handle it now, the lead first")
    route: str | None = Field(description="of a refused report or case: the lawful route")
    reason: str | None = Field(description="of a refused report: why")
    redirected_to: str | None = Field(description="the emergency number; in danger, call it yourself")
    passed_on_at: datetime | None = Field(description="when an office passed it on to that number; null: not yet known")
    solved: bool | None = Field(description="what the reporter answered")
    satisfied: bool | None
    steps: list[ToldStep]
    replies: list[OfficesReply] = Field(description="oldest first; asked of the offices now, and kept by them alone")


class More(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"text": "今晚车又停回来了。"}]})
    text: Narrative


class LastWord(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"solved": True, "satisfied": True}]})
    solved: bool
    satisfied: bool | None = None


class Done(BaseModel):
    receipt_no: str
    status: str


@router.get("", response_model=Progress)
async def progress(
    receipt_no: ReceiptNo, code: TrackingCode, call: Anyone, prefer: Asked = None, if_none_match: Asked = None
) -> Response:
    """Where it stands. `Prefer: wait=N` with `If-None-Match` holds the answer until something has changed."""
    mine = await holder(call, receipt_no, code)

    async def news() -> tuple[Report, CaseView, str] | None:
        report, case = await _look(call, mine.state.report_id)
        tag = _tag(report, case)
        unheard = report.state.status == "accepted" and case.code is None
        return None if tag == if_none_match or unheard else (report.state, case, tag)

    found = await call.runtime.changes.until(news, preferred_wait(prefer), mine.state.answered_with)
    if found is None:
        report, case = await _look(call, mine.state.report_id)
        found = report.state, case, _tag(report, case)
    if found[2] == if_none_match:
        return Response(status_code=304, headers={"ETag": found[2]})
    told = await call.runtime.extra(Replies).of(found[1].replies())
    shown = await _shown(call, found[0], found[1], told)
    # Without a tag while an office is away: whoever asks again is to be told when it is back.
    tag = {} if any(each.missing == "away" for each in told) else {"ETag": found[2]}
    headers = {**tag, "Cache-Control": "no-store", "Content-Language": call.language}
    return Response(shown.model_dump_json(), media_type="application/json", headers=headers)


@router.post("/supplement", response_model=Done)
async def supplement(receipt_no: ReceiptNo, code: TrackingCode, body: More, call: Supplementing) -> Response:
    """Add something to the report."""
    mine = await holder(call, receipt_no, code)
    status = (await _case(call, mine.state)).status
    ref, row = keep_text(call.runtime.vault, mine.state.report_id, "supplement", body.text, call.at)
    command = SupplementReport(at=call.at, actor=RESIDENT, content=ref, case_status=status)
    return await _record(call, mine.state, command, (row,))


@router.post("/withdraw", response_model=Done)
async def withdraw(receipt_no: ReceiptNo, code: TrackingCode, call: Withdrawing) -> Response:
    """Take the report back; what is under way is recalled."""
    mine = await holder(call, receipt_no, code)
    status = (await _case(call, mine.state)).status
    return await _record(call, mine.state, WithdrawReport(at=call.at, actor=RESIDENT, case_status=status))


@router.post("/answer", response_model=Done)
async def answer(receipt_no: ReceiptNo, code: TrackingCode, body: LastWord, call: Answering) -> Response:
    """Is it solved, are you satisfied: once the offices say so.

    `solved: false` takes the case up again, within the district's time after it was closed.
    """
    mine = await holder(call, receipt_no, code)
    case = await _case(call, mine.state)
    known = {"case_status": case.status, "reopen_until": reopen_until(call.runtime.reference, case.closed_at)}
    command = AnswerReporter(at=call.at, actor=RESIDENT, **body.model_dump(), **known)
    return await _record(call, mine.state, command)


async def holder(call: Call, receipt_no: str, code: str) -> StoredReport:
    """The report of a receipt. Raises NotFound alike for no such receipt and a wrong code; TooMuch."""
    brake = call.runtime.extra(Brake)
    async with call.runtime.database.plain() as connection:
        receipt = await views.receipt(connection, receipt_no)
        known = (None, None) if receipt is None else (receipt["salt"], receipt["digest"])
        if not fits(code, *known) or receipt is None:
            brake.wrong(receipt_no)
            raise NotFound("receipt")
        brake.right(receipt_no)
        return await views.report(connection, receipt["report_id"])


def _tag(report: StoredReport, case: CaseView) -> str:
    return f'"{report.version}-{len(case.steps)}"'


async def _look(call: Call, report_id: str) -> tuple[StoredReport, CaseView]:
    async with call.runtime.database.plain() as connection:
        report = await views.report(connection, report_id)
        return report, await views.case_view(connection, report.state.answered_with)


async def _case(call: Call, report: Report) -> CaseView:
    async with call.runtime.database.plain() as connection:
        return await views.case_view(connection, report.answered_with)


async def _record(call: Call, report: Report, command: Command, rows: tuple[Row, ...] = ()) -> Response:
    def shown(outcome: Outcome) -> dict[str, Any]:
        return {"receipt_no": report.receipt_no, "status": outcome.state.status}

    return await call.record(Write(REPORT, report.report_id, [command], also=rows), shown)


async def _shown(call: Call, report: Report, case: CaseView, told: Sequence[Told]) -> Progress:
    teller = Teller(call.runtime.reference, call.at, "en" if call.language == "en" else "zh")
    reason = None
    if report.reason is not None:
        opened = await open_contents(call.runtime.database, call.runtime.vault, [report.reason.id])
        reason = opened[report.reason.id].data.decode() if opened else None
    return Progress(
        receipt_no=report.receipt_no,
        status=overall(report, case),
        text=teller.text(report, case),
        case_code=case.code,
        departments=case.handling(),
        route=lawful_route(report, case),
        reason=reason,
        redirected_to=report.to,
        passed_on_at=case.passed_on_at,
        solved=report.solved,
        satisfied=report.satisfied,
        steps=[ToldStep(**step) for step in teller.steps(report, case)],
        replies=[OfficesReply(**teller.reply(each)) for each in told],
    )
