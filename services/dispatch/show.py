"""How cases and hand-offs look to people: names beside codes, and what may be done next."""

from collections.abc import Iterable, Mapping
from typing import Any

from services.dispatch.model import HANDOFF, MODEL, Case, Handoff, words
from services.dispatch.model.clock import RunningClock
from services.dispatch.scope import Scope
from shared.procedure.actor import Where
from shared.procedure.procedure import Procedure
from shared.record.decide import Outcome
from shared.refusals.words import Words
from shared.web.call import Call

NAMED = {
    "department": "department",
    "lead": "department",
    "answerable": "department",
    "category": "category",
    "area": "area",
}


def name_of(call: Call, kind: str, code: str | None) -> str | None:
    """The name in the caller's language; the code itself where the directory has none that day."""
    if code is None:
        return None
    version = call.runtime.reference.get(kind, code, call.at)
    return version.entry.get(f"name_{call.language}", code) if version else code


def with_names(call: Call, row: Mapping[str, Any], said: Words = words.CASE) -> dict[str, Any]:
    """`said`: of whose `status` it is."""
    named = {f"{field}_name": name_of(call, kind, row[field]) for field, kind in NAMED.items() if field in row}
    if row.get("status") in said:
        named["status_name"] = word(call, said, row["status"])
    return {**row, **named}


def word(call: Call, said: Words, code: str) -> str:
    return said[code].said(call.language)


def rows(call: Call, found: Iterable[Mapping[str, Any]], said: Words = words.CASE) -> list[dict[str, Any]]:
    return [with_names(call, row, said) for row in found]


def clocks(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**with_names(call, row), "rule_name": _clock_name(call, row["rule"])} for row in found]


def case(call: Call, state: Case) -> dict[str, Any]:
    """What this person sees of the case, with what they may do next."""
    state = Scope.of(call.actor).view(state) or Case()
    shown = state.model_dump(mode="json", exclude={"handoffs", "clocks"})
    here = Where(area=state.area)
    return {
        **with_names(call, shown),
        "co_handler_names": [name_of(call, "department", code) for code in state.co_handlers],
        "without_authority_names": [name_of(call, "department", code) for code in state.without_authority],
        "handoffs": [handoff(call, state, part) for part in state.handoffs],
        "clocks": [_clock(call, clock) for clock in state.clocks],
        **_steps(call, MODEL.procedures[0], state, None, here),
    }


def _clock(call: Call, clock: RunningClock) -> dict[str, Any]:
    deadline = clock.deadline
    return {
        **clock.model_dump(mode="json"),
        "colour": clock.colour,
        "rule_name": _clock_name(call, deadline.rule),
        "answerable_name": name_of(call, "department", deadline.answerable),
    }


def _clock_name(call: Call, code: str) -> str:
    version = call.runtime.reference.get("clock", code, call.at)
    return str(version.entry["rule"]["name"][call.language]) if version else code


def handoff(call: Call, state: Case, part: Handoff) -> dict[str, Any]:
    office = Where(area=state.area, departments=frozenset({part.department}))
    shown = with_names(call, part.model_dump(mode="json"), words.HANDOFF)
    return {**shown, **_steps(call, HANDOFF, state, part, office)}


def _steps(call: Call, procedure: Procedure, state: Case, part: Handoff | None, where: Where) -> dict[str, Any]:
    """What this person may do next, for programs and for people."""
    steps = sorted({step.command.step_name() for step in procedure.open_to(state, part, call.actor, where)})
    return {"steps": steps, "step_names": [word(call, procedure.words, step) for step in steps]}


def outcome(call: Call) -> Any:
    """For `call.record`: the case after the command."""

    def shown(result: Outcome) -> Mapping[str, Any]:
        return {**case(call, result.state), "version": result.version}

    return shown
