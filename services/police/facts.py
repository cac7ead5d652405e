"""What police tells about its tasks; what each means is said at its base in `shared/desk/facts.py`."""

from shared.accesses import recording
from shared.desk import facts
from shared.search import recording as searching


class TaskReceived(facts.TaskReceived, service="police"): ...


class TaskBarred(facts.TaskBarred, service="police"): ...


class TaskUnbarred(facts.TaskUnbarred, service="police"): ...


class CallReceived(facts.CallReceived, service="police"): ...


class CallPassedOn(facts.CallPassedOn, service="police"): ...


class TaskAccepted(facts.TaskAccepted, service="police"): ...


class TaskReturned(facts.TaskReturned, service="police"): ...


class TaskStarted(facts.TaskStarted, service="police"): ...


class ProgressNoted(facts.ProgressNoted, service="police"): ...


class ExtensionAsked(facts.ExtensionAsked, service="police"): ...


class TaskFinished(facts.TaskFinished, service="police"): ...


class ReworkTaken(facts.ReworkTaken, service="police"): ...


class TaskWithdrawn(facts.TaskWithdrawn, service="police"): ...


class TaskVerified(facts.TaskVerified, service="police"): ...


class AcceptanceDeemed(facts.AcceptanceDeemed, service="police"): ...


class ReturnRefused(facts.ReturnRefused, service="police"): ...


class AnswerRejected(facts.AnswerRejected, service="police"): ...


class DueNoted(facts.DueNoted, service="police"): ...


class DueRecounted(facts.DueRecounted, service="police"): ...


class ExtensionGiven(facts.ExtensionGiven, service="police"): ...


class ExtensionDenied(facts.ExtensionDenied, service="police"): ...


class TaskUrged(facts.TaskUrged, service="police"): ...


class ContentErased(facts.ContentErased, service="police"): ...


class ReporterTold(facts.ReporterTold, service="police"): ...


class CaseFileOpened(recording.CaseFileOpened, service="police"):
    """Somebody who is not of the office opened a matter on its desk, or a text of it."""


class TextsSearched(searching.TextsSearched, service="police"):
    """Somebody looked for words in what was written here: how many were shown."""
