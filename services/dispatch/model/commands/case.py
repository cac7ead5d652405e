"""What can be asked of a case itself. Deadlines and look-ups come in with the command; the model is pure."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import ClockMoved, Deadline
from services.dispatch.model.commands.offer import Offer
from shared.contents.refs import ContentRef, ErasureGround
from shared.procedure.step import Command


class OpenCase(Command):
    case_id: str
    code: str
    report_id: str
    category: str
    kind: str
    area: str
    channel: str
    contents: tuple[ContentRef, ...]
    governance: str | None = None
    net: str | None = None
    complained_of: str | None = None
    barred: tuple[str, ...] = ()
    meeting: str | None = None
    workflow: int = 1
    workflow_by: str | None = None
    workflow_from: date | None = None


class QueueCase(Command):
    reason: str
    candidates: tuple[str, ...] = ()
    deadline: Deadline | None = None


class RouteCase(Command):
    """The first offer is the lead's. `without_authority`: towns that the rule names and that the list does not.

    `note`: what for, to each of them.
    """

    rule: str
    offers: tuple[Offer, ...]
    rule_from: date | None = None
    without_authority: tuple[str, ...] = ()
    note: ContentRef | None = None


class AttachReport(Command):
    """`offer_by`: by when another office is found, should the report complain of one at work."""

    report_id: str
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()
    offer_by: Deadline | None = None


class MergeCase(Command):
    """`apart`: not the same departments may know of both."""

    into: str
    apart: bool = False


class UnmergeCase(Command):
    """`deadline`: by when it is routed anew."""

    deadline: Deadline | None = None


class AbsorbCase(Command):
    absorbed: str
    reports: tuple[str, ...]
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()
    offer_by: Deadline | None = None


class ReleaseCase(Command):
    released: str
    reports: tuple[str, ...]


class LinkCase(Command):
    """`way`: all cases that lead on from `other` in that kind, so that nothing runs in a circle. `apart`: of a part
    that is split off, not the same departments may know of it."""

    kind: str
    other: str
    way: frozenset[str] = frozenset()
    apart: bool = False


class UnlinkCase(Command):
    kind: str
    other: str


class RecuseOfficer(Command):
    """`known`: whether somebody with that id holds a post that day."""

    officer: str
    ground: str
    known: bool = True


class LiftRecusal(Command):
    """`known`: whether that is a person; a department complained of is barred by the complaint."""

    officer: str
    reason: ContentRef
    known: bool = True


class DetachReport(Command):
    """`reopen_until`, `reopening`: should the case end with it."""

    report_id: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class BeginHandling(Command):
    pass


class ResolveCase(Command):
    deadline: Deadline | None = None


class Left(BaseModel):
    """What was left of the clock of work that is reported as done, should it have to go on."""

    model_config = ConfigDict(frozen=True)
    handoff_id: str
    deadline: Deadline | None


class RecordFollowUp(Command):
    """`solved` None: nobody could be asked, and `reason` says why; `verification`: the centre's clock then."""

    solved: bool | None
    satisfied: bool | None = None
    channel: str = "visit"
    reason: str = "not_reached"
    offer_by: Deadline | None = None
    verification: Deadline | None = None
    left: tuple[Left, ...] = ()


class ReopenCase(Command):
    reason: str
    offer_by: Deadline | None = None
    left: tuple[Left, ...] = ()
    grounds: ContentRef | None = None


class CloseCase(Command):
    """`open_children`: codes of cases that are parts of this one and go on."""

    open_children: tuple[str, ...] = ()
    reason: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class RefuseCase(Command):
    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class SuspendCase(Command):
    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class ResumeCase(Command):
    """`clocks`: those that stood still, as they go on."""

    follow_up: Deadline | None = None
    clocks: tuple[ClockMoved, ...] = ()


class WithdrawCase(Command):
    pass


class TellReporter(Command):
    """`kind` of the content: a result, or why the case was refused."""

    content_id: str
    kind: str


class EraseContent(Command):
    content_id: str
    ground: ErasureGround


class WarnClock(Command):
    clock_id: str


class LapseClock(Command):
    clock_id: str


class RecountClock(Command):
    """`deadline`: by the days off as they are known now."""

    clock_id: str
    deadline: Deadline


class ClimbClock(Command):
    clock_id: str


class WithdrawLapse(Command):
    clock_id: str
    reason: str
