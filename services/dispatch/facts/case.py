"""The case: from its opening to its end, and what it is to others."""

from datetime import date

from pydantic import AwareDatetime

from services.dispatch.facts.deadline import ClockMoved, Deadline
from shared.contents.refs import ContentRef, ErasureGround
from shared.facts.fact import Fact

REPORTED = frozenset({"contents"})
"""What reporters said, intake keeps."""


class CaseFact(Fact):
    case_id: str


class CaseOpened(CaseFact, service="dispatch"):
    """`barred`: the department complained of and all below it, which neither get nor see the case.

    `workflow`: the version of the procedures, which holds for the case for ever, by the directory's entry `workflow_by`
    as of `workflow_from`; absent where the district says nothing.
    """

    kept_elsewhere = REPORTED
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


class CaseRouted(CaseFact, service="dispatch"):
    """`rule` is the catalogue's row that decided, as of `rule_from`; `manual` with the dispatcher as `by`, or
    `consultation`.

    `authority`: the entry of the authority list, in its version, by which the town leads. `without_authority`: towns
    that the rule names and that had none, in whose place the department with the duty acts.
    """

    rule: str
    lead: str
    co_handlers: tuple[str, ...]
    rule_from: date | None = None
    authority: str | None = None
    authority_from: date | None = None
    without_authority: tuple[str, ...] = ()


class CaseQueued(CaseFact, service="dispatch"):
    """No single answer in the catalogue: the centre decides by hand, within a clock."""

    reason: str
    candidates: tuple[str, ...]
    deadline: Deadline | None = None


class ReportAttached(CaseFact, service="dispatch"):
    """A duplicate report was joined, or a reporter added something."""

    kept_elsewhere = REPORTED
    report_id: str
    contents: tuple[ContentRef, ...]
    barred: tuple[str, ...] = ()


class OfficerRecused(CaseFact, service="dispatch"):
    """回避: somebody with an interest steps back, and neither sees nor touches the case any more. `officer`: opaque."""

    officer: str
    ground: str


class RecusalLifted(CaseFact, service="dispatch"):
    """There is no interest after all, or none any more: `officer` sees the case again. `reason`: the centre's."""

    officer: str
    reason: ContentRef


class CaseMerged(CaseFact, service="dispatch"):
    """It is one matter with the case `into`, where its reporters are answered from now on."""

    into: str


class CaseUnmerged(CaseFact, service="dispatch"):
    """It was another matter after all, and is to be routed anew, within `deadline`."""

    out_of: str
    deadline: Deadline | None = None


class CaseAbsorbed(CaseFact, service="dispatch"):
    """The other side of `case-merged`: whose reports are answered here, and who may not have the case any more."""

    kept_elsewhere = REPORTED
    absorbed: str
    reports: tuple[str, ...]
    contents: tuple[ContentRef, ...] = ()
    barred: tuple[str, ...] = ()


class CaseReleased(CaseFact, service="dispatch"):
    """The other side of `case-unmerged`: these reports are answered there again."""

    released: str
    reports: tuple[str, ...]


class CaseLinked(CaseFact, service="dispatch"):
    """`kind`: same_matter, caused_by and causes, child and parent: what `other` is to this case."""

    kind: str
    other: str


class CaseUnlinked(CaseFact, service="dispatch"):
    kind: str
    other: str


class ReportDetached(CaseFact, service="dispatch"):
    """A reporter took the report back; with the last one the case ends."""

    report_id: str


class HandlingBegun(CaseFact, service="dispatch"):
    pass


class CaseResolved(CaseFact, service="dispatch"):
    """Every part is verified or waived."""

    deadline: Deadline | None = None


class FollowedUp(CaseFact, service="dispatch"):
    """The reporter was asked, and says it is solved. `satisfied` is absent where it was not asked or not answered."""

    satisfied: bool | None = None
    channel: str = "visit"


class ReporterNotReached(CaseFact, service="dispatch"):
    """The follow-up is over without an answer: `reason` is not_reached, or anonymous where nobody could be asked.

    `verify_by`: until when the centre verifies what the reporter was to confirm.
    """

    reason: str
    channel: str = "visit"
    verify_by: Deadline | None = None


class CaseReopened(CaseFact, service="dispatch"):
    """Not solved after all: by the reporter, by supervision or by new facts. Clocks go on, none is set back.

    `offer_by`: by when the centre finds somebody who acts.
    """

    reason: str
    offer_by: Deadline | None = None
    grounds: ContentRef | None = None


class CaseClosed(CaseFact, service="dispatch"):
    """`reopen_until`: from then on 'not solved' is a new report; absent where the district sets no window. `reopening`:
    how that was counted."""

    reason: str
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class CaseRefused(CaseFact, service="dispatch"):
    """Outside competence: the reporter is told the lawful route, and why. `reopening`: as above."""

    route: str
    reason: ContentRef
    reopen_until: AwareDatetime | None = None
    reopening: Deadline | None = None


class CaseSuspended(CaseFact, service="dispatch"):
    """Waiting for an outside event, with the day to look again: the centre answers for it."""

    waiting_for: ContentRef
    look_again_at: AwareDatetime
    deadline: Deadline | None = None


class CaseResumed(CaseFact, service="dispatch"):
    """`clocks`: those that stood still with the case, each with what was left of it."""

    clocks: tuple[ClockMoved, ...] = ()


class CaseWithdrawn(CaseFact, service="dispatch"):
    """The reporter took the report back; what is under way is recalled."""


class ContentErased(CaseFact, service="dispatch"):
    """A note, result or reason kept here is destroyed; its commitment stays."""

    topic = "accesses"
    content_id: str
    ground: ErasureGround


class ReporterTold(CaseFact, service="dispatch"):
    """A result kept here was read, for the first time, by somebody with the receipt."""

    topic = "accesses"
    content_id: str
