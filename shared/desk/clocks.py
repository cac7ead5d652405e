"""By when something is owed, from the clock that the directory has in force."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from shared.clocks.count import Pause, due_after
from shared.clocks.errors import NoRuleInForce
from shared.clocks.rule import ClockRule
from shared.clocks.zone import DISTRICT_ZONE
from shared.reference.days import working_days
from shared.reference.reference import Reference


@dataclass(frozen=True, slots=True)
class Owed:
    """`due_at`: the first instant that is too late; `longest`: the units an extension may add, 0 for none."""

    due_at: datetime
    basis: str
    longest: int


def owed(
    reference: Reference, clocks: Sequence[str], started: datetime, extra: int = 0, pauses: Iterable[Pause] = ()
) -> Owed:
    """By the first of these clocks that is in force on the day of the start. Raises NoRuleInForce."""
    for clock in clocks:
        found = reference.get("clock", clock, started)
        if found is not None:
            rule = ClockRule.model_validate(found.entry["rule"])
            longest = rule.extension.longest if rule.extension else 0
            counted = due_after(rule, started, pauses, working_days(reference), extra=extra)
            return Owed(counted.due_at, rule.basis.zh, longest)
    raise NoRuleInForce(", ".join(clocks), started.astimezone(DISTRICT_ZONE).date())
