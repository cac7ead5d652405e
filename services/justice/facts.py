"""What justice tells about its tasks; what each means is said at its base in `shared/desk/facts.py`."""

from shared.accesses import recording
from shared.desk import facts
from shared.search import recording as searching


class TaskReceived(facts.TaskReceived, service="justice"): ...


class TaskBarred(facts.TaskBarred, service="justice"): ...


class TaskUnbarred(facts.TaskUnbarred, service="justice"): ...


class TaskAccepted(facts.TaskAccepted, service="justice"): ...


class TaskReturned(facts.TaskReturned, service="justice"): ...


class TaskStarted(facts.TaskStarted, service="justice"): ...


class ProgressNoted(facts.ProgressNoted, service="justice"): ...


class ExtensionAsked(facts.ExtensionAsked, service="justice"): ...


class TaskFinished(facts.TaskFinished, service="justice"): ...


class ReworkTaken(facts.ReworkTaken, service="justice"): ...


class TaskWithdrawn(facts.TaskWithdrawn, service="justice"): ...


class TaskVerified(facts.TaskVerified, service="justice"): ...


class AcceptanceDeemed(facts.AcceptanceDeemed, service="justice"): ...


class ReturnRefused(facts.ReturnRefused, service="justice"): ...


class AnswerRejected(facts.AnswerRejected, service="justice"): ...


class DueNoted(facts.DueNoted, service="justice"): ...


class DueRecounted(facts.DueRecounted, service="justice"): ...


class ExtensionGiven(facts.ExtensionGiven, service="justice"): ...


class ExtensionDenied(facts.ExtensionDenied, service="justice"): ...


class TaskUrged(facts.TaskUrged, service="justice"): ...


class ContentErased(facts.ContentErased, service="justice"): ...


class ReporterTold(facts.ReporterTold, service="justice"): ...


class CaseFileOpened(recording.CaseFileOpened, service="justice"):
    """Somebody who is not of the office opened a matter on its desk, or a text of it."""


class TextsSearched(searching.TextsSearched, service="justice"):
    """Somebody looked for words in what was written here: how many were shown."""
