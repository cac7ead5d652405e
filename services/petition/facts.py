"""What the petition office tells. Each names the hand-off that it answers; the centre takes it


petition-accepted    as an office's acceptance (and start) of the hand-off
progress-noted       as progress
opinion-issued       as progress, with the opinion as its content, and as the end of the decision's clock
petition-concluded   as the completion, with its result
petition-returned    as a return with its reason
petition-extended    as the later end of the decision's clock
"""

from pydantic import AwareDatetime

from shared.accesses import recording
from shared.contents.refs import ContentRef
from shared.desk import facts
from shared.desk.words import PARTS
from shared.facts.sentence import Sentence
from shared.search import recording as searching


class PetitionReceived(facts.TaskReceived, service="petition"):
    """Handed over; `due_at` is the notice's. From `objection_due_at` on no return is possible."""

    told = Sentence(
        "{department}收到信访事项[（{part}）]，应于{due_at:end}前告知，{objection_due_at:end}前可以提出异议",
        "{department} received the petition[ ({part})]; notice by {due_at:end}, return until {objection_due_at:end}",
        part=PARTS,
    )
    due_at: AwareDatetime
    notice_basis: str
    objection_due_at: AwareDatetime
    objection_basis: str


class PetitionBarred(facts.TaskBarred, service="petition"): ...


class PetitionUnbarred(facts.TaskUnbarred, service="petition"): ...


class PetitionRegistered(facts.TaskFact, service="petition"):
    """登记."""

    told = Sentence("登记信访事项", "registered the petition")
    registration_no: str


class PetitionAccepted(facts.TaskAccepted, service="petition"):
    """受理: the written notice is given; the time for the decision runs from here, not from registration."""

    told = Sentence(
        "受理信访事项，应于{decision_due_at:end}前出具处理意见",
        "accepted the petition; the opinion is due by {decision_due_at:end}",
    )
    decision_due_at: AwareDatetime
    decision_basis: str
    extension_longest: int


class ProgressNoted(facts.ProgressNoted, service="petition"): ...


class OpinionIssued(facts.TaskFact, service="petition"):
    """信访处理意见书."""

    told = Sentence("出具信访处理意见书", "issued the written opinion")
    opinion: ContentRef


class PetitionConcluded(facts.TaskFinished, service="petition"):
    told = Sentence("办结信访事项", "concluded the petition")


class PetitionReturned(facts.TaskReturned, service="petition"):
    """异议: not a matter of this office, with reasons, within the objection period."""

    told = Sentence("提出异议，退回信访事项", "objected, and returned the petition")


class PetitionExtended(facts.TaskFact, service="petition"):
    """延期, by the responsible person of the organ; the petitioner is owed the reason."""

    told = Sentence(
        "延长办理期限{days:days}，至{decision_due_at:end}",
        "extended the time by {days:days}, to {decision_due_at:end}",
    )
    days: int
    reason: ContentRef
    decision_due_at: AwareDatetime


class DueRecounted(facts.DueRecounted, service="petition"): ...


class PetitionWithdrawn(facts.TaskWithdrawn, service="petition"): ...


class PetitionVerified(facts.TaskVerified, service="petition"): ...


class ReworkTaken(facts.ReworkTaken, service="petition"):
    """The centre was not satisfied with the conclusion: handling goes on, and its clock with it."""


class ReturnRefused(facts.ReturnRefused, service="petition"): ...


class RegisteredReturnRefused(facts.ReturnRefused, service="petition"):
    """The centre has not taken it back: it lies here again, under the number that it has."""


class AnswerRejected(facts.AnswerRejected, service="petition"): ...


class PetitionUrged(facts.TaskUrged, service="petition"): ...


class ContentErased(facts.ContentErased, service="petition"): ...


class ReporterTold(facts.ReporterTold, service="petition"): ...


class CaseFileOpened(recording.CaseFileOpened, service="petition"):
    """Somebody who is not of the office opened a matter on its desk, or a text of it."""


class TextsSearched(searching.TextsSearched, service="petition"):
    """Somebody looked for words in what was written here: how many were shown."""
