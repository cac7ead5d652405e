"""A report comes in."""

from collections.abc import Mapping
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field

from services.intake import views
from services.intake.api import checks
from services.intake.api.codes import Numbers, new_receipt
from services.intake.model import MODEL
from services.intake.model.commands import AcceptReport, Channel, RegisterReport
from services.intake.tables import ATTACHED, REPORT, REPORTERS
from shared.contents.contents import keep_text
from shared.contents.refs import ContentRef, Narrative, Short
from shared.contents.vault import Vault
from shared.procedure.actor import RESIDENT, Actor
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.record.rows import Row
from shared.refusals.refusals import Invalid
from shared.web.call import Call, Show
from shared.web.signed_in import doing
from shared.world.world import new_id

router = APIRouter(tags=["reports"])
Registering = Annotated[Call, doing(MODEL, RegisterReport)]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,60}$")]
MeetingCode = Annotated[str, Field(pattern=r"^m[0-9]{1,4}$", examples=["m07"])]
"""What travels in facts: no room for a name or a telephone number."""
ContentId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]
Phone = Annotated[str, Field(pattern=r"^[0-9+][0-9 ()#-]{2,30}$")]


class Reporter(BaseModel):
    """Kept apart from the report, encrypted, erasable."""

    model_config = ConfigDict(extra="forbid")
    name: Short
    phone: Phone
    address: Short | None = None


class NewReport(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "category": "parking.fire_lane",
                    "area": "50010400200301",
                    "text": "三栋楼下的消防通道长期停满私家车，消防车进不来。",
                    "channel": "mobile",
                    "reporter": {"name": "陈某某", "phone": "199-0000-0001"},
                }
            ]
        },
    )
    category: Code = Field(description="category of the directory")
    area: Code = Field(description="code of the grid where it is")
    text: Narrative = Field(description="what is the matter, in the reporter's words")
    channel: Channel = Field(
        default="web", description="how it came in; residents themselves: web, mobile, volunteer, open311"
    )
    reporter: Reporter | None = Field(default=None, description="absent: anonymous")
    complained_of: Code | None = Field(
        default=None, description="the department complained of: it will see nothing of this"
    )
    meeting: MeetingCode | None = Field(
        default=None, description="the meeting that raised it: named by the staff who register it"
    )
    accept: bool = Field(default=False, description="intake window: screened already, becomes a case at once")
    attachments: Annotated[
        tuple[ContentId, ...], Field(max_length=10, description="`content_id`s of files uploaded before")
    ] = ()


class Receipt(BaseModel):
    report_id: str
    receipt_no: str = Field(description="to be read out on the phone", examples=["210305-000482-7"])
    tracking_code: str = Field(
        description="secret: whoever has it may follow and change the report", examples=["7K3M-9QXA-40TZ"]
    )
    status: str = "received"
    case_id: str | None = Field(default=None, description="given when it was accepted at once")


@router.post("/v1/reports", status_code=201, response_model=Receipt)
async def register(body: NewReport, call: Registering) -> Response:
    """Register a report: residents without sign-in, staff and systems on behalf. Send an Idempotency-Key."""
    _check(body, call)
    report_id = new_id()
    files = await _files(body.attachments, call) if body.attachments else ()
    receipt_no = await call.runtime.extra(Numbers).take(call.at)
    code, receipt = new_receipt(receipt_no, report_id)
    text, content = keep_text(call.runtime.vault, report_id, "narrative", body.text, call.at)
    reporter, known = _keep_reporter(call.runtime.vault, report_id, body.reporter)
    command = RegisterReport(
        at=call.at,
        actor=_registrant(call),
        report_id=report_id,
        case_id=new_id(),
        receipt_no=receipt_no,
        category=body.category,
        area=body.area,
        channel=body.channel,
        contents=(text, *files),
        reporter=reporter,
        complained_of=body.complained_of,
        meeting=body.meeting,
    )
    attached = (Row(ATTACHED, {"content_id": file.id, "report_id": report_id}) for file in files)
    rows = (receipt, content, *known, *attached)
    commands = [command, _acceptance(body, call)] if body.accept else [command]
    answer = {"report_id": report_id, "receipt_no": receipt_no, "tracking_code": code}
    try:
        return await call.record(Write(REPORT, report_id, commands, also=rows), _shown(answer), 201)
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != views.ONE_REPORT:
            raise
        raise _not_to_be_had() from None  # another report was quicker


def _shown(answer: Mapping[str, str]) -> Show:
    def show(outcome: Outcome) -> Mapping[str, Any]:
        report = outcome.state
        case = {"case_id": report.case_id} if report.status == "accepted" else {}
        return {**answer, "status": report.status, **case}

    return show


def _acceptance(body: NewReport, call: Call) -> AcceptReport:
    complaints = () if body.complained_of is None else (body.complained_of,)
    return AcceptReport(**call.stamp, barred=checks.accused(call.runtime.reference, complaints, call.at))


def _registrant(call: Call) -> Actor:
    """Anybody may report: somebody signed in without a post reports as a resident."""
    return call.actor if call.actor.posts else RESIDENT


def _check(body: NewReport, call: Call) -> None:
    reference = call.runtime.reference
    checks.check_category(reference, body.category, call.at)
    checks.check_grid(reference, body.area, call.at)
    if body.complained_of is not None:
        checks.check_department(reference, "complained_of", body.complained_of, call.at)


def _keep_reporter(vault: Vault, report_id: str, reporter: Reporter | None) -> tuple[str | None, tuple[Row, ...]]:
    if reporter is None:
        return None, ()
    ref = new_id()
    sealed = vault.seal(orjson.dumps(reporter.model_dump(exclude_none=True)), ref)
    values: Mapping[str, Any] = {
        "ref": ref,
        "report_id": report_id,
        "wrapped_key": sealed.wrapped_key,
        "sealed": sealed.sealed,
    }
    return ref, (Row(REPORTERS, values),)


def _not_to_be_had() -> Invalid:
    why = "not uploaded within a day, named twice, or used already"
    return Invalid("attachments", why, "附件不存在、上传已超过一日、重复或已被使用")


async def _files(ids: tuple[str, ...], call: Call) -> tuple[ContentRef, ...]:
    async with call.runtime.database.plain() as connection:
        found = await views.unattached(connection, ids, call.at)
    if len(found) != len(ids):
        raise _not_to_be_had()
    return tuple(ContentRef(**found[id]) for id in ids)
