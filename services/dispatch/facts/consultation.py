"""Consultations."""

from pydantic import BaseModel, ConfigDict

from services.dispatch.facts.case import CaseFact
from services.dispatch.facts.deadline import Deadline
from shared.contents.refs import ContentRef


class Task(BaseModel):
    """What a conclusion gives to a department: `part` is lead or co."""

    model_config = ConfigDict(frozen=True)
    department: str
    part: str


class ConsultationFact(CaseFact):
    consultation_id: str


class ConsultationCalled(ConsultationFact, service="dispatch"):
    """`reason`: dispute (whose it is) or complex (how it is solved); `disputed`: the hand-offs."""

    reason: str
    question: ContentRef
    disputed: tuple[str, ...] = ()
    deadline: Deadline | None = None


class DepartmentInvited(ConsultationFact, service="dispatch"):
    """`deadline`: by when it states its position."""

    department: str
    deadline: Deadline | None = None


class PaperSubmitted(ConsultationFact, service="dispatch"):
    """For all who take part; without `department`: by the centre."""

    paper: ContentRef
    department: str | None = None


class PositionStated(ConsultationFact, service="dispatch"):
    """`position`: ours, shared, not_ours or other; a later one takes the place of an earlier one."""

    department: str
    position: str
    statement: ContentRef


class ConsultationReferred(ConsultationFact, service="dispatch"):
    """No agreement: the arbiter of last resort decides, by `deadline`."""

    referred_to: str
    why: ContentRef
    deadline: Deadline | None = None


class ConsultationConcluded(ConsultationFact, service="dispatch"):
    """Binds all who were invited. `decided_by`: agreement, centre or arbiter; `tasks` become hand-offs."""

    conclusion: ContentRef
    tasks: tuple[Task, ...]
    decided_by: str
    disputed: tuple[str, ...] = ()


class ConsultationCalledOff(ConsultationFact, service="dispatch"):
    """Without a conclusion; `why` is absent where the case itself has ended."""

    why: ContentRef | None = None
