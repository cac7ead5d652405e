"""Who should act: the catalogue's single answer with the rule that said so, or the manual queue. Never a guess."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.dispatch import authority, deadlines
from services.dispatch.authority import Matter
from services.dispatch.model import commands as c
from services.dispatch.model.state import CO, LEAD, Case
from shared.procedure.step import Command
from shared.reference.reference import Reference, Version


@dataclass(frozen=True, slots=True)
class Answer:
    """`rule` None: nobody, or more than one; `reason` says which and `candidates` between whom.

    `departments`: who acts, the lead first. With `no_authority` these are others than the rule's: `candidates` are
    then the towns that it names and that have no authority.
    """

    rule: Version | None
    reason: str = ""
    candidates: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    authority: Version | None = None


def look_up(reference: Reference, category: str, area: str, on: date | datetime) -> Answer:
    """The rule for the smallest area that holds the place, on that day."""
    matching = [
        version
        for version in reference.all("rule", on)
        if version.entry["category"] == category and area.startswith(version.entry["area"])
    ]
    if not matching:
        return Answer(None, "no_rule")
    smallest = max(len(version.entry["area"]) for version in matching)
    best = [version for version in matching if len(version.entry["area"]) == smallest]
    if len(best) > 1:
        return Answer(None, "several_rules", tuple(sorted(version.entry["lead"] for version in best)))
    return _acting(reference, best[0], Matter(category, area, on))


def _acting(reference: Reference, rule: Version, matter: Matter) -> Answer:
    """The rule's departments; in the place of a town without authority, whose duty the matter is."""
    found = {code: authority.standing(reference, matter, code) for code in departments(rule)}
    without = tuple(code for code, standing in found.items() if standing.duty)
    acting = tuple(dict.fromkeys(standing.duty or code for code, standing in found.items()))
    missing = tuple(code for code in acting if reference.get("department", code, matter.filed) is None)
    if missing:
        return Answer(None, "department_gone", missing)
    lead = found.get(acting[0])
    return Answer(rule, "no_authority" if without else "", without, acting, lead.authority if lead else None)


def departments(rule: Version) -> Sequence[str]:
    """The lead first."""
    return [rule.entry["lead"], *(rule.entry.get("co_handlers") or ())]


def offer(reference: Reference, category: str, department: str, part: str, at: datetime) -> c.Offer:
    """An offer with its clocks and the way the department works."""
    found = reference.get("department", department, at)
    via = found.entry.get("service") if found else None
    objection = deadlines.first(reference, (f"{deadlines.OBJECTION}_{via}", deadlines.OBJECTION), at, department)
    rule = deadlines.rule(reference, objection.rule, at) if objection else None
    if objection is not None and objection.silence is not None:
        handling = deadlines.handling(reference, category, objection.due_at, department)
        objection = objection.model_copy(update={"then": handling})
    return c.Offer(
        department=department,
        part=part,
        via=via,
        known=found is not None,
        objection_until=objection.due_at if objection else None,
        objection=objection,
        consent=rule is not None and rule.consent,
        deadline=deadlines.first(reference, deadlines.acceptance(via), at, department),
    )


def transferring(reference: Reference, stamp: deadlines.Stamp, to: str, **about: Any) -> deadlines.Deciding:
    """The same part, offered to another; `about`: which hand-off, and why."""

    def commands(case: Case) -> Sequence[Command]:
        handoff = case.handoff(about["handoff_id"])
        made = offer(reference, case.category, to, handoff.part if handoff else LEAD, stamp["at"])
        made = authority.weighed(reference, Matter.of(case, stamp["at"]), made)
        return [c.TransferHandoff(**stamp, **about, offer=made)]

    return commands


def by_hand(reference: Reference, stamp: deadlines.Stamp, codes: Sequence[str]) -> deadlines.Deciding:
    """A person decides who acts, the lead first."""

    def commands(case: Case) -> Sequence[Command]:
        matter = Matter.of(case, stamp["at"])
        made = tuple(
            authority.weighed(reference, matter, each) for each in offers(reference, case.category, codes, stamp["at"])
        )
        return [c.RouteCase(**stamp, rule="manual", offers=made)]

    return commands


def offering(
    reference: Reference, stamp: deadlines.Stamp, department: str, part: str, replaces: str | None
) -> deadlines.Deciding:
    """One more task of the case, or one that came back."""

    def commands(case: Case) -> Sequence[Command]:
        made = offer(reference, case.category, department, part, stamp["at"])
        made = authority.weighed(reference, Matter.of(case, stamp["at"]), made)
        return [c.OfferHandoff(**stamp, offer=made, replaces=replaces)]

    return commands


def offers(reference: Reference, category: str, codes: Sequence[str], at: datetime) -> tuple[c.Offer, ...]:
    """The first is the lead's."""
    parts = [LEAD, *(CO for _ in codes[1:])]
    return tuple(offer(reference, category, code, part, at) for code, part in zip(codes, parts, strict=True))
