"""What intake tells: reports, from registration to the reporter's last word."""

from services.intake.words import CHANNELS
from shared.accesses import recording
from shared.accesses.words import PURPOSES
from shared.contents.refs import ERASED_FOR, ContentRef, ErasureGround
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.refusals.words import LAWFUL_ROUTES, ROLES
from shared.search import recording as searching


class ReportFact(Fact):
    """`case_id` is the case that the report opens unless it is joined to another."""

    report_id: str
    case_id: str


class ReportRegistered(ReportFact, service="intake"):
    """`reporter` is an opaque reference, absent for an anonymous report; `area` is the grid."""

    told = Sentence(
        "登记反映件：{category}，{area}[，来源：{channel}][；反映涉及{complained_of:department}]",
        "registered the report: {category}, {area}[ ({channel})][; it complains of {complained_of:department}]",
        channel=CHANNELS,
    )
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

    told = Sentence("更正反映件：不再列明被反映的单位", "corrected the report: it complains of no office").when(
        "更正反映件：反映涉及{complained_of:department}，该单位回避",
        "corrected the report: it complains of {complained_of:department}, which is recused",
        complained_of=True,
    )
    complained_of: str | None = None


class ReportAccepted(ReportFact, service="intake"):
    """Screened: it becomes a case, under the category and place that screening confirmed."""

    told = Sentence(
        "受理反映件：{category}，{area}[；反映涉及{complained_of:department}]",
        "accepted the report: {category}, {area}[; it complains of {complained_of:department}]",
    )
    receipt_no: str
    category: str
    area: str
    channel: str
    contents: tuple[ContentRef, ...]
    complained_of: str | None = None
    meeting: str | None = None


class ReportRefused(ReportFact, service="intake"):
    """Outside competence: the reporter is told the lawful route."""

    told = Sentence(
        "不予受理[，告知法定途径：{route}]", "refused the report[; lawful route: {route}]", route=LAWFUL_ROUTES
    )
    route: str
    reason: ContentRef


class ReportRedirected(ReportFact, service="intake"):
    """An emergency: `answerable` has it on its desk (`via` that service) and passes it on to the number `to`."""

    told = Sentence(
        "属紧急情况，应报{to:text}[，由{answerable:department}转报]",
        "an emergency for {to:text}[; {answerable:department} passes it on]",
    )
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
    told = Sentence(
        "反映同一事项，并入已有案件[；反映涉及{complained_of:department}，该单位回避]",
        "joined the report to the case of its matter[; {complained_of:department} is complained of, and recused]",
    )
    into: str
    contents: tuple[ContentRef, ...]
    complained_of: str | None = None


class ReportMoved(ReportFact, service="intake"):
    """Dispatch has merged its case into another, or parted them again: the case `into` answers it from now on."""

    about = "into"
    told = Sentence("反映件改由另一案件答复", "the report is answered by another case from now on")
    into: str


class ReportSupplemented(ReportFact, service="intake"):
    """`case_id` is the case that answers the report: `into` for a joined one."""

    told = Sentence("补充反映的情况", "added to the report")
    content: ContentRef


class ReportWithdrawn(ReportFact, service="intake"):
    """`case_id` is `into` for a joined report: with the last reporter's withdrawal that case ends.

    Told again of another case that has taken the report over without knowing.
    """

    told = Sentence("撤回反映", "took the report back")


class ReporterAnswered(ReportFact, service="intake"):
    """The reporter's own word after the case was resolved. `case_id` is `into` for a joined report."""

    told = (
        Sentence("反馈未解决", "said that it is not solved")
        .when("反馈已解决，表示满意", "said that it is solved, and satisfied", solved=True, satisfied=True)
        .when("反馈已解决，表示不满意", "said that it is solved, not satisfied", solved=True, satisfied=False)
        .when("反馈已解决", "said that it is solved", solved=True)
    )
    solved: bool
    satisfied: bool | None = None


class IdentityOpened(Fact, service="intake"):
    """Somebody read who the reporter is, for a stated purpose; `role`: in which they could."""

    topic = "accesses"
    about = "report_id"
    told = Sentence(
        "查看反映人身份[，用途：{purpose}][（身份：{role}）]",
        "opened who the reporter is[, {purpose}][ (as {role})]",
        purpose=PURPOSES,
        role=ROLES,
    )
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
    told = Sentence(
        "删除反映件的一项内容[，事由：{ground}]", "erased a text or file of the report[: {ground}]", ground=ERASED_FOR
    )
    report_id: str
    case_id: str
    content_id: str
    ground: ErasureGround


class ReporterErased(Fact, service="intake"):
    """Who reported, and what the report said, is destroyed; the commitments stay."""

    topic = "accesses"
    about = "report_id"
    told = Sentence("删除反映人信息和反映内容", "erased who reported, and what the report said")
    report_id: str
    case_id: str
    reporter: str


class TextsSearched(searching.TextsSearched, service="intake"):
    """Somebody looked for words in the reports' texts: how many were shown. Of the same words `digest` is the same."""
