"""Who might act on a case that waits for a person's decision, and on what ground. A suggestion, never a decision."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.dispatch import routing
from services.dispatch.alike import Acted
from services.dispatch.authority import Matter
from services.dispatch.model import MODEL, Case
from services.dispatch.model.guards import offer_refused
from services.dispatch.model.state import CO, LEAD
from services.dispatch.routing import Answer
from shared.procedure.step import Command
from shared.reference.reference import Reference, Version
from shared.refusals.refusals import Refused

RULE, CANDIDATE, AUTHORITY, DUTY, ACTED = "rule", "candidate", "authority", "duty", "acted"


@dataclass(frozen=True, slots=True)
class Ground:
    """`by`: the entry of the directory that says so; `acted`: how often, in cases like it."""

    kind: str
    by: Version | None = None
    acted: Acted | None = None


@dataclass(slots=True)
class Suggested:
    """`refused`: why it could not be offered to them, if so."""

    department: str
    part: str = LEAD
    grounds: list[Ground] = field(default_factory=list)
    refused: Refused | None = None


def suggestions(reference: Reference, case: Case, acted: Iterable[Acted], at: datetime) -> list[Suggested]:
    """By the catalogue, the authority list, whose duty it is, then who acted in cases like it; each once."""
    found: dict[str, Suggested] = {}
    for department, part, ground in _grounds(reference, case, acted, at):
        found.setdefault(department, Suggested(department, part)).grounds.append(ground)
    for each in found.values():
        made = routing.offer_in(reference, case, each.department, each.part, at)
        each.refused = offer_refused(case, made)
    return sorted(found.values(), key=lambda each: each.refused is not None)


def _grounds(
    reference: Reference, case: Case, acted: Iterable[Acted], at: datetime
) -> Iterable[tuple[str, str, Ground]]:
    matter = Matter.of(case, at)
    answer = routing.look_up(reference, matter.category, matter.area, matter.filed)
    yield from _by_rules(reference, matter, answer)
    for entry in reference.having("authority", matter.filed, category=matter.category):
        if matter.area.startswith(entry.entry["area"]):
            yield entry.entry["department"], LEAD, Ground(AUTHORITY, entry)
    category = reference.get("category", matter.category, matter.filed)
    if category is not None and category.entry.get("duty"):
        yield category.entry["duty"], LEAD, Ground(DUTY, category)
    for each in acted:
        yield each.department, LEAD, Ground(ACTED, acted=each)


def _by_rules(reference: Reference, matter: Matter, answer: Answer) -> Iterable[tuple[str, str, Ground]]:
    if answer.rule is not None:
        for place, department in enumerate(answer.departments):
            yield department, CO if place else LEAD, Ground(RULE, answer.rule)
    elif answer.reason == "several_rules":
        rules = reference.having("rule", matter.filed, category=matter.category)
        for rule in rules:
            if rule.entry["lead"] in answer.candidates and matter.area.startswith(rule.entry["area"]):
                yield rule.entry["lead"], LEAD, Ground(CANDIDATE, rule)


@dataclass(frozen=True, slots=True)
class Tried:
    """A department, and why the task could not be passed on to it; None: it could."""

    department: str
    refused: Refused | None


def tried(case: Case, made: Sequence[tuple[str, Sequence[Command]]]) -> list[Tried]:
    """Each department's commands carried out on the case as it is, and forgotten."""
    return [Tried(department, _refusal(case, commands)) for department, commands in made]


def _refusal(case: Case, commands: Sequence[Command]) -> Refused | None:
    state: Any = case
    try:
        for command in commands:
            state, _ = MODEL.carry_out(state, command)
    except Refused as refusal:
        return refusal
    return None
