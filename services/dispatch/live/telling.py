"""What a person is told of what happened: that a case changed for them, never what was written."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.dispatch.live.steps import Step
from services.dispatch.scope import Scope


@dataclass(frozen=True, slots=True)
class Change:
    """`kinds` of the facts that they may read, and the hand-offs that those speak of. `gone`: they no longer see it."""

    case_id: str
    code: str = ""
    version: int = 0
    handoffs: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    gone: bool = False

    def shown(self) -> dict[str, Any]:
        if self.gone:
            return {"case_id": self.case_id, "gone": True}
        about = {"case_id": self.case_id, "code": self.code, "version": self.version}
        return {**about, "handoffs": self.handoffs, "kinds": self.kinds, "gone": False}


def told(scope: Scope, steps: Iterable[Step]) -> list[Change]:
    """One of each case, the one that changed last at the end."""
    found: dict[str, Change] = {}
    for step in steps:
        change = _of(scope, step)
        if change is not None:
            found[step.case_id] = _joined(found.pop(step.case_id, None), change)
    return list(found.values())


def _of(scope: Scope, step: Step) -> Change | None:
    was = scope.view(step.before) if step.before.case_id else None
    now = scope.view(step.after)
    if now is None:
        return Change(step.case_id, gone=True) if was is not None else None
    reads = step.open and scope.reads(step.after, step.about)
    if not reads and was == now:
        return None
    handoffs = (step.handoff_id,) if reads and step.handoff_id else ()
    return Change(step.case_id, now.code, step.version, handoffs, (step.kind,) if reads else ())


def _joined(earlier: Change | None, later: Change) -> Change:
    if earlier is None or earlier.gone or later.gone:
        return later
    handoffs = tuple(dict.fromkeys((*earlier.handoffs, *later.handoffs)))
    kinds = tuple(dict.fromkeys((*earlier.kinds, *later.kinds)))
    return Change(later.case_id, later.code, later.version, handoffs, kinds)
