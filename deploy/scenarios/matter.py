"""How far one matter has come: what its reporter and its offices have in hand, nothing read from inside."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

LEAD = "lead"
ENDED = frozenset({"verified", "returned", "recalled", "transferred", "waived"})


class NothingOpen(Exception):
    """A step of the data concerns a task that nobody has at that moment."""


@dataclass
class Part:
    """One hand-off as far as this player has brought it; `asked`: an extension awaits an answer."""

    handoff_id: str
    department: str
    part: str
    via: str | None
    status: str = "offered"
    replaced: bool = False
    asked: bool = False

    @property
    def open(self) -> bool:
        return self.status not in ENDED


@dataclass
class Docket:
    """`done` counts what has been done: the report itself, then the steps of the course. `call_id`: of an emergency."""

    done: int = 0
    report_id: str = ""
    receipt_no: str = ""
    tracking_code: str = ""
    case_id: str = ""
    call_id: str = ""
    consultation_id: str = ""
    reopened: bool = False
    parts: list[Part] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Docket":
        return cls(**{**told, "parts": [Part(**part) for part in told["parts"]]})

    def learn(self, handoffs: Iterable[Mapping[str, Any]]) -> None:
        """The case's hand-offs in their order: those beyond the known ones are new."""
        for handoff in list(handoffs)[len(self.parts) :]:
            part = Part(handoff["handoff_id"], handoff["department"], handoff["part"], handoff["via"])
            self.parts.append(part)

    def held_by(self, department: str) -> Part:
        """Raises NothingOpen."""
        return self._last((p for p in self.parts if p.open and p.department == department), department)

    def lead(self) -> Part:
        """Raises NothingOpen."""
        return self._last((part for part in self.parts if part.open and part.part == LEAD), "the lead")

    def waiting_for_more_time(self) -> Part:
        """Raises NothingOpen."""
        return self._last((part for part in self.parts if part.open and part.asked), "an extension")

    def completed(self) -> list[Part]:
        return [part for part in self.parts if part.status == "completed"]

    def without_successor(self) -> Part | None:
        """The task that was returned or recalled and is with nobody."""
        given_back = [p for p in self.parts if p.status in ("returned", "recalled") and not p.replaced]
        return given_back[-1] if given_back else None

    @staticmethod
    def _last(parts: Iterable[Part], whose: str) -> Part:
        found = list(parts)
        if not found:
            raise NothingOpen(f"no open hand-off: {whose}")
        return found[-1]
