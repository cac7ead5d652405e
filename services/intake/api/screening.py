"""The intake window's work: what has come in, and what becomes of it."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from services.intake import views
from services.intake.api import checks
from services.intake.api.opening import open_report
from services.intake.api.registering import Code
from services.intake.model import MODEL, Report
from services.intake.model.commands import (
    AcceptReport,
    CorrectReport,
    EmergencyNumber,
    JoinReport,
    RedirectReport,
    RefuseReport,
    Route,
    Screening,
)
from services.intake.model.guards import Recused, SealedApart
from services.intake.model.report import SCREENERS
from services.intake.model.words import STATES, STEPS
from services.intake.seeing import seen_by
from services.intake.tables import REPORT
from services.intake.views import Seen, StoredReport
from shared.contents.contents import keep_text, open_contents
from shared.contents.refs import ContentRef, Narrative
from shared.identity.sealing import circle_of
from shared.procedure.actor import Role, Where
from shared.procedure.law import Law, laws
from shared.procedure.step import Command, Step
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.record.rows import Row
from shared.refusals.refusals import Invalid, NotFound
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_cursor, encode_cursor
from shared.web.signed_in import doing, holders

router = APIRouter(prefix="/v1/reports", tags=["screening"])
Screener = Annotated[Call, holders(*SCREENERS)]
Correcting = Annotated[Call, doing(MODEL, CorrectReport)]
Accepting = Annotated[Call, doing(MODEL, AcceptReport)]
Refusing = Annotated[Call, doing(MODEL, RefuseReport)]
Redirecting = Annotated[Call, doing(MODEL, RedirectReport)]
Joining = Annotated[Call, doing(MODEL, JoinReport)]
Status = Literal["received", "accepted", "refused", "redirected", "joined", "withdrawn"]
_PLACE: TypeAdapter[tuple[datetime, str]] = TypeAdapter(
    tuple[AwareDatetime, Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]]
)
ALIKE_WITHIN = timedelta(days=30)


class ReportLine(BaseModel):
    """One report in a list."""

    report_id: str
    case_id: str = Field(description="the case that answers it, once it is accepted or joined")
    receipt_no: str
    version: int
    status: Status
    status_name: str
    category: str
    category_name: str
    area: str
    area_name: str
    channel: str
    registered_at: datetime
    screening_due_at: datetime | None = Field(description="by when it is to be screened")
    overdue: bool = Field(description="not screened by then")
    anonymous: bool
    complained_of: str | None
    meeting: str | None
    attachments: int


class Part(BaseModel):
    """One content: its text here, or a file to be fetched from `/v1/contents`."""

    content_id: str
    kind: str
    media_type: str
    size: int
    commitment: str
    text: str | None = Field(description="absent for files and for what was erased")


class ReportPage(BaseModel):
    items: list[ReportLine]
    next: str | None


class FullReport(ReportLine):
    contents: list[Part]
    route: str | None
    redirected_to: str | None
    solved: bool | None
    satisfied: bool | None
    erased: bool
    steps: list[str] = Field(description="what you may do with it next")
    step_names: list[str] = Field(description="the same in your language")
    step_laws: list[list[Law]] = Field(description="what the law says of each")


class Alike(BaseModel):
    report: ReportLine
    case_code: str | None
    case_status: str | None
    why: list[str] = Field(examples=[["同一类别", "同一网格", "相隔2天"]])


class AlikeList(BaseModel):
    items: list[Alike]


class Correction(BaseModel):
    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"complained_of": "city_management_bureau"}]}
    )
    complained_of: Code | None = Field(description="the department complained of; null: none is")


class Confirmed(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"category": "parking.fire_lane"}]})
    category: Code | None = Field(default=None, description="where screening finds another")
    area: Code | None = Field(default=None, description="where screening finds another grid")


class Refusal(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"route": "litigation", "reason": "该债务已有生效判决，请向法院申请执行。"}]},
    )
    route: Route = Field(description="the lawful route that the reporter is told")
    reason: Narrative


class Redirection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    to: EmergencyNumber


class Target(BaseModel):
    model_config = ConfigDict(extra="forbid")
    into: str = Field(pattern=r"^[0-9A-Za-z-]{1,60}$", description="id or code of the case that answers it already")


class Screened(BaseModel):
    report_id: str
    case_id: str
    status: Status
    version: int


@router.get("", response_model=ReportPage)
async def worklist(
    call: Screener,
    status: Annotated[Status | None, Query()] = None,
    limit: Limit = 100,
    cursor: Cursor = None,
) -> ReportPage:
    """Reports in one's areas, oldest first."""
    after = _after(decode_cursor(cursor, 2))
    async with call.runtime.database.plain() as connection:
        found = await views.worklist(connection, status, seen(call), after, limit + 1)
    items = [_line(call, report) for report in found[:limit]]
    more = len(found) > limit
    return ReportPage(
        items=items,
        next=encode_cursor(items[-1].registered_at.isoformat(), items[-1].report_id) if more else None,
    )


@router.get("/{report_id}", response_model=FullReport)
async def one(report_id: str, call: Screener, response: Response) -> FullReport:
    """One report with its texts; not who reported it."""
    report = await visible(call, report_id)
    response.headers["ETag"] = f'"{report.version}"'
    response.headers["Cache-Control"] = "no-store"
    state = report.state
    rows = {row.command.step_name(): row for row in _open_steps(call, state)}
    steps = sorted(rows)
    shown = FullReport(
        **dict(_line(call, report)),
        contents=await _parts(call, state),
        route=state.route,
        redirected_to=state.to,
        solved=state.solved,
        satisfied=state.satisfied,
        erased=state.erased,
        steps=steps,
        step_names=[STEPS[step].said(call.language) for step in steps],
        step_laws=[laws(rows[step].law, call.language) for step in steps],
    )
    await open_report(call, report, "report")
    return shown


@router.get("/{report_id}/similar", response_model=AlikeList)
async def similar(report_id: str, call: Screener) -> AlikeList:
    """Open reports of the same category in the same community within thirty days: a suggestion, no more."""
    stored = await visible(call, report_id)
    report = stored.state
    between = report.registered_at - ALIKE_WITHIN, report.registered_at + ALIKE_WITHIN
    community = checks.community_of(call.runtime.reference, report.area, call.at)
    async with call.runtime.database.plain() as connection:
        found = await views.similar(connection, report, community, between, seen(call))
        cases = await views.case_views(connection, {other.state.answered_with for other in found})
    await open_report(call, stored, "similar")
    return AlikeList(
        items=[
            Alike(
                report=_line(call, other),
                case_code=case.code,
                case_status=case.status,
                why=_why(call, report, other.state),
            )
            for other in found
            if (case := cases[other.state.answered_with]).status not in ("closed", "withdrawn", "refused")
        ]
    )


@router.post("/{report_id}/complained-of", response_model=Screened)
async def correct(report_id: str, body: Correction, call: Correcting) -> Response:
    """Whom the text complains of, where the reporter left it open or named another: recused at once."""
    if body.complained_of is not None:
        checks.check_department(call.runtime.reference, "complained_of", body.complained_of, call.at)
    return await _screen(call, report_id, CorrectReport, complained_of=body.complained_of)


@router.post("/{report_id}/accept", response_model=Screened)
async def accept(report_id: str, body: Confirmed, call: Accepting) -> Response:
    """It becomes a case."""
    if body.category is not None:
        checks.check_category(call.runtime.reference, body.category, call.at)
    if body.area is not None:
        checks.check_grid(call.runtime.reference, body.area, call.at)
    return await _screen(call, report_id, AcceptReport, category=body.category, area=body.area)


@router.post("/{report_id}/refuse", response_model=Screened)
async def refuse(report_id: str, body: Refusal, call: Refusing) -> Response:
    """Outside competence; the reporter is told the lawful route and the reason."""
    ref, row = keep_text(call.runtime.vault, report_id, "refusal", body.reason, call.at)
    return await _screen(call, report_id, RefuseReport, (row,), route=body.route, reason=ref)


@router.post("/{report_id}/redirect", response_model=Screened)
async def redirect(report_id: str, body: Redirection, call: Redirecting) -> Response:
    """An emergency: on the desk of the police or of emergency management at once, who pass it on to the number."""
    desks = checks.emergency_desks(call.runtime.reference, body.to, call.at)
    return await _screen(call, report_id, RedirectReport, to=body.to, desks=desks)


@router.post("/{report_id}/join", response_model=Screened)
async def join(report_id: str, body: Target, call: Joining) -> Response:
    """A duplicate: the case named answers this reporter too. Never one that those complained of handle, nor one that
    the caller may not see: its code and steps are told to the reporter."""
    async with call.runtime.database.plain() as connection:
        found = await views.find_case(connection, body.into, seen(call))
        if found is None:
            raise NotFound("case")
        into, category = found
        case = await views.case_view(connection, into)
    mine = (await visible(call, report_id)).state.category
    if circle_of(call.runtime.reference, mine, call.at) != circle_of(call.runtime.reference, category, call.at):
        raise SealedApart()
    if case.status in ("closed", "withdrawn", "refused"):
        raise Invalid("into", "this case has ended", "该案件已经办结")
    return await _screen(call, report_id, JoinReport, into=into, handlers=case.answering())


def _open_steps(call: Call, report: Report) -> list[Step]:
    """Of screening: the rest has routes of other kinds."""
    open_now = MODEL.procedures[0].open_to(report, None, call.actor, Where(area=report.area))
    return [row for row in open_now if issubclass(row.command, Screening)]


async def visible(call: Call, report_id: str) -> StoredReport:
    """Raises NotFound, NotPermitted, Recused."""
    async with call.runtime.database.plain() as connection:
        report = await views.report(connection, report_id)
    checks.check_known(call.actor, report, "report")
    call.require(SCREENERS, Where(area=report.state.area), "read_report")
    if call.actor.is_recused(checks.barred_from(call.runtime.reference, report, call.at)):
        raise Recused()
    return report


async def _screen(
    call: Call, report_id: str, command: type[Screening], rows: tuple[Row, ...] = (), **values: Any
) -> Response:
    """Raises as `visible`, whatever has become of the report: the accused are not told that either.

    Whom the report itself complains of is read once more, with the version that the step is decided on.
    """
    seen_as = await visible(call, report_id)

    def commands(report: Report) -> list[Command]:
        own = () if report.complained_of is None else (report.complained_of,)
        accused = checks.accused(call.runtime.reference, own, call.at)
        barred = accused | checks.barred_from(call.runtime.reference, seen_as, call.at)
        return [command(**call.stamp, barred=barred, **values)]

    def shown(outcome: Outcome) -> dict[str, Any]:
        report = outcome.state
        ids = {"report_id": report_id, "case_id": report.answered_with}
        return {**ids, "status": report.status, "version": outcome.version}

    return await call.record(Write(REPORT, report_id, commands, call.expected, also=rows), shown)


def seen(call: Call, roles: frozenset[Role] = SCREENERS) -> Seen:
    """What the caller's posts of these roles let them see."""
    return seen_by(call.runtime.reference, call.actor, call.at, roles)


def _after(parts: list[Any] | None) -> tuple[datetime, str] | None:
    """Raises Invalid."""
    if parts is None:
        return None
    try:
        return _PLACE.validate_python(parts)
    except ValidationError:
        raise Invalid("cursor", "it is not one that this service gave", "不是本服务给出的游标") from None


def _line(call: Call, report: StoredReport) -> ReportLine:
    state, named, reference = report.state, (call.at, call.language), call.runtime.reference
    due_at = checks.screening_due(reference, state.registered_at)
    return ReportLine(
        report_id=state.report_id,
        case_id=state.answered_with,
        receipt_no=state.receipt_no,
        version=report.version,
        status=state.status,
        status_name=STATES[state.status].said(call.language),
        category=state.category,
        category_name=checks.name_of(reference, "category", state.category, named),
        area=state.area,
        area_name=checks.name_of(reference, "area", state.area, named),
        channel=state.channel,
        registered_at=state.registered_at,
        screening_due_at=due_at,
        overdue=state.status == "received" and due_at is not None and call.at >= due_at,
        anonymous=state.reporter is None,
        complained_of=state.complained_of,
        meeting=state.meeting,
        attachments=sum(ref.kind == "attachment" for ref in state.contents),
    )


async def _parts(call: Call, report: Report) -> list[Part]:
    refs = [*report.contents, *((report.reason,) if report.reason else ())]
    texts = [ref.id for ref in refs if _is_text(ref)]
    opened = await open_contents(call.runtime.database, call.runtime.vault, texts)
    return [
        Part(
            content_id=ref.id,
            kind=ref.kind,
            media_type=ref.media_type,
            size=ref.size,
            commitment=ref.commitment,
            text=opened[ref.id].data.decode() if ref.id in opened else None,
        )
        for ref in refs
    ]


def _is_text(ref: ContentRef) -> bool:
    return ref.kind != "attachment"


_WHY = {
    "zh": ("同一类别", "同一网格", "同一社区", "相隔{days}天"),
    "en": ("same category", "same grid", "same community", "{days} days apart"),
}


def _why(call: Call, one: Report, other: Report) -> list[str]:
    category, grid, community, apart = _WHY[call.language]
    days = abs(one.registered_at - other.registered_at).days
    return [category, grid if one.area == other.area else community, apart.format(days=days)]
