"""Versions of the procedures tried on past cases: which would have gone another way, and by how many steps."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.whatif.past import Past, PastCase
from deploy.whatif.rules import with_tried
from services.dispatch import facts as f
from services.dispatch.model import MODEL
from services.dispatch.workflows import KIND, in_force
from shared.facts.fact import Fact
from shared.procedure.workflow import Workflow
from shared.reference.reference import Reference, Version


@dataclass(frozen=True, slots=True)
class Pinned:
    """`otherwise`: facts of the case that the other version gives in another way, or not at all, by name."""

    code: str
    was: int
    now: int
    otherwise: Counter[str]

    @property
    def differs(self) -> bool:
        return self.was != self.now


@dataclass(frozen=True, slots=True)
class WorkflowsTried:
    pinned: tuple[Pinned, ...]

    def differing(self) -> tuple[Pinned, ...]:
        return tuple(each for each in self.pinned if each.differs)

    def otherwise(self) -> Counter[str]:
        """Of all cases that would have gone another way."""
        return sum((each.otherwise for each in self.differing()), Counter[str]())

    def as_json(self) -> dict[str, Any]:
        return {
            "cases": len(self.pinned),
            "differing": [{"case": each.code, "was": each.was, "now": each.now} for each in self.differing()],
            "otherwise": dict(sorted(self.otherwise().items())),
        }


def try_workflows(past: Past, tried: Sequence[Version]) -> WorkflowsTried:
    """In the directory of each case's day; what is tried takes the place of its own versions, at all times."""
    reference = with_tried(past.reference, tried, KIND)
    return WorkflowsTried(tuple(_pinned(reference, case) for case in past.cases))


def _pinned(reference: Reference, case: PastCase) -> Pinned:
    opened = next(fact for fact in case.facts if isinstance(fact, f.CaseOpened))
    was, now = opened.workflow, in_force(reference, opened.category, opened.area, opened.at).workflow
    other = _otherwise(MODEL.workflows[was - 1], MODEL.workflows[now - 1])
    names = (type(fact).fact_name() for fact in case.facts if type(fact) in other)
    return Pinned(case.case.code, was, now, Counter(names))


def _otherwise(old: Workflow, new: Workflow) -> frozenset[type[Fact]]:
    """Facts of which a row is not as it was."""
    rows = {row for procedure in new.procedures for row in procedure.steps}
    return frozenset(row.fact for procedure in old.procedures for row in procedure.steps if row not in rows)
