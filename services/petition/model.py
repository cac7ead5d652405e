"""A petition handed to the petition office (信访工作条例): state, commands, guards, rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from pydantic import AwareDatetime

from services.petition import facts
from services.petition.words import PETITION
from shared.accesses.recording import opening_model
from shared.contents.refs import ContentRef
from shared.desk.matter import (
    OPENERS,
    READERS,
    BarDepartments,
    EraseContent,
    KeepTask,
    Matter,
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
    no_longer_due,
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
from shared.facts.fact import Fact
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure, shared_fields
from shared.procedure.step import NEW, Command, Step, by, during
from shared.refusals.refusals import Refused
from shared.search.recording import search_model

OPEN = ("received", "registered", "accepted", "opinion_issued", "concluded")
ENDS = ("returned", "withdrawn", "verified")


class Petition(Matter):
    """`due_at` is what is owed now: the notice, then the decision. `still`: from an opinion to the rework after it."""

    registration_no: str | None = None
    notice_basis: str | None = None
    accepted_at: AwareDatetime | None = None
    accepted_by: str | None = None
    decision_due_at: AwareDatetime | None = None
    decision_basis: str = ""
    extension_longest: int = 0
    extended_by: int = 0
    opinion_at: AwareDatetime | None = None
    still: tuple[tuple[AwareDatetime, AwareDatetime], ...] = ()


class ReceivePetition(ReceiveTask):
    notice_basis: str
    objection_due_at: AwareDatetime
    objection_basis: str


class RegisterPetition(Command):
    registration_no: str


class AcceptPetition(Command):
    decision_due_at: AwareDatetime
    decision_basis: str
    extension_longest: int


class NoteProgress(Command):
    note: ContentRef


class IssueOpinion(Command):
    opinion: ContentRef


class ConcludePetition(Command):
    result: ContentRef


class ReturnPetition(Command):
    reason: ContentRef


class ExtendPetition(Command):
    days: int
    reason: ContentRef
    decision_due_at: AwareDatetime


@dataclass(slots=True, eq=False)
class ExtendedAlready(Refused):
    code: ClassVar[str] = "extended-already"
    zh: ClassVar[str] = "办理期限只能延长一次，已延长 {days} 日。依据：{law}"
    en: ClassVar[str] = "The time can be extended once only, and was by {days} days. Basis: {law}"
    days: int
    law: str


@dataclass(slots=True, eq=False)
class ExtensionTooLong(Refused):
    code: ClassVar[str] = "extension-too-long"
    zh: ClassVar[str] = "延长期限不得超过 {longest} 日，申请为 {days} 日。依据：{law}"
    en: ClassVar[str] = "An extension is at most {longest} days, not {days}. Basis: {law}"
    days: int
    longest: int
    law: str


@dataclass(slots=True, eq=False)
class SecondPersonNeeded(Refused):
    code: ClassVar[str] = "second-person-needed"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "延期须由他人批准，受理人本人不能批准。依据：{law}"
    en: ClassVar[str] = "An extension is for another to grant than the one who accepted the petition. Basis: {law}"
    law: str


@dataclass(slots=True, eq=False)
class ResponsiblePersonNeeded(Refused):
    code: ClassVar[str] = "responsible-person-needed"
    names: ClassVar[Mapping[str, str]] = {"department": "department"}
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "延期须经承办机关（{department}）负责人批准。依据：{law}"
    en: ClassVar[str] = "An extension is for the responsible person of the handling organ ({department}). Basis: {law}"
    department: str
    law: str


def only_once(state: Petition, command: Command) -> Refused | None:
    """信访工作条例 Art 34."""
    return ExtendedAlready(state.extended_by, state.decision_basis) if state.extended_by else None


def not_too_long(state: Petition, command: ExtendPetition) -> Refused | None:
    """信访工作条例 Art 34: at most thirty days."""
    if 0 < command.days <= state.extension_longest:
        return None
    return ExtensionTooLong(command.days, state.extension_longest, state.decision_basis)


def responsible_person(state: Petition, command: Command) -> Refused | None:
    """信访工作条例 Art 34: the responsible person of the organ that handles it, of no other."""
    heads = (post for post in command.actor.posts if post.role is Role.SUPERVISOR)
    if any(post.department == state.department and post.covers(Where(state.area)) for post in heads):
        return None
    return ResponsiblePersonNeeded(state.department, state.decision_basis)


def by_another(state: Petition, command: Command) -> Refused | None:
    """Who accepted a petition does not also prolong it, should it be the same person."""
    return SecondPersonNeeded(state.decision_basis) if command.actor.id == state.accepted_by else None


def unregistered(state: Petition, command: Command) -> bool:
    """信访工作条例 Art 22: what has its number in the register is not registered again."""
    return state.registration_no is None


HANDLER, CENTRE = by(Role.HANDLER, Role.SYSTEM), by(Role.SERVICE)
HANDLING = during("accepted", "opinion_issued")

STEPS = (
    Step(ReceivePetition, during(NEW), facts.PetitionReceived, "received", CENTRE),
    Step(
        RegisterPetition,
        during("received"),
        facts.PetitionRegistered,
        "registered",
        HANDLER,
        law="信访工作条例 Art 22",
    ),
    Step(
        AcceptPetition,
        during("registered"),
        facts.PetitionAccepted,
        "accepted",
        HANDLER,
        law="信访工作条例 Art 23",
    ),
    Step(
        ReturnPetition,
        during("received", "registered"),
        facts.PetitionReturned,
        "returned",
        HANDLER,
        guards=(within_objection,),
        law="信访工作条例 Art 23(3)",
    ),
    Step(NoteProgress, HANDLING, facts.ProgressNoted, None, HANDLER),
    Step(
        ExtendPetition,
        during("accepted"),
        facts.PetitionExtended,
        None,
        by(Role.SUPERVISOR),
        guards=(responsible_person, only_once, not_too_long, by_another),
        law="信访工作条例 Art 34",
    ),
    Step(
        IssueOpinion,
        during("accepted"),
        facts.OpinionIssued,
        "opinion_issued",
        HANDLER,
        law="信访工作条例 Art 32",
    ),
    Step(ConcludePetition, during("opinion_issued"), facts.PetitionConcluded, "concluded", HANDLER),
    Step(VerifyTask, during("concluded"), facts.PetitionVerified, "verified", CENTRE),
    Step(SendBack, during("concluded"), facts.ReworkTaken, "accepted", CENTRE),
    Step(KeepTask, during("returned"), facts.ReturnRefused, "received", CENTRE, when=unregistered),
    Step(KeepTask, during("returned"), facts.RegisteredReturnRefused, "registered", CENTRE),
    Step(BarDepartments, during(*OPEN, *ENDS), facts.PetitionBarred, None, CENTRE),
    Step(UnbarOfficers, during(*OPEN, *ENDS), facts.PetitionUnbarred, None, CENTRE),
    Step(RecountDue, during(*OPEN), facts.DueRecounted, None, CENTRE),
    Step(WithdrawTask, during(*OPEN), facts.PetitionWithdrawn, "withdrawn", CENTRE),
    Step(UrgeTask, during(*OPEN), facts.PetitionUrged, None, CENTRE),
    Step(TellReporter, during("opinion_issued", "concluded", "verified"), facts.ReporterTold, None, by(Role.MESSENGER)),
    Step(
        EraseContent,
        during(*OPEN, *ENDS),
        facts.ContentErased,
        None,
        by(Role.ADMINISTRATOR),
        law="个人信息保护法 Art 47",
    ),
    Step(NoteRejection, during(*OPEN, *ENDS), facts.AnswerRejected, None, CENTRE),
)


def received_with_clocks(state: Petition, fact: facts.PetitionReceived) -> dict[str, Any]:
    return {**received(state, fact), **shared_fields(state, fact)}


def accepted(state: Petition, fact: facts.PetitionAccepted) -> dict[str, Any]:
    own = shared_fields(state, fact)
    return {**own, "accepted_at": fact.at, "accepted_by": fact.by, "due_at": fact.decision_due_at}


def extended(state: Petition, fact: facts.PetitionExtended) -> dict[str, Any]:
    due = fact.decision_due_at
    return {"extended_by": fact.days, "decision_due_at": due, "due_at": due}


def decided(state: Petition, fact: facts.OpinionIssued) -> dict[str, Any]:
    return {**no_longer_due(state, fact), "opinion_at": fact.at}


def taken_up_again(state: Petition, fact: facts.ReworkTaken) -> dict[str, Any]:
    since = state.opinion_at
    still = (*state.still, (since, fact.at)) if since is not None else state.still
    return {"due_at": state.decision_due_at, "opinion_at": None, "still": still}


CHANGES: dict[type[Fact], Any] = {
    facts.PetitionReceived: received_with_clocks,
    facts.PetitionBarred: departments_barred,
    facts.PetitionUnbarred: officers_unbarred,
    facts.PetitionAccepted: accepted,
    facts.PetitionExtended: extended,
    facts.OpinionIssued: decided,
    facts.ReworkTaken: taken_up_again,
    facts.DueRecounted: due_recounted,
    facts.PetitionWithdrawn: withdrawn,
    facts.PetitionUrged: urged,
    facts.AnswerRejected: rejected,
    facts.ReporterTold: told_reporter,
    facts.ContentErased: lambda state, fact: {},
}

PROCEDURE = Procedure("petition", STEPS, CHANGES, where=on_desk, closed=taken_back, words=PETITION)
MODEL = Model("petition", Petition, PROCEDURE)
OPENING_MODEL = opening_model(facts.CaseFileOpened, OPENERS)
SEARCH_MODEL = search_model(facts.TextsSearched, READERS)
