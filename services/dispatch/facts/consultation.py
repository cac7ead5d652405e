"""Consultations."""

from pydantic import BaseModel, ConfigDict

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from services.dispatch.facts.words import DECIDED_BY, POSITIONS, REASONS
from shared.contents.refs import ContentRef
from shared.facts.sentence import Sentence


class Task(BaseModel):
    """What a conclusion gives to a department: `part` is lead or co."""

    model_config = ConfigDict(frozen=True)
    department: str
    part: str


class ConsultationFact(CaseFact):
    consultation_id: str


class ConsultationCalled(ConsultationFact, service="dispatch"):
    """`reason`: dispute (whose it is) or complex (how it is solved); `disputed`: the hand-offs."""

    told = Sentence(
        "召集会商[：{reason}][，应于{deadline:end}前形成结论]",
        "called a consultation[: {reason}][; to be concluded by {deadline:end}]",
        reason=REASONS,
    )
    reason: str
    question: ContentRef
    disputed: tuple[str, ...] = ()
    deadline: Deadline | None = None


class DepartmentInvited(ConsultationFact, service="dispatch"):
    """`deadline`: by when it states its position."""

    told = Sentence(
        "邀请{department}参加会商[，应于{deadline:end}前表明意见]",
        "invited {department} to the consultation[; its position is due by {deadline:end}]",
    )
    department: str
    deadline: Deadline | None = None


class PaperSubmitted(ConsultationFact, service="dispatch"):
    """For all who take part; without `department`: by the centre."""

    told = Sentence("提交会商材料", "submitted a paper for the consultation")
    paper: ContentRef
    department: str | None = None


class PositionStated(ConsultationFact, service="dispatch"):
    """`position`: ours, shared, not_ours or other; a later one takes the place of an earlier one."""

    told = Sentence("表明会商意见[：{position}]", "stated a position[: {position}]", position=POSITIONS)
    department: str
    position: str
    statement: ContentRef


class ConsultationReferred(ConsultationFact, service="dispatch"):
    """No agreement: the arbiter of last resort decides, by `deadline`."""

    told = Sentence(
        "会商未达成一致，提请{referred_to:department}裁定[，应于{deadline:end}前裁定]",
        "no agreement: referred to {referred_to:department} to decide[, by {deadline:end}]",
    )
    referred_to: str
    why: ContentRef
    deadline: Deadline | None = None


class ConsultationConcluded(ConsultationFact, service="dispatch"):
    """Binds all who were invited. `decided_by`: agreement, centre or arbiter; `tasks` become hand-offs."""

    told = Sentence(
        "形成会商结论[（{decided_by}）][，交办{tasks.department:department}]",
        "concluded the consultation[ ({decided_by})][; tasks go to {tasks.department:department}]",
        decided_by=DECIDED_BY,
    )
    conclusion: ContentRef
    tasks: tuple[Task, ...]
    decided_by: str
    disputed: tuple[str, ...] = ()


class ConsultationCalledOff(ConsultationFact, service="dispatch"):
    """Without a conclusion; `why` is absent where the case itself has ended."""

    told = Sentence("案件已了结，会商取消", "the case has ended, and the consultation with it").when(
        "取消会商", "called the consultation off", why=True
    )
    why: ContentRef | None = None
