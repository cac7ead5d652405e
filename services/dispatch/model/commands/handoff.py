"""What can be asked of a hand-off of a case."""

from pydantic import AwareDatetime

from services.dispatch.facts import ClockMoved, Deadline
from services.dispatch.model.commands.offer import Offer, Turn
from shared.contents.refs import ContentRef
from shared.procedure.step import Command


class OfferHandoff(Command):
    """`note`: what for, in the centre's words."""

    offer: Offer
    replaces: str | None = None
    note: ContentRef | None = None


class PlanHandoff(Command):
    """One co-handler after another."""

    offer: Offer
    after: str
    note: ContentRef | None = None


class HandoffCommand(Command):
    """`office`: the department in whose name another service answers."""

    handoff_id: str
    office: str | None = None


class OfferPlanned(HandoffCommand):
    offer: Offer


class AssignPart(HandoffCommand):
    """The office passes a part of its task on to one of its own; `handoff_id` is its own hand-off."""

    offer: Offer
    note: ContentRef


class UnbarOfficers(HandoffCommand):
    """Their recusal was lifted: told to the desk that has it."""

    unbarred: tuple[str, ...]


class BarDepartments(HandoffCommand):
    """A report that joined complains of them."""

    barred: tuple[str, ...]


class AcceptHandoff(HandoffCommand):
    deadline: Deadline | None = None


class DeemAcceptance(AcceptHandoff):
    """Silence until the end of the time to object."""


class ConfirmAcceptance(AcceptHandoff):
    """The office says after all what its silence was taken for; its own clock holds."""


class StartHandoff(HandoffCommand):
    pass


class NoteProgress(HandoffCommand):
    note: ContentRef


class CompleteHandoff(HandoffCommand):
    """`deadline`: for the centre to verify; `follow_up` and `turns`: should it be done with that."""

    result: ContentRef
    deadline: Deadline | None = None
    follow_up: Deadline | None = None
    turns: tuple[Turn, ...] = ()


class ReturnHandoff(HandoffCommand):
    """`deadline`: by when the centre answers, where the return needs its consent; `consult_by`: by when it calls a
    consultation, should the return be one too many."""

    reason: ContentRef
    deadline: Deadline | None = None
    consult_by: Deadline | None = None
    offer_by: Deadline | None = None


class ApproveReturn(HandoffCommand):
    consult_by: Deadline | None = None
    offer_by: Deadline | None = None


class DisputeCompetence(HandoffCommand):
    """Another is competent, says the office; `consult_by`: by when the centre calls a consultation."""

    reason: ContentRef
    consult_by: Deadline | None = None


class WithdrawDispute(HandoffCommand):
    pass


class RefuseReturn(HandoffCommand):
    reason: ContentRef


class RecallHandoff(HandoffCommand):
    offer_by: Deadline | None = None
    why: ContentRef | None = None
    reason: str | None = None
    follow_up: Deadline | None = None


class TransferHandoff(HandoffCommand):
    offer: Offer
    why: ContentRef


class AskExtension(HandoffCommand):
    days: int
    reason: ContentRef


class GrantExtension(HandoffCommand):
    """`longest` is what the clock's rule allows in all, `deadline` the clock as it will be."""

    deadline: Deadline | None
    longest: int = 0


class RefuseExtension(HandoffCommand):
    reason: ContentRef


class ExtendClock(HandoffCommand):
    """The office's own procedure has extended its clock."""

    deadline: Deadline


class StopClock(HandoffCommand):
    """What that clock runs to has happened in the office's own procedure."""

    rule: str


class BeginExclusion(HandoffCommand):
    """Time that the rule of the office's clock leaves out; `paper` shows it. `deadline`: the centre looks."""

    ground: str
    since: AwareDatetime
    paper: ContentRef
    deadline: Deadline | None = None


class ExclusionCommand(HandoffCommand):
    """`number`: which one of the office's clock; `clocks`: where that ends then."""

    number: int
    clocks: tuple[ClockMoved, ...] = ()


class EndExclusion(ExclusionCommand):
    until: AwareDatetime


class CorrectExclusion(ExclusionCommand):
    since: AwareDatetime
    until: AwareDatetime | None = None
    reason: ContentRef


class StrikeExclusion(ExclusionCommand):
    reason: ContentRef


class VerifyHandoff(HandoffCommand):
    """`turns`: what may come after it."""

    follow_up: Deadline | None = None
    turns: tuple[Turn, ...] = ()


class ConfirmHandoff(HandoffCommand):
    """The reporter says that it is solved."""


class ReopenHandoff(HandoffCommand):
    """The reporter says that it is not, or the centre takes the case up again."""

    reason: str
    deadline: Deadline | None = None


class OrderRework(HandoffCommand):
    """`deadline`: the clock that the completion stopped, with the time that was left."""

    reason: ContentRef
    deadline: Deadline | None = None


class WaiveHandoff(HandoffCommand):
    reason: ContentRef
    follow_up: Deadline | None = None
    turns: tuple[Turn, ...] = ()


class UrgeHandoff(HandoffCommand):
    pass


class RefuseAnswer(HandoffCommand):
    """An office's answer could not stand: `answer` names it, `why` is the refusal's code."""

    answer: str
    why: str
