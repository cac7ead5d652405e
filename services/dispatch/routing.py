"""Who should act: the catalogue's single answer with the rule that said so, or the manual queue. Never a guess."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.dispatch import authority, deadlines
from services.dispatch.authority import Matter
from services.dispatch.model import commands as c
from services.dispatch.model.state import CHILD, CO, LEAD, Case, Handoff, with_handoff
from shared.contents.refs import ContentRef
from shared.identity.sealing import circle_of
from shared.procedure.step import Command
from shared.reference.reference import Reference, Version
from shared.reference.tree import upward


@dataclass(frozen=True, slots=True)
class Answer:
    """`rule` None: nobody, or more than one; `reason` says which and `candidates` between whom.

    `departments`: who acts, the lead first. With `no_authority` these are others than the rule's: `candidates` are
    then the town or community that it names as lead without authority.
    """

    rule: Version | None
    reason: str = ""
    candidates: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    authority: Version | None = None


def look_up(reference: Reference, category: str, area: str, on: date | datetime) -> Answer:
    """The rule for the smallest area that holds the place, on that day."""
    rules = reference.having("rule", on, category=category)
    matching = [version for version in rules if area.startswith(version.entry["area"])]
    if not matching:
        return Answer(None, "no_rule")
    smallest = max(len(version.entry["area"]) for version in matching)
    best = [version for version in matching if len(version.entry["area"]) == smallest]
    if len(best) > 1:
        return Answer(None, "several_rules", tuple(sorted(version.entry["lead"] for version in best)))
    return _acting(reference, best[0], Matter(category, area, on))


def _acting(reference: Reference, rule: Version, matter: Matter) -> Answer:
    """The rule's departments; in the place of a lead without authority, whose duty the matter is."""
    named = departments(rule)
    found = {
        code: authority.standing(reference, matter, code, CO if place else LEAD) for place, code in enumerate(named)
    }
    without = tuple(code for code, standing in found.items() if standing.duty)
    acting = tuple(dict.fromkeys(standing.duty or code for code, standing in found.items()))
    missing = tuple(code for code in acting if reference.get("department", code, matter.filed) is None)
    if missing:
        return Answer(None, "department_gone", missing)
    lead = found.get(acting[0])
    return Answer(rule, "no_authority" if without else "", without, acting, lead.authority if lead else None)


def first_step(
    reference: Reference, stamp: deadlines.Stamp, category: str, area: str, barred: Sequence[str]
) -> Command:
    """Routed by the catalogue, or queued for a person."""
    at = stamp["at"]
    answer = look_up(reference, category, area, at)
    if answer.rule is not None and set(barred) & set(answer.departments):
        answer = Answer(None, "complained_of", ())
    if answer.rule is None:
        clock = deadlines.centres(reference, deadlines.QUEUE, at)
        return c.QueueCase(**stamp, reason=answer.reason, candidates=answer.candidates, deadline=clock)
    matter = Matter(category, area, at)
    made = offers(reference, category, answer.departments, at)
    strangers = tuple(offer.department for offer in made if offer.outside)
    if strangers:
        clock = deadlines.centres(reference, deadlines.QUEUE, at)
        return c.QueueCase(**stamp, reason="outside_circle", candidates=strangers, deadline=clock)
    return c.RouteCase(
        **stamp,
        rule=answer.rule.code,
        rule_from=answer.rule.valid_from,
        offers=tuple(authority.weighed(reference, matter, offer) for offer in made),
        without_authority=answer.candidates,
    )


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
        outside=outside(reference, category, department, at),
        objection_until=objection.due_at if objection else None,
        objection=objection,
        consent=rule is not None and rule.consent,
        deadline=deadlines.first(reference, deadlines.acceptance(via), at, department),
    )


def outside(reference: Reference, category: str, department: str, at: datetime) -> bool:
    """A sealed matter stays within the circle that its category names, and what is below it."""
    circle = circle_of(reference, category, at)
    return bool(circle) and not within(reference, department, circle, at)


def within(reference: Reference, department: str, circle: Collection[str], at: datetime) -> bool:
    """Whether it is one of them, or lies below one that day."""
    return not set(circle).isdisjoint(upward(reference, department, at))


def offer_in(reference: Reference, case: Case, department: str, part: str, at: datetime) -> c.Offer:
    """An offer of this case now, weighed by the authority list of the day on which it was opened."""
    made = offer(reference, case.category, department, part, at)
    return authority.weighed(reference, Matter.of(case, at), made)


def transferring(reference: Reference, stamp: deadlines.Stamp, to: str, **about: Any) -> deadlines.Deciding:
    """The same part, offered to another; `about`: which hand-off, and why."""

    def commands(case: Case) -> Sequence[Command]:
        handoff = case.handoff(about["handoff_id"])
        made = offer_in(reference, case, to, handoff.part if handoff else LEAD, stamp["at"])
        return [c.TransferHandoff(**stamp, **about, offer=made)]

    return commands


def by_hand(
    reference: Reference,
    stamp: deadlines.Stamp,
    codes: Sequence[str],
    in_turn: Sequence[str] = (),
    note: ContentRef | None = None,
) -> deadlines.Deciding:
    """A person decides who acts, the lead first; `in_turn`: who helps one after the other, once the lead is done."""

    def commands(case: Case) -> Sequence[Command]:
        made = tuple(
            offer_in(reference, case, code, CO if place else LEAD, stamp["at"]) for place, code in enumerate(codes)
        )
        routed = c.RouteCase(**stamp, rule="manual", offers=made, note=note)
        there = len(case.handoffs)
        # As they are numbered: after the lead, then each after the one before.
        before = [there + 1, *range(there + len(codes) + 1, there + len(codes) + len(in_turn))]
        return [
            routed,
            *(
                c.PlanHandoff(
                    **stamp,
                    offer=offer_in(reference, case, code, CO, stamp["at"]),
                    after=f"{case.case_id}.{number}",
                    note=note,
                )
                for code, number in zip(in_turn, before, strict=False)
            ),
        ]

    return commands


def offering(
    reference: Reference, stamp: deadlines.Stamp, department: str, part: str, **about: Any
) -> deadlines.Deciding:
    """One more task of the case, or one that came back; `about`: what it replaces, and what for."""

    def commands(case: Case) -> Sequence[Command]:
        made = offer_in(reference, case, department, part, stamp["at"])
        return [c.OfferHandoff(**stamp, offer=made, **about)]

    return commands


def planning(
    reference: Reference, stamp: deadlines.Stamp, department: str, part: str, **about: Any
) -> deadlines.Deciding:
    """A task whose turn comes after another one; `about`: which one, and what for."""

    def commands(case: Case) -> Sequence[Command]:
        made = offer_in(reference, case, department, part, stamp["at"])
        return [c.PlanHandoff(**stamp, offer=made, **about)]

    return commands


def _is_last(case: Case, handoff: Handoff) -> bool:
    """Whether the case would be resolved by taking it back."""
    recalled = handoff.model_copy(update={"status": "recalled"})
    return case.model_copy(update=with_handoff(case, recalled)).all_parts_done()


def passing_on(reference: Reference, stamp: deadlines.Stamp, to: str, **about: Any) -> deadlines.Deciding:
    """The task to another department, whether or not the one that it was offered to has taken it on: transferred, or
    taken back and offered anew, in one. `about`: which hand-off, and why."""
    transferred = transferring(reference, stamp, to, **about)

    def commands(case: Case) -> Sequence[Command]:
        handoff = case.handoff(about["handoff_id"])
        if handoff is None or handoff.status != "offered":
            return transferred(case)
        made = offer_in(reference, case, to, handoff.part, stamp["at"])
        by = deadlines.offer_by(reference, stamp["at"])
        recall = c.RecallHandoff(**stamp, **about, offer_by=by)
        if _is_last(case, handoff):
            return [c.OfferHandoff(**stamp, offer=made, note=handoff.note), recall]
        return [recall, c.OfferHandoff(**stamp, offer=made, replaces=handoff.handoff_id, note=handoff.note)]

    return commands


def assigning(reference: Reference, stamp: deadlines.Stamp, department: str, **about: Any) -> deadlines.Deciding:
    """A part of the office's own task, for one of its own; `about`: which hand-off, and what for."""

    def commands(case: Case) -> Sequence[Command]:
        whole = case.handoff(about["handoff_id"])
        made = offer(reference, case.category, department, CHILD, stamp["at"])
        clock = deadlines.part_of_the_time(case, about["handoff_id"], stamp["at"], department)
        above = whole.department if whole else ""
        below = department != above and within(reference, department, {above}, stamp["at"])
        own = {"below": below, "deadline": clock, "objection": None, "objection_until": None, "consent": False}
        return [c.AssignPart(**stamp, **about, offer=made.model_copy(update=own))]

    return commands


def turns(reference: Reference, case: Case, at: datetime) -> tuple[c.Turn, ...]:
    """Every planned task as the offer that it would be now."""
    planned = (h for h in case.handoffs if h.status == "planned")
    return tuple(
        c.Turn(handoff_id=h.handoff_id, offer=offer_in(reference, case, h.department, h.part, at)) for h in planned
    )


def completing(reference: Reference, stamp: deadlines.Stamp, **about: Any) -> deadlines.Deciding:
    """An office reports it as done: with what comes of that, whether the centre verifies first or not."""

    def commands(case: Case) -> Sequence[Command]:
        at = stamp["at"]
        after = {"turns": turns(reference, case, at), "follow_up": deadlines.follow_up(reference, case.category, at)}
        due = deadlines.centres(reference, deadlines.VERIFICATION, at)
        return [c.CompleteHandoff(**stamp, **about, **after, deadline=due)]

    return commands


def ending(
    reference: Reference, command: type[c.VerifyHandoff] | type[c.WaiveHandoff], stamp: deadlines.Stamp, **about: Any
) -> deadlines.Deciding:
    """A verification or a waiver: whatever was planned after it comes with its offer."""

    def commands(case: Case) -> Sequence[Command]:
        at = stamp["at"]
        after = {"turns": turns(reference, case, at), "follow_up": deadlines.follow_up(reference, case.category, at)}
        return [command(**stamp, **about, **after)]

    return commands


def offers(reference: Reference, category: str, codes: Sequence[str], at: datetime) -> tuple[c.Offer, ...]:
    """The first is the lead's."""
    parts = [LEAD, *(CO for _ in codes[1:])]
    return tuple(offer(reference, category, code, part, at) for code, part in zip(codes, parts, strict=True))
