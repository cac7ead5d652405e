"""What may be done with a report, by staff and by its reporter."""

from typing import Literal, get_args

from pydantic import AwareDatetime

from shared.contents.refs import ContentRef, ErasureGround
from shared.procedure.step import Command

Channel = Literal[
    "web",
    "mobile",
    "hotline",
    "110_transfer",
    "visit",
    "letter",
    "meeting",
    "patrol",
    "volunteer",
    "open311",
    "spreadsheet",
]
Route = Literal["litigation", "arbitration", "petition", "reconsideration", "other"]
EmergencyNumber = Literal["110", "119", "120", "122"]
Purpose = Literal["contact", "verify", "notify", "legal_duty"]
CHANNELS: tuple[str, ...] = get_args(Channel)


class RegisterReport(Command):
    report_id: str
    case_id: str
    receipt_no: str
    category: str
    area: str
    channel: Channel
    contents: tuple[ContentRef, ...]
    reporter: str | None = None
    complained_of: str | None = None
    meeting: str | None = None


class Screening(Command):
    """`barred`: the departments that may not touch it, being complained of or part of such a one."""

    barred: frozenset[str] = frozenset()


class CorrectReport(Screening):
    """None: the report complains of no department."""

    complained_of: str | None


class AcceptReport(Screening):
    """None leaves category or place as reported."""

    category: str | None = None
    area: str | None = None


class RepeatWithdrawal(Command):
    """The case was merged, or parted, before it was told of the withdrawal."""


class MoveReport(Command):
    """`into`: the case that answers it from now on."""

    into: str


class RefuseReport(Screening):
    route: Route
    reason: ContentRef


class RedirectReport(Screening):
    """`desks`: departments that take emergencies for this number, each with its service, the first choice first."""

    to: EmergencyNumber
    desks: tuple[tuple[str, str], ...] = ()


class JoinReport(Screening):
    """`handlers`: the departments whose work the case `into` rests on."""

    into: str
    handlers: frozenset[str] = frozenset()


class SupplementReport(Command):
    """`case_status`: how far the case that answers it has come, as far as intake has heard."""

    content: ContentRef
    case_status: str | None = None


class WithdrawReport(Command):
    case_status: str | None = None


class AnswerReporter(Command):
    """`reopen_until`: of a closed case, as far as intake has heard; None: the district sets no end."""

    solved: bool
    satisfied: bool | None = None
    case_status: str | None = None
    reopen_until: AwareDatetime | None = None


class OpenIdentity(Screening):
    """`holding`: the departments that have accepted a hand-off of the case and still hold it."""

    purpose: Purpose
    holding: frozenset[str] = frozenset()


class EraseContent(Command):
    content_id: str
    ground: ErasureGround


class EraseReporter(Command):
    pass
