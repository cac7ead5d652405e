"""What emergency tells about its tasks; what each means is said at its base in `shared/desk/facts.py`."""

from shared.accesses import recording
from shared.desk import facts
from shared.search import recording as searching


class TaskReceived(facts.TaskReceived, service="emergency"): ...


class TaskBarred(facts.TaskBarred, service="emergency"): ...


class TaskUnbarred(facts.TaskUnbarred, service="emergency"): ...


class CallReceived(facts.CallReceived, service="emergency"): ...


class CallPassedOn(facts.CallPassedOn, service="emergency"): ...


class TaskAccepted(facts.TaskAccepted, service="emergency"): ...


class TaskReturned(facts.TaskReturned, service="emergency"): ...


class TaskStarted(facts.TaskStarted, service="emergency"): ...


class ProgressNoted(facts.ProgressNoted, service="emergency"): ...


class ExtensionAsked(facts.ExtensionAsked, service="emergency"): ...


class TaskFinished(facts.TaskFinished, service="emergency"): ...


class ReworkTaken(facts.ReworkTaken, service="emergency"): ...


class TaskWithdrawn(facts.TaskWithdrawn, service="emergency"): ...


class TaskVerified(facts.TaskVerified, service="emergency"): ...


class AcceptanceDeemed(facts.AcceptanceDeemed, service="emergency"): ...


class ReturnRefused(facts.ReturnRefused, service="emergency"): ...


class AnswerRejected(facts.AnswerRejected, service="emergency"): ...


class DueNoted(facts.DueNoted, service="emergency"): ...


class DueRecounted(facts.DueRecounted, service="emergency"): ...


class ExtensionGiven(facts.ExtensionGiven, service="emergency"): ...


class ExtensionDenied(facts.ExtensionDenied, service="emergency"): ...


class TaskUrged(facts.TaskUrged, service="emergency"): ...


class ContentErased(facts.ContentErased, service="emergency"): ...


class ReporterTold(facts.ReporterTold, service="emergency"): ...


class CaseFileOpened(recording.CaseFileOpened, service="emergency"):
    """Somebody who is not of the office opened a matter on its desk, or a text of it."""


class TextsSearched(searching.TextsSearched, service="emergency"):
    """Somebody looked for words in what was written here: how many were shown."""
