"""What intake notes of others' steps with a case: for the reporter's answer, and for who may read."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.audit import facts as audit
from services.directory import facts as directory  # noqa: F401  (its entries are kept once they are registered)
from services.dispatch import facts as dispatch
from services.emergency import facts as emergency
from services.intake import facts as intake
from services.intake.model import Report
from services.intake.model.commands import MoveReport, RepeatWithdrawal
from services.intake.tables import ACCESSES, CASE_STEPS, RECUSALS, REPORT
from services.justice import facts as justice
from services.petition import facts as petition
from services.police import facts as police
from shared.facts.fact import Fact
from shared.listen.reactions import Effect, Heard, Reaction, Reactions
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.rows import Row

ME = service_actor("intake")

_NOTED = ("code", "department", "handoff_id", "part", "via")
_MORE: dict[type[Fact], Callable[[Any], Mapping[str, Any]]] = {
    dispatch.CaseClosed: lambda fact: {"reason": fact.reason},
    dispatch.CaseRefused: lambda fact: {"reason": fact.route, "content_id": fact.reason.id},
    dispatch.HandoffCompleted: lambda fact: {"content_id": fact.result.id},
    dispatch.ExtensionGranted: lambda fact: {"due_at": fact.deadline.due_at},
    petition.OpinionIssued: lambda fact: {"content_id": fact.opinion.id},
    petition.PetitionExtended: lambda fact: {"due_at": fact.decision_due_at},
}


def _note(step: str) -> Reaction:
    def react(heard: Heard) -> Sequence[Effect]:
        fact = heard.fact
        values = {name: getattr(fact, name, None) for name in _NOTED}
        more = _MORE[type(fact)](fact) if type(fact) in _MORE else {}
        place = {"case_id": fact.case_id, "source": heard.envelope.source, "position": heard.envelope.position}
        return [Row(CASE_STEPS, {**values, **more, **place, "step": step, "at": fact.at})]

    return react


def _moved(fact: dispatch.CaseAbsorbed | dispatch.CaseReleased, into: str) -> Sequence[Effect]:
    """Each reporter is answered with the case that has the matter now. Dispatch names a withdrawn report only while it
    has yet to hear of that: it will, of the case that the report was with, and is told of the other one as well."""

    def moving(report: Report) -> Sequence[Command]:
        if report.status not in ("accepted", "joined", "withdrawn") or report.answered_with == into:
            return []
        move = MoveReport(at=fact.at, actor=ME, into=into)
        again = RepeatWithdrawal(at=fact.at, actor=ME)
        return [move, again] if report.status == "withdrawn" else [move]

    return [Write(REPORT, report_id, moving) for report_id in fact.reports]


def _recused(heard: Heard, officers: Sequence[str], lifted: bool = False) -> Sequence[Effect]:
    about = {"case_id": heard.fact.case_id, "position": heard.envelope.position, "lifted": lifted}
    return [Row(RECUSALS, {**about, "officer": officer}) for officer in officers]


def _accessed(kind: str) -> Reaction:
    def react(heard: Heard) -> Sequence[Effect]:
        fact = heard.fact
        place = {"source": heard.envelope.source, "position": heard.envelope.position, "at": fact.at}
        about = {"case_id": fact.case_id, "report_id": fact.report_id, "purpose": getattr(fact, "purpose", None)}
        return [Row(ACCESSES, {**place, **about, "kind": kind, "department": fact.by_department, "role": fact.role})]

    return react


ACCESSED: dict[type[Fact], Reaction] = {
    intake.IdentityOpened: _accessed("identity"),
    **{each.CaseFileOpened: _accessed("case_file") for each in (intake, dispatch, audit)},
    **{each.CaseFileOpened: _accessed("case_file") for each in (petition, police, justice, emergency)},
}
RECUSED: dict[type[Fact], Reaction] = {
    dispatch.OfficerRecused: lambda heard: _recused(heard, [heard.fact.officer]),
    dispatch.RecusalLifted: lambda heard: _recused(heard, [heard.fact.officer], lifted=True),
}
MOVES: dict[type[Fact], Reaction] = {
    dispatch.CaseAbsorbed: lambda heard: [
        *_moved(heard.fact, heard.fact.case_id),
        *_recused(heard, heard.fact.barred),
    ],
    dispatch.CaseReleased: lambda heard: _moved(heard.fact, heard.fact.released),
}
STEPS: dict[type[Fact], str] = {
    dispatch.CaseOpened: "opened",
    dispatch.HandoffOffered: "offered",
    dispatch.HandoffAccepted: "accepted",
    dispatch.HandoffStarted: "started",
    dispatch.HandoffCompleted: "completed",
    dispatch.HandoffVerified: "verified",
    dispatch.HandoffWaived: "waived",
    dispatch.HandoffTransferred: "transferred",
    dispatch.HandoffReturned: "returned",
    dispatch.HandoffRecalled: "recalled",
    dispatch.DepartmentInvited: "invited",
    dispatch.ConsultationConcluded: "consulted",
    dispatch.ConsultationCalledOff: "consulted",
    dispatch.CaseSuspended: "suspended",
    dispatch.CaseResumed: "resumed",
    dispatch.CaseResolved: "resolved",
    dispatch.FollowedUp: "followed_up",
    dispatch.ReporterNotReached: "not_reached",
    dispatch.CaseReopened: "reopened",
    dispatch.CaseClosed: "closed",
    dispatch.CaseRefused: "refused",
    dispatch.CaseWithdrawn: "withdrawn",
    dispatch.ExtensionGranted: "extended",
    petition.PetitionExtended: "extended",
    petition.OpinionIssued: "opinion",
    police.CallPassedOn: "passed_on",
    emergency.CallPassedOn: "passed_on",
}
REACTIONS = Reactions(
    topics=("cases", "reference", "accesses"),
    table={**{fact: _note(step) for fact, step in STEPS.items()}, **RECUSED, **MOVES, **ACCESSED},
    own=True,  # of its own only who looked has an effect
    patience=0.02,
)
