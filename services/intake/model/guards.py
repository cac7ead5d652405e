"""What else must hold before a step."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from services.intake.model.commands import (
    AnswerReporter,
    EraseReporter,
    JoinReport,
    RegisterReport,
    Screening,
    SupplementReport,
    WithdrawReport,
)
from services.intake.model.state import Report
from services.intake.model.words import REPORT
from shared.contents.refs import Erased
from shared.procedure.actor import Role
from shared.procedure.step import Command
from shared.refusals.refusals import Invalid, NotFound, NotNow, Refused
from shared.refusals.words import named

OWN_CHANNELS = frozenset({"web", "mobile", "volunteer", "open311"})
ANSWERABLE = frozenset({"resolved", "followed_up", "closed"})
OPEN_CASE = frozenset({None, "accepted", "in_handling", "suspended", "resolved", "followed_up"})


@dataclass(slots=True, eq=False)
class Recused(Refused):
    code: ClassVar[str] = "recused"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "被反映的单位及其工作人员、已回避的人员，不得办理或查看"
    en: ClassVar[str] = (
        "The department complained of, its people, and who has stepped back may neither handle nor see this"
    )


@dataclass(slots=True, eq=False)
class Anonymous(Refused):
    code: ClassVar[str] = "anonymous"
    status: ClassVar[int] = 404
    zh: ClassVar[str] = "该件为匿名反映，没有留下身份信息"
    en: ClassVar[str] = "This report is anonymous: nobody's identity was left"


@dataclass(slots=True, eq=False)
class HandledByAccused(Refused):
    code: ClassVar[str] = "handled-by-accused"
    zh: ClassVar[str] = "该案件由被反映的单位（{departments}）办理，不能并入（信访工作条例第三十条）"
    en: ClassVar[str] = (
        "The department complained of handles this case ({departments}): the report cannot be joined to it"
        " (Petition Regulation Art. 30)"
    )
    names: ClassVar[Mapping[str, str]] = {"departments": "department"}
    departments: tuple[str, ...]


@dataclass(slots=True, eq=False)
class SealedApart(Refused):
    code: ClassVar[str] = "sealed-apart"
    zh: ClassVar[str] = "反映件与该案件的知悉范围不同（其中有依法封存的事项），不能并案"
    en: ClassVar[str] = "Not the same departments may know of the report and of that case, one of which is sealed"


@dataclass(slots=True, eq=False)
class ReopeningOver(Refused):
    code: ClassVar[str] = "reopening-over"
    zh: ClassVar[str] = "重新办理的期限已于 {until} 届满，请重新反映"
    en: ClassVar[str] = "It could be taken up again until {until}; please report it anew"
    until: datetime


def own_channel(state: Report, command: RegisterReport) -> Refused | None:
    """A channel that an office takes reports through is named by that office's people only."""
    if command.channel in OWN_CHANNELS or command.actor.roles - {Role.RESIDENT}:
        return None
    return Invalid("channel", "sign in to register on behalf of somebody", "代他人登记请先登录")


def meeting_named_by_staff(state: Report, command: RegisterReport) -> Refused | None:
    """What residents write goes into contents: a fact can never be erased."""
    if command.meeting is None or command.actor.roles - {Role.RESIDENT}:
        return None
    return Invalid("meeting", "for the staff who register it", "会议编号由登记的工作人员填写")


def not_recused(state: Report, command: Screening) -> Refused | None:
    """信访工作条例 Art 30: nothing goes to those complained of."""
    if command.actor.is_recused(command.barred):
        return Recused()
    return None


def into_another(state: Report, command: JoinReport) -> Refused | None:
    if command.into == state.case_id:
        return Invalid("into", "a report cannot be joined to its own case", "不能并入其自身的案件")
    return None


def not_to_the_accused(state: Report, command: JoinReport) -> Refused | None:
    """信访工作条例 Art 30: whoever handles the case is given what is joined to it."""
    accused = command.handlers & command.barred
    return HandledByAccused(tuple(sorted(accused))) if accused else None


def case_is_answerable(state: Report, command: AnswerReporter) -> Refused | None:
    if command.case_status in ANSWERABLE:
        return None
    return _not_now("answer_reporter", command.case_status or "accepted", "supplement_report", "withdraw_report")


def still_reopened(state: Report, command: AnswerReporter) -> Refused | None:
    """`Not solved` takes a closed case up again, and dispatch does that within the window only."""
    if command.solved or command.reopen_until is None or command.at < command.reopen_until:
        return None
    return ReopeningOver(command.reopen_until)


def case_takes_more(state: Report, command: SupplementReport) -> Refused | None:
    if command.case_status in OPEN_CASE:
        return None
    return _not_now("supplement_report", command.case_status or "accepted", "answer_reporter")


def case_goes_on(state: Report, command: WithdrawReport) -> Refused | None:
    if command.case_status in ("closed", "withdrawn", "refused"):
        return _not_now("withdraw_report", command.case_status)
    return None


def known_reporter(state: Report, command: Command) -> Refused | None:
    return Anonymous() if state.reporter is None else None


def not_erased(state: Report, command: Command) -> Refused | None:
    return Erased() if state.erased else None


def has_reporter(state: Report, command: EraseReporter) -> Refused | None:
    return NotFound("reporter") if state.reporter is None else None


def _not_now(step: str, state: str, *possible: str) -> NotNow:
    return NotNow(named(REPORT, step), named(REPORT, state), tuple(named(REPORT, other) for other in possible))
