"""What the centre's word does on a desk: from its facts to the desk's service-side commands."""

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from shared.desk.calls import ReceiveCall
from shared.desk.facts import ANSWERED_BY_ANOTHER
from shared.desk.matter import (
    BarDepartments,
    DeemAccepted,
    DenyExtension,
    GrantExtension,
    KeepTask,
    NoteDue,
    NoteRejection,
    ReceiveTask,
    RecountDue,
    SendBack,
    UnbarOfficers,
    UrgeTask,
    VerifyTask,
    WithdrawTask,
    ends_at,
    is_open,
)
from shared.desk.tables import SUPPLEMENTS
from shared.facts.fact import Fact
from shared.listen.reactions import Effect, Heard, Reaction
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Aggregate, Write
from shared.record.rows import Row

Stamp = dict[str, Any]
Make = Callable[[Any, Stamp], Sequence[Command]]

PATIENCE = 0.02
"""Seconds: an official does not see the difference, and a desk reads past the facts of all other offices."""

GONE = frozenset({"returned", "recalled", "transferred", "waived", "withdrawn"})
"""States of the centre's hand-off in which the office has nothing left to do."""

AT_WORK = frozenset({"accepted", "in_progress"})
"""Those in which it works on."""


def desk_reactions(service: str, desk: Aggregate[Any], centre: ModuleType) -> dict[type[Fact], Reaction]:
    """`centre`: the module with the facts of the service that hands tasks over.

    A case that is withdrawn or closed arrives as the recall, the waiver or the verification of each hand-off.
    """

    def on(make: Make) -> Reaction:
        return lambda heard: [reflect(service, desk, heard, make)]

    return {
        centre.HandoffOffered: offered_to(service, desk, receive),
        centre.HandoffBarred: on(lambda fact, stamp: [BarDepartments(**stamp, barred=fact.barred)]),
        centre.HandoffUnbarred: on(lambda fact, stamp: [UnbarOfficers(**stamp, unbarred=fact.unbarred)]),
        centre.HandoffAccepted: on(lambda fact, stamp: [DeemAccepted(**stamp), *due(fact, stamp)]),
        centre.HandoffRecalled: on(taken("recalled", "why")),
        centre.HandoffTransferred: on(taken("transferred", "why")),
        centre.HandoffWaived: on(taken("waived", "reason")),
        centre.HandoffVerified: on(lambda fact, stamp: [VerifyTask(**stamp)]),
        centre.ReworkOrdered: on(lambda fact, stamp: [SendBack(**stamp, said=fact.reason), *due(fact, stamp)]),
        centre.HandoffReopened: on(lambda fact, stamp: [SendBack(**stamp), *due(fact, stamp)]),
        centre.ReturnRefused: on(kept),
        centre.ExtensionGranted: on(lambda fact, stamp: [GrantExtension(**stamp, due_at=fact.deadline.due_at)]),
        centre.ExtensionRefused: on(lambda fact, stamp: [DenyExtension(**stamp, said=fact.reason)]),
        centre.HandoffUrged: on(lambda fact, stamp: [UrgeTask(**stamp)]),
        centre.AnswerRefused: on(put_right),
        centre.ClockRecounted: recounted(service, desk),
        centre.CaseResumed: resumed(service, desk),
        centre.ExclusionEnded: resumed(service, desk),
        centre.ExclusionCorrected: resumed(service, desk),
        centre.ExclusionStruck: resumed(service, desk),
        centre.ReportAttached: supplemented(desk),
    }


def supplemented(desk: Aggregate[Any]) -> Reaction:
    """Kept by case: it may come before the hand-off, and concerns whoever has one."""
    table = desk.table.metadata.tables[SUPPLEMENTS]

    def react(heard: Heard) -> list[Row]:
        fact = heard.fact
        about = {"case_id": fact.case_id, "report_id": fact.report_id, "at": fact.at}
        return [Row(table, {**about, "content_id": ref.id, "kind": ref.kind}) for ref in fact.contents]

    return react


def recounted(service: str, desk: Aggregate[Any]) -> Reaction:
    return lambda heard: _moves(service, desk, heard, [heard.fact])


def resumed(service: str, desk: Aggregate[Any]) -> Reaction:
    """What stood still with the case, or had time left out."""
    return lambda heard: _moves(service, desk, heard, heard.fact.clocks)


def _moves(service: str, desk: Aggregate[Any], heard: Heard, clocks: Sequence[Any]) -> list[Write[Any]]:
    """Where the desk has that end: it may be another's, or be settled."""

    def write(clock: Any) -> Write[Any]:
        was, now, right = clock.was, clock.deadline.due_at, clock.deadline.right
        stamp = {"at": heard.fact.at, "actor": service_actor(service)}

        def commands(state: Any) -> list[Command]:
            here = is_open(desk.model, state.status, RecountDue) and ends_at(state, was, right)
            return [RecountDue(**stamp, was=was, due_at=now, right=right)] if here and was != now else []

        return Write(desk, clock.handoff_id, commands)

    return [write(clock) for clock in clocks if clock.handoff_id]


def offered_to(service: str, desk: Aggregate[Any], make: Callable[[Heard, Stamp], Command]) -> Reaction:
    """Takes the offers made `via` this service, leaves the others alone."""

    def react(heard: Heard) -> list[Write[Any]]:
        if heard.fact.via != service:
            return []
        return [reflect(service, desk, heard, lambda fact, stamp: [make(heard, stamp)])]

    return react


def redirected_to(service: str, desk: Aggregate[Any]) -> Reaction:
    """Takes the reports redirected `via` this service, leaves the others alone. It is owed at once."""

    def receive(fact: Any, stamp: dict[str, Any]) -> list[Command]:
        return [
            ReceiveCall(
                **stamp,
                case_id=fact.case_id,
                handoff_id=call_id(fact),
                department=fact.answerable,
                category=fact.category,
                area=fact.area,
                case_code=fact.receipt_no,
                number=fact.to,
                due_at=fact.at,
                barred=fact.barred,
            )
        ]

    texts = supplemented(desk)

    def react(heard: Heard) -> list[Effect]:
        if heard.fact.via != service:
            return []
        return [reflect(service, desk, heard, receive, call_id(heard.fact)), *texts(heard)]

    return react


def call_id(fact: Any) -> str:
    return f"{fact.case_id}.{fact.to}"


def reflect(service: str, desk: Aggregate[Any], heard: Heard, make: Make, id: str | None = None) -> Write[Any]:
    """Of the commands made, those that the desk's procedure has open, each after the one before it."""
    made = make(heard.fact, {"at": heard.fact.at, "actor": service_actor(service)})

    def commands(state: Any) -> list[Command]:
        taken = []
        for command in made:
            if is_open(desk.model, state.status, type(command)):
                state, _ = desk.model.carry_out(state, command)
                taken.append(command)
        return taken

    return Write(desk, id or heard.fact.handoff_id, commands)


def receive(heard: Heard, stamp: Stamp) -> ReceiveTask:
    return ReceiveTask(**stamp, **handed_over(heard.fact))


def handed_over(fact: Any) -> dict[str, Any]:
    return {
        "case_id": fact.case_id,
        "handoff_id": fact.handoff_id,
        "department": fact.department,
        "category": fact.category,
        "area": fact.area,
        "part": fact.part,
        "case_code": fact.code,
        "due_at": fact.deadline.due_at if fact.deadline else None,
        "objection_due_at": fact.objection_until,
        "barred": fact.barred,
    }


def taken(why: str, said: str) -> Make:
    """`said` names the field with the centre's own words."""
    return lambda fact, stamp: [WithdrawTask(**stamp, why=why, said=getattr(fact, said))]


def kept(fact: Any, stamp: Stamp) -> list[Command]:
    """What could not be given back lies here again, accepted or not as it was."""
    return [KeepTask(**stamp), *([DeemAccepted(**stamp)] if fact.status in AT_WORK else [])]


def due(fact: Any, stamp: Stamp) -> list[Command]:
    return [NoteDue(**stamp, due_at=fact.deadline.due_at)] if fact.deadline else []


def put_right(fact: Any, stamp: Stamp) -> list[Command]:
    """The office is told. A task that is gone leaves the desk; one that could not go comes back to it."""
    if fact.why == ANSWERED_BY_ANOTHER:
        return []
    told = NoteRejection(**stamp, answer=fact.answer, handoff_status=fact.status, why=fact.why)
    if fact.status in GONE:
        return [told, WithdrawTask(**stamp, why=fact.status)]
    if fact.answer == "complete":
        return [told, SendBack(**stamp)] if fact.status in AT_WORK else [told]
    if fact.answer != "return":
        return [told]
    return [told, *kept(fact, stamp)]
