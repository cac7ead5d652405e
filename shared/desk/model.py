"""The task of an office without a procedure of its own: state, commands, rows.

received → accepted → in_progress → finished → verified (end), and finished → in_progress for rework;
a short task goes from accepted to finished; returned (an end unless the return is refused), withdrawn (end).
"""

from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any, ClassVar, Literal, TypeVar

from shared.contents.refs import ContentRef
from shared.desk import facts
from shared.desk.matter import (
    BarDepartments,
    DeemAccepted,
    DenyExtension,
    EraseContent,
    GrantExtension,
    KeepTask,
    Matter,
    NoteDue,
    NoteRejection,
    ReceiveTask,
    RecountDue,
    SendBack,
    TellReporter,
    UnbarOfficers,
    UrgeTask,
    VerifyTask,
    WithdrawTask,
    departments_barred,
    due_recounted,
    officers_unbarred,
    on_desk,
    received,
    rejected,
    taken_back,
    told_reporter,
    urged,
    withdrawn,
    within_objection,
)
from shared.desk.words import TASK
from shared.facts.fact import Fact
from shared.procedure.actor import Role
from shared.procedure.procedure import Change, Changes, Procedure
from shared.procedure.step import NEW, Command, Step, by, during
from shared.refusals.refusals import Refused

F = TypeVar("F", bound=Fact)

WORKING = ("received", "accepted", "in_progress")
OPEN = (*WORKING, "finished")
ENDS = ("verified", "returned", "withdrawn")


class Task(Matter):
    """`number`: of an emergency, where it is to be passed on to."""

    number: str | None = None
    extension: Literal["asked", "granted", "refused"] | None = None


class AcceptTask(Command):
    pass


class StartTask(Command):
    pass


class NoteProgress(Command):
    note: ContentRef


class AskExtension(Command):
    days: int
    reason: ContentRef


class FinishTask(Command):
    result: ContentRef


class ReturnTask(Command):
    reason: ContentRef


@dataclass(slots=True, eq=False)
class ExtensionPending(Refused):
    code: ClassVar[str] = "extension-pending"
    zh: ClassVar[str] = "已有一项延期申请等待批准"
    en: ClassVar[str] = "An extension is waiting for an answer already"


def one_at_a_time(state: Task, command: Command) -> Refused | None:
    return ExtensionPending() if state.extension == "asked" else None


def answer_rejected(state: Task, fact: facts.AnswerRejected) -> dict[str, Any]:
    undone = {"extension": None} if fact.answer == "extension" else {}
    return {**rejected(state, fact), **undone}


def own_fact(office: ModuleType, base: type[F]) -> type[F]:
    """The office's own class of a base, by its name. Raises TypeError when it has none."""
    found = getattr(office, base.__name__, None)
    if not (isinstance(found, type) and issubclass(found, base) and found.service):
        raise TypeError(f"{office.__name__} has no {base.__name__} of its own")
    return found


def desk_rows(office: ModuleType) -> tuple[Step, ...]:
    """`office`: the module with the office's facts."""
    own = partial(own_fact, office)
    people, centre = by(Role.HANDLER, Role.SYSTEM), by(Role.SERVICE)
    return (
        Step(ReceiveTask, during(NEW), own(facts.TaskReceived), "received", centre),
        Step(AcceptTask, during("received"), own(facts.TaskAccepted), "accepted", people),
        Step(
            ReturnTask,
            during("received", "accepted"),
            own(facts.TaskReturned),
            "returned",
            people,
            (within_objection,),
        ),
        Step(StartTask, during("accepted"), own(facts.TaskStarted), "in_progress", people),
        Step(NoteProgress, during("accepted", "in_progress"), own(facts.ProgressNoted), None, people),
        Step(
            AskExtension,
            during("accepted", "in_progress"),
            own(facts.ExtensionAsked),
            None,
            people,
            (one_at_a_time,),
        ),
        Step(FinishTask, during("accepted", "in_progress"), own(facts.TaskFinished), "finished", people),
        Step(BarDepartments, during(*OPEN, *ENDS), own(facts.TaskBarred), None, centre),
        Step(UnbarOfficers, during(*OPEN, *ENDS), own(facts.TaskUnbarred), None, centre),
        Step(DeemAccepted, during("received"), own(facts.AcceptanceDeemed), "accepted", centre),
        Step(KeepTask, during("returned"), own(facts.ReturnRefused), "received", centre),
        Step(VerifyTask, during("finished"), own(facts.TaskVerified), "verified", centre),
        Step(SendBack, during("finished"), own(facts.ReworkTaken), "in_progress", centre),
        Step(WithdrawTask, during(*OPEN), own(facts.TaskWithdrawn), "withdrawn", centre),
        Step(NoteDue, during(*OPEN), own(facts.DueNoted), None, centre),
        Step(RecountDue, during(*OPEN), own(facts.DueRecounted), None, centre),
        Step(GrantExtension, during(*OPEN), own(facts.ExtensionGiven), None, centre),
        Step(DenyExtension, during(*OPEN), own(facts.ExtensionDenied), None, centre),
        Step(UrgeTask, during(*OPEN), own(facts.TaskUrged), None, centre),
        Step(TellReporter, during("finished", "verified"), own(facts.ReporterTold), None, by(Role.MESSENGER)),
        Step(
            EraseContent,
            during(*OPEN, *ENDS),
            own(facts.ContentErased),
            None,
            by(Role.ADMINISTRATOR),
            law="个人信息保护法 Art 47",
        ),
        Step(NoteRejection, during(*OPEN, *ENDS), own(facts.AnswerRejected), None, centre),
    )


def desk_changes(office: ModuleType) -> dict[type[Fact], Change]:
    own = partial(own_fact, office)
    return {
        own(facts.TaskReceived): received,
        own(facts.TaskBarred): departments_barred,
        own(facts.TaskUnbarred): officers_unbarred,
        own(facts.TaskWithdrawn): withdrawn,
        own(facts.ExtensionAsked): lambda state, fact: {"extension": "asked"},
        own(facts.TaskFinished): lambda state, fact: {
            "extension": None if state.extension == "asked" else state.extension
        },
        own(facts.ExtensionGiven): lambda state, fact: {"extension": "granted", "due_at": fact.due_at},
        own(facts.DueRecounted): due_recounted,
        own(facts.ExtensionDenied): lambda state, fact: {"extension": "refused"},
        own(facts.ReporterTold): told_reporter,
        own(facts.ContentErased): lambda state, fact: {},
        own(facts.TaskUrged): urged,
        own(facts.AnswerRejected): answer_rejected,
    }


def desk_procedure(office: ModuleType, *more: Step, changes: Changes | None = None) -> Procedure:
    """The shared rows, then the office's own; `changes` of its own facts, or in place of the shared ones."""
    all_changes: dict[type[Fact], Change] = {**desk_changes(office), **(changes or {})}
    return Procedure("task", (*desk_rows(office), *more), all_changes, where=on_desk, closed=taken_back, words=TASK)
