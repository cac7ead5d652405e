"""The procedure of a report: registered, screened, answered for, with all that its reporter may still say."""

from collections.abc import Mapping
from typing import Any

from services.intake.facts import (
    ContentErased,
    IdentityOpened,
    ReportAccepted,
    ReportCorrected,
    ReporterAnswered,
    ReporterErased,
    ReportJoined,
    ReportMoved,
    ReportRedirected,
    ReportRefused,
    ReportRegistered,
    ReportSupplemented,
    ReportWithdrawn,
)
from services.intake.model.commands import (
    AcceptReport,
    AnswerReporter,
    CorrectReport,
    EraseContent,
    EraseReporter,
    JoinReport,
    MoveReport,
    OpenIdentity,
    RedirectReport,
    RefuseReport,
    RegisterReport,
    RepeatWithdrawal,
    SupplementReport,
    WithdrawReport,
)
from services.intake.model.guards import (
    case_goes_on,
    case_is_answerable,
    case_takes_more,
    has_reporter,
    into_another,
    known_reporter,
    meeting_named_by_staff,
    not_erased,
    not_recused,
    not_to_the_accused,
    own_channel,
    still_reopened,
)
from services.intake.model.state import Report
from services.intake.model.words import REPORT
from shared.accesses.recording import role_of
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, Step, by, during


def here(state: Report, command: Command) -> Where:
    return Where(area=state.area)


def held_here(state: Report, command: Command) -> Where:
    """The area binds all; the departments that hold the case bind handlers, who hold none where it does not say."""
    return Where(area=state.area, departments=getattr(command, "holding", frozenset()))


def confirmed(state: Report, command: AcceptReport) -> Mapping[str, Any]:
    return {"category": command.category or state.category, "area": command.area or state.area}


def handed_to(state: Report, command: RedirectReport) -> Mapping[str, Any]:
    """Never those complained of; nobody is answerable where no other desk takes emergencies."""
    free = ((department, via) for department, via in command.desks if department not in command.barred)
    department, via = next(free, (None, None))
    return {"answerable": department, "via": via, "barred": tuple(sorted(command.barred))}


def answering_case(state: Report, command: Command) -> Mapping[str, Any]:
    return {"case_id": state.answered_with}


def in_which_role(state: Report, command: Command) -> Mapping[str, Any]:
    return {"role": role_of(command.actor, OPENERS, held_here(state, command))}


SCREENERS = by(Role.CLERK, Role.DISPATCHER)
OPENERS = SCREENERS | by(Role.HANDLER)
ANYBODY = frozenset(Role) - {Role.SERVICE, Role.MESSENGER}
SCREENED = ("accepted", "refused", "redirected", "joined", "withdrawn")
LIVE = during("received", "accepted", "joined")
EVER = during("received", *SCREENED)
_REGISTERED = (
    "report_id",
    "case_id",
    "receipt_no",
    "category",
    "area",
    "channel",
    "contents",
    "reporter",
    "complained_of",
    "meeting",
)
PROCEDURE = Procedure(
    "report",
    (
        Step(
            RegisterReport,
            during(NEW),
            ReportRegistered,
            "received",
            ANYBODY,
            (own_channel, meeting_named_by_staff),
            law="信访工作条例 Art 22",
        ),
        Step(
            CorrectReport,
            during("received"),
            ReportCorrected,
            None,
            SCREENERS,
            (not_recused,),
            where=here,
            law="信访工作条例 Art 30",
        ),
        Step(
            AcceptReport,
            during("received"),
            ReportAccepted,
            "accepted",
            SCREENERS,
            (not_recused,),
            build=confirmed,
            where=here,
            law="信访工作条例 Art 22",
        ),
        Step(
            RefuseReport,
            during("received"),
            ReportRefused,
            "refused",
            SCREENERS,
            (not_recused,),
            where=here,
            law="信访工作条例 Art 31",
        ),
        Step(
            RedirectReport,
            during("received"),
            ReportRedirected,
            "redirected",
            SCREENERS,
            (not_recused,),
            build=handed_to,
            where=here,
            law="国办函〔2025〕66号：紧急事项即时转 110、119、120、122",
        ),
        Step(
            JoinReport,
            during("received"),
            ReportJoined,
            "joined",
            SCREENERS,
            (not_recused, into_another, not_to_the_accused),
            where=here,
        ),
        Step(MoveReport, during("accepted", "joined", "withdrawn"), ReportMoved, None, by(Role.SERVICE)),
        Step(
            SupplementReport,
            LIVE,
            ReportSupplemented,
            None,
            by(Role.RESIDENT),
            (not_erased, case_takes_more),
            build=answering_case,
        ),
        Step(
            WithdrawReport,
            LIVE,
            ReportWithdrawn,
            "withdrawn",
            by(Role.RESIDENT),
            (case_goes_on,),
            build=answering_case,
        ),
        Step(
            RepeatWithdrawal,
            during("withdrawn"),
            ReportWithdrawn,
            "withdrawn",
            by(Role.SERVICE),
            build=answering_case,
        ),
        Step(
            AnswerReporter,
            during("accepted", "joined"),
            ReporterAnswered,
            None,
            by(Role.RESIDENT),
            (case_is_answerable, still_reopened),
            build=answering_case,
        ),
        Step(
            OpenIdentity,
            EVER,
            IdentityOpened,
            None,
            OPENERS,
            (not_recused, known_reporter, not_erased),
            build=in_which_role,
            where=held_here,
            law="个人信息保护法 Art 6, 34",
        ),
        Step(
            EraseContent,
            EVER,
            ContentErased,
            None,
            by(Role.ADMINISTRATOR),
            where=here,
            law="个人信息保护法 Art 47",
        ),
        Step(
            EraseReporter,
            EVER,
            ReporterErased,
            None,
            by(Role.ADMINISTRATOR),
            (has_reporter, not_erased),
            where=here,
            law="个人信息保护法 Art 47",
        ),
    ),
    changes={
        ReportRegistered: lambda state, fact: {
            **{name: getattr(fact, name) for name in _REGISTERED},
            "registered_at": fact.at,
        },
        ReportCorrected: lambda state, fact: {"complained_of": fact.complained_of},
        ReportAccepted: lambda state, fact: {
            "category": fact.category,
            "area": fact.area,
            "screened_at": fact.at,
        },
        ReportRefused: lambda state, fact: {
            "route": fact.route,
            "reason": fact.reason,
            "screened_at": fact.at,
        },
        ReportRedirected: lambda state, fact: {
            "to": fact.to,
            "answerable": fact.answerable,
            "screened_at": fact.at,
        },
        ReportJoined: lambda state, fact: {"into": fact.into, "screened_at": fact.at},
        ReportMoved: lambda state, fact: {"into": fact.into if fact.into != state.case_id else None},
        ReportSupplemented: lambda state, fact: {"contents": (*state.contents, fact.content)},
        ReportWithdrawn: lambda state, fact: {"withdrawn_at": state.withdrawn_at or fact.at},
        ReporterAnswered: lambda state, fact: {"solved": fact.solved, "satisfied": fact.satisfied},
        IdentityOpened: lambda state, fact: {},
        ContentErased: lambda state, fact: {},
        ReporterErased: lambda state, fact: {"erased": True},
    },
    words=REPORT,
)
MODEL = Model("report", Report, PROCEDURE)
