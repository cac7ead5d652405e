"""What an office knows of something it was handed, whatever its procedure, and what the centre does to it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.contents.refs import ContentRef, ErasureGround
from shared.desk.words import TAKEN
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.step import NEW, Command, State
from shared.refusals.refusals import NotFound, Refused
from shared.refusals.words import Words

OPENERS = frozenset({Role.HANDLER, Role.SYSTEM, Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR})
"""Who may open a matter: handlers and systems their own department's; the others all of their area."""
READERS = OPENERS - {Role.AUDITOR}
"""Of free text, too, and who may look for words in it."""
PART = "call"
"""What an emergency is, which is part of no case."""


class Told(BaseModel):
    """What became of an answer that the centre could not use."""

    model_config = ConfigDict(frozen=True)
    answer: str
    handoff_status: str
    why: str
    at: AwareDatetime


class Matter(State):
    case_id: str = ""
    handoff_id: str = ""
    department: str = ""
    category: str = ""
    area: str = ""
    part: str = ""
    case_code: str = ""
    received_at: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    objection_due_at: AwareDatetime | None = None
    objection_basis: str | None = None
    urged: int = 0
    told: Told | None = None
    withdrawn_why: str | None = None
    barred: tuple[str, ...] = ()
    reporter_told: tuple[str, ...] = ()


class ReceiveTask(Command):
    case_id: str
    handoff_id: str
    department: str
    category: str
    area: str
    part: str
    case_code: str
    due_at: AwareDatetime | None = None
    objection_due_at: AwareDatetime | None = None
    barred: tuple[str, ...] = ()


class BarDepartments(Command):
    """They are complained of by a report that has joined the case."""

    barred: tuple[str, ...]


class UnbarOfficers(Command):
    """Their recusal was lifted."""

    unbarred: tuple[str, ...]


class DeemAccepted(Command):
    pass


class VerifyTask(Command):
    pass


class SendBack(Command):
    said: ContentRef | None = None


class WithdrawTask(Command):
    why: str
    said: ContentRef | None = None


class KeepTask(Command):
    """A return was refused."""


class NoteRejection(Command):
    answer: str
    handoff_status: str
    why: str


class NoteDue(Command):
    due_at: AwareDatetime


class RecountDue(Command):
    """An end has moved; with `right`, that of the time to object."""

    was: AwareDatetime
    due_at: AwareDatetime
    right: bool = False


class GrantExtension(Command):
    due_at: AwareDatetime


class DenyExtension(Command):
    said: ContentRef | None = None


class UrgeTask(Command):
    pass


class TellReporter(Command):
    content_id: str


class EraseContent(Command):
    content_id: str
    ground: ErasureGround


def received(state: Matter, fact: Any) -> dict[str, Any]:
    fields = ("case_id", "handoff_id", "department", "category", "area", "part", "case_code")
    dates = ("due_at", "objection_due_at")
    return {**{name: getattr(fact, name) for name in (*fields, *dates, "barred")}, "received_at": fact.at}


def departments_barred(state: Matter, fact: Any) -> dict[str, Any]:
    return {"barred": tuple(dict.fromkeys((*state.barred, *fact.barred)))}


def officers_unbarred(state: Matter, fact: Any) -> dict[str, Any]:
    return {"barred": tuple(each for each in state.barred if each not in fact.unbarred)}


def ends_at(state: Matter, was: datetime, right: bool) -> list[str]:
    """The fields of what is owed, or of the time to object, that end at that moment."""
    fields = ("objection_due_at",) if right else ("due_at", "decision_due_at")
    return [name for name in fields if getattr(state, name, None) == was]


def due_recounted(state: Matter, fact: Any) -> dict[str, Any]:
    return dict.fromkeys(ends_at(state, fact.was, fact.right), fact.due_at)


def withdrawn(state: Matter, fact: Any) -> dict[str, Any]:
    return {"withdrawn_why": fact.why, "due_at": None}


def rejected(state: Matter, fact: Any) -> dict[str, Any]:
    told = Told(answer=fact.answer, handoff_status=fact.handoff_status, why=fact.why, at=fact.at)
    return {"told": told}


def told_reporter(state: Matter, fact: Any) -> dict[str, Any]:
    return {"reporter_told": (*state.reporter_told, fact.content_id)}


def urged(state: Matter, fact: Any) -> dict[str, Any]:
    return {"urged": state.urged + 1}


def no_longer_due(state: Matter, fact: Any) -> dict[str, Any]:
    return {"due_at": None}


def on_desk(state: Matter, command: Command) -> Where:
    """The office's own people, for the matter's place.

    Raises NotFound for what was never handed here, for whoever has to recuse himself (信访工作条例 30(3)), and for
    those outside the circle of a sealed matter (预防未成年人犯罪法 Art 59), unless they erase what they do not read.
    """
    sealed = state.part != PART and not command.actor.knows(state.category, state.area)
    hidden = command.actor.is_recused(state.barred) or (sealed and not isinstance(command, EraseContent))
    hidden = hidden and not isinstance(command, TellReporter)
    if hidden or (state.status == NEW and Role.SERVICE not in command.actor.roles):
        raise NotFound("task")
    return Where(state.area, frozenset({state.department}))


@dataclass(slots=True, eq=False)
class ObjectionClosed(Refused):
    code: ClassVar[str] = "objection-closed"
    zh: ClassVar[str] = "异议期限已于 {due_at} 届满，不能退回。依据：{law}"
    en: ClassVar[str] = "The time for an objection ended at {due_at}; it cannot be returned. Basis: {law}"
    due_at: datetime
    law: str | None


def within_objection(state: Matter, command: Command) -> Refused | None:
    """信访工作条例 Art 23(3) for petitions, the district's policy for other tasks."""
    if state.objection_due_at is None or command.at < state.objection_due_at:
        return None
    return ObjectionClosed(state.objection_due_at, state.objection_basis)


@dataclass(slots=True, eq=False)
class TakenBack(Refused):
    code: ClassVar[str] = "taken-back"
    words: ClassVar[Mapping[str, Words]] = {"why": TAKEN}
    zh: ClassVar[str] = "该事项已被收回（{why}），不再由本单位办理"
    en: ClassVar[str] = "It has been taken back ({why}) and is no longer this office's to handle"
    why: str


def taken_back(state: Matter, command: Command) -> Refused | None:
    """Says why an answer is too late."""
    return TakenBack(state.withdrawn_why) if state.withdrawn_why else None


def is_open(model: Model[Any], status: str, command: type[Command]) -> bool:
    """Whether the model has the step at all, and in this state."""
    if command not in model.commands:
        return False
    return any(status in row.during for row in model.rows_of(command))
