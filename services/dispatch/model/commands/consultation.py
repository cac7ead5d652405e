"""What can be asked of a consultation of a case."""

from services.dispatch.facts import Deadline
from services.dispatch.model.commands.offer import Offer, Seat
from shared.contents.refs import ContentRef
from shared.procedure.step import Command


class CallConsultation(Command):
    """`reason`: dispute or complex; `deadline`: by when the centre concludes."""

    reason: str
    question: ContentRef
    invited: tuple[Seat, ...]
    disputed: tuple[str, ...] = ()
    deadline: Deadline | None = None


class ConsultationCommand(Command):
    consultation_id: str


class InviteDepartment(ConsultationCommand):
    seat: Seat


class SubmitPaper(ConsultationCommand):
    paper: ContentRef


class StatePosition(ConsultationCommand):
    position: str
    statement: ContentRef


class ReferConsultation(ConsultationCommand):
    """`arbiter` None: the district has none; `outside` the circle of such a matter."""

    arbiter: str | None
    why: ContentRef
    outside: bool = False
    deadline: Deadline | None = None


class ConcludeConsultation(ConsultationCommand):
    """`offers`: who acts from now on, whether it holds the task already or not."""

    conclusion: ContentRef
    agreed: bool
    offers: tuple[Offer, ...] = ()
    follow_up: Deadline | None = None


class CallOffConsultation(ConsultationCommand):
    why: ContentRef | None = None
    follow_up: Deadline | None = None
