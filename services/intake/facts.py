"""What intake tells: reports, from registration to the reporter's last word."""

from shared.accesses import recording
from shared.contents.refs import ContentRef, ErasureGround
from shared.facts.fact import Fact
from shared.search import recording as searching


class ReportFact(Fact):
    """`case_id` is the case that the report opens unless it is joined to another."""

    report_id: str
    case_id: str


class ReportRegistered(ReportFact, service="intake"):
    """`reporter` is an opaque reference, absent for an anonymous report; `area` is the grid."""

    receipt_no: str
    category: str
    area: str
    channel: str
    contents: tuple[ContentRef, ...]
    reporter: str | None = None
    complained_of: str | None = None
    meeting: str | None = None


class ReportCorrected(ReportFact, service="intake"):
    """Screening has set, corrected or struck out who is complained of; from here on that department is recused."""

    complained_of: str | None = None


class ReportAccepted(ReportFact, service="intake"):
    """Screened: it becomes a case, under the category and place that screening confirmed."""

    receipt_no: str
    category: str
    area: str
    channel: str
    contents: tuple[ContentRef, ...]
    complained_of: str | None = None
    meeting: str | None = None


class ReportRefused(ReportFact, service="intake"):
    """Outside competence: the reporter is told the lawful route."""

    route: str
    reason: ContentRef


class ReportRedirected(ReportFact, service="intake"):
    """An emergency: `answerable` has it on its desk (`via` that service) and passes it on to the number `to`."""

    to: str
    answerable: str | None = None
    via: str | None = None
    receipt_no: str | None = None
    category: str | None = None
    area: str | None = None
    barred: tuple[str, ...] = ()
    contents: tuple[ContentRef, ...] = ()


class ReportJoined(ReportFact, service="intake"):
    """A duplicate: it is answered with the case `into`, which may not go to `complained_of` from then on."""

    about = "into"
    into: str
    contents: tuple[ContentRef, ...]
    complained_of: str | None = None


class ReportMoved(ReportFact, service="intake"):
    """Dispatch has merged its case into another, or parted them again: the case `into` answers it from now on."""

    about = "into"
    into: str


class ReportSupplemented(ReportFact, service="intake"):
    """`case_id` is the case that answers the report: `into` for a joined one."""

    content: ContentRef


class ReportWithdrawn(ReportFact, service="intake"):
    """`case_id` is `into` for a joined report: with the last reporter's withdrawal that case ends.

    Told again of another case that has taken the report over without knowing.
    """


class ReporterAnswered(ReportFact, service="intake"):
    """The reporter's own word after the case was resolved. `case_id` is `into` for a joined report."""

    solved: bool
    satisfied: bool | None = None


class IdentityOpened(Fact, service="intake"):
    """Somebody read who the reporter is, for a stated purpose; `role`: in which they could."""

    topic = "accesses"
    about = "report_id"
    report_id: str
    case_id: str
    reporter: str
    purpose: str
    role: str | None = None


class CaseFileOpened(recording.CaseFileOpened, service="intake"):
    """Somebody opened a report, or a text or file of it, which is not of their own worklist."""


class ContentErased(Fact, service="intake"):
    """One text or file of a report is destroyed; its commitment stays."""

    topic = "accesses"
    about = "report_id"
    report_id: str
    case_id: str
    content_id: str
    ground: ErasureGround


class ReporterErased(Fact, service="intake"):
    """Who reported, and what the report said, is destroyed; the commitments stay."""

    topic = "accesses"
    about = "report_id"
    report_id: str
    case_id: str
    reporter: str


class TextsSearched(searching.TextsSearched, service="intake"):
    """Somebody looked for words in the reports' texts: how many were shown. Of the same words `digest` is the same."""
