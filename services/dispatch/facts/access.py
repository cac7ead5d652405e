"""Case files opened and lists taken away."""

from shared.accesses import recording


class CaseFileOpened(recording.CaseFileOpened, service="dispatch"):
    """Somebody opened a case, its timeline, its links or a text of it, which are not of their own worklist."""


class ExportMade(recording.ExportMade, service="dispatch"):
    """Somebody took so many rows of a list away. Of the same filter `digest` is the same."""
