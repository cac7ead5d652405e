"""Rules of the catalogue that cannot decide: found before a case meets them, and told to whoever watches."""

from dataclasses import dataclass
from datetime import date, datetime

from services.dispatch import routing
from shared.reference.reference import Reference, Version
from shared.web.runtime import Runtime


@dataclass(frozen=True, slots=True)
class Fault:
    """`reason`: several_rules, department_gone or category_gone; `about`: which others, or who is gone."""

    rule: str
    reason: str
    about: tuple[str, ...]


def faults(reference: Reference, on: date | datetime) -> list[Fault]:
    rules = sorted(reference.all("rule", on), key=lambda version: version.code)
    found = (_fault(reference, rule, on) for rule in rules)
    return [fault for fault in found if fault is not None]


def watch(runtime: Runtime) -> str | None:
    """For readiness: cases that meet such a rule wait in the queue meanwhile."""
    found = faults(runtime.reference, runtime.now())
    if not found:
        return None
    named = ", ".join(f"{fault.rule} ({fault.reason})" for fault in found[:5])
    return f"{len(found)} rules of the catalogue cannot decide: {named}; their cases are queued, mend them in directory"


def _fault(reference: Reference, rule: Version, on: date | datetime) -> Fault | None:
    same = reference.having("rule", on, category=rule.entry["category"], area=rule.entry["area"])
    rivals = tuple(sorted(other.code for other in same if other.code != rule.code))
    if rivals:
        return Fault(rule.code, "several_rules", rivals)
    if reference.get("category", rule.entry["category"], on) is None:
        return Fault(rule.code, "category_gone", (rule.entry["category"],))
    named = dict.fromkeys(routing.departments(rule))
    gone = tuple(code for code in named if reference.get("department", code, on) is None)
    return Fault(rule.code, "department_gone", gone) if gone else None
