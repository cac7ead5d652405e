"""What audit tells: who read what of the log."""

from shared.accesses import recording


class CaseFileOpened(recording.CaseFileOpened, service="audit"):
    """Somebody opened a case's history, its state, its film or another view of it."""


class ExportMade(recording.ExportMade, service="audit"):
    """Somebody read so many entries of the log, or rows of who looked. Of the same filter `digest` is the same."""
