"""Rules of the catalogue tried on past cases: where they would have gone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from deploy.whatif.past import Past, PastCase
from services.dispatch import facts as f
from services.dispatch import routing
from shared.reference.reference import Reference, Version

KIND = "rule"


@dataclass(frozen=True, slots=True)
class Way:
    """To whom, the lead first; nobody: there was no single answer, and `why` says why."""

    departments: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    code: str
    was: Way
    now: Way

    @property
    def differs(self) -> bool:
        return self.was.departments != self.now.departments


@dataclass(frozen=True, slots=True)
class RulesTried:
    """`routed`: every case of which the past says how it was routed first."""

    routed: tuple[Routed, ...]

    def elsewhere(self) -> tuple[Routed, ...]:
        """Cases that would have gone to others, or found somebody where nobody was found."""
        return tuple(each for each in self.routed if each.differs and each.now.departments)

    def unanswered(self) -> tuple[Routed, ...]:
        """Cases that would have waited for a dispatcher, whether they did or not."""
        return tuple(each for each in self.routed if not each.now.departments)

    def as_json(self) -> dict[str, Any]:
        def row(each: Routed) -> dict[str, Any]:
            return {"case": each.code, "was": _json(each.was), "now": _json(each.now)}

        return {
            "cases": len(self.routed),
            "elsewhere": [row(each) for each in self.elsewhere()],
            "unanswered": [row(each) for each in self.unanswered()],
        }


def try_rules(past: Past, tried: Sequence[Version]) -> RulesTried:
    """In the catalogue of each case's day; a tried rule takes the place of its own versions, at all times."""
    catalogue = with_tried(past.reference, tried, KIND)
    found = ((case, _was(case)) for case in past.cases)
    return RulesTried(
        tuple(Routed(case.case.code, was, _now(catalogue, case)) for case, was in found if was is not None)
    )


def with_tried(reference: Reference, tried: Sequence[Version], of: str) -> Reference:
    """A copy of what is looked up for a case's opening, with these entries of the kind in the place of their own."""
    codes, copy = {version.code for version in tried}, Reference()
    for kind in ("area", "category", "department", of):
        for version in reference.versions(kind):
            if kind != of or version.code not in codes:
                copy.keep(kind, version)
    for version in tried:
        copy.keep(of, version)
    return copy


def _was(case: PastCase) -> Way | None:
    """How it was routed first: what a dispatcher or an office made of it later is left aside."""
    for fact in case.facts:
        if isinstance(fact, f.CaseRouted):
            return Way((fact.lead, *fact.co_handlers))
        if isinstance(fact, f.CaseQueued):
            return Way((), fact.reason)
    return None


def _now(catalogue: Reference, case: PastCase) -> Way:
    opened = next(fact for fact in case.facts if isinstance(fact, f.CaseOpened))
    answer = routing.look_up(catalogue, opened.category, opened.area, opened.at)
    if answer.rule is None:
        return Way((), answer.reason)
    departments = tuple(routing.departments(answer.rule))
    return Way((), "complained_of") if set(departments) & set(opened.barred) else Way(departments)


def _json(way: Way) -> dict[str, Any]:
    return {"departments": list(way.departments), "why": way.why or None}
