"""How long to wait before a process that ended unasked is started again."""

from dataclasses import dataclass

FIRST = 0.5
LONGEST = 30.0
HEALTHY_AFTER = 60.0


@dataclass
class Pauses:
    """Grows with each end that follows soon on a start; all times in seconds."""

    next: float = FIRST

    def after(self, lived: float) -> float:
        """The pause after a life of that many seconds; a long one makes good what was before."""
        pause = FIRST if lived >= HEALTHY_AFTER else self.next
        self.next = min(pause * 2, LONGEST)
        return pause
