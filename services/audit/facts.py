"""What audit tells: who read what of the log, and what of it was archived."""

from shared.accesses import recording
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence


class CaseFileOpened(recording.CaseFileOpened, service="audit"):
    """Somebody opened a case's history, its state, its film or another view of it."""


class ExportMade(recording.ExportMade, service="audit"):
    """Somebody read so many entries of the log, or rows of who looked. Of the same filter `digest` is the same."""


class MonthArchived(Fact, service="audit"):
    """A month of the log, `first` to before `behind`, was written into a file and proven by the checkpoint of `size`.

    The file has `length` bytes; it is known by their SHA-256.
    """

    topic = "accesses"
    about = "month"
    told = Sentence("将 {month:text} 的日志归档", "archived the log of {month:text}")
    month: str
    role: str
    first: int
    behind: int
    size: int
    length: int
    sha256: str


class MonthRemoved(Fact, service="audit"):
    """What has ended of an archived month, entries `first` to before `behind`, was taken out of the live log.

    The archive that holds it is known by its SHA-256.
    """

    topic = "accesses"
    about = "month"
    told = Sentence(
        "将 {month:text} 已归档的日志移出在用库", "took the archived log of {month:text} out of the live one"
    )
    month: str
    role: str
    first: int
    behind: int
    sha256: str


class MonthReturned(Fact, service="audit"):
    """What was taken out of a month was put back from its archive."""

    topic = "accesses"
    about = "month"
    told = Sentence("从归档文件恢复 {month:text} 的日志", "brought the log of {month:text} back from its archive")
    month: str
    role: str


class CertificateMade(Fact, service="audit"):
    """Somebody had it certified what the log holds of a case. By `size`, `checkpoint` and the keys that vouched for it
    the bundle can be had again whose SHA-256 is printed, `digest`."""

    topic = "accesses"
    about = "certificate_id"
    told = Sentence("出具案件存证证明", "had it certified what the log holds of a case")
    certificate_id: str
    case_id: str
    role: str
    size: int
    digest: str
    checkpoint: str
    log_keys: tuple[str, ...]
    witnesses: tuple[str, ...]
