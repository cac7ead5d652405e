"""How cases and hand-offs look to people: names beside codes, and what may be done next."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from functools import cache, partial
from typing import Any

from services.dispatch import deadlines, figures
from services.dispatch.facts import WORKFLOWS
from services.dispatch.faults import Fault
from services.dispatch.model import MODEL, Case, Handoff, words
from services.dispatch.model.clock import Exclusion, RunningClock
from services.dispatch.model.handoff import parents_office
from services.dispatch.model.moves import CENTRE
from services.dispatch.model.state import Consultation
from services.dispatch.scope import Scope
from services.dispatch.search import Understood
from shared.facts.telling import tell
from shared.procedure.actor import Where
from shared.procedure.law import Law, laws
from shared.procedure.procedure import Located, Procedure
from shared.procedure.standing import COLOURS, LAPSED
from shared.procedure.step import State, Step
from shared.record.decide import Outcome
from shared.reference.naming import teller
from shared.refusals.words import Words
from shared.web.call import Call

Naming = Callable[[str, str | None], str | None]
NAMED = {
    "department": "department",
    "lead": "department",
    "answerable": "department",
    "with_whom": "department",
    "came_from": "department",
    "category": "category",
    "area": "area",
}


def name_of(call: Call, kind: str, code: str | None) -> str | None:
    """As `Call.name`; none of nothing."""
    return None if code is None else call.name(kind, code)


def with_names(call: Call, row: Mapping[str, Any], said: Words = words.CASE) -> dict[str, Any]:
    """`said`: of whose `status` it is."""
    return _with_names(call, row, said, partial(name_of, call))


def _with_names(call: Call, row: Mapping[str, Any], said: Words, name: Naming) -> dict[str, Any]:
    named = {f"{field}_name": name(kind, row[field]) for field, kind in NAMED.items() if field in row}
    if "colour" in row:
        named["colour_name"] = _colour(call, row["colour"], bool(row.get("overdue")))
    if "workflow" in row:
        named["workflow_name"] = WORKFLOWS[row["workflow"]].said(call.language)
    if "came_by" in row:
        named["came_by_name"] = word(call, words.WAYS, row["came_by"])
    if row.get("came_from") == CENTRE:
        named["came_from_name"] = words.CENTRE.said(call.language)
    if row.get("status") in said:
        named["status_name"] = word(call, said, row["status"])
    return {**row, **named}


def _colour(call: Call, number: int | None, lapsed: bool) -> str | None:
    """By the row's number: of a clock without the lapse, which it says itself."""
    return None if number is None else tuple(COLOURS.values())[LAPSED if lapsed else number].said(call.language)


def word(call: Call, said: Words, code: str) -> str:
    return said[code].said(call.language)


def rows(call: Call, found: Iterable[Mapping[str, Any]], said: Words = words.CASE) -> list[dict[str, Any]]:
    """Each name looked up once."""
    name = cache(partial(name_of, call))
    return [_with_names(call, row, said, name) for row in found]


def timeline(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each fact with the sentence that it is told in."""
    by = teller(call.runtime.reference, call.language, call.at)
    return [{**row, "told": tell(row["type"], row["data"], row["at"], by)} for row in rows(call, found)]


def told(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Only the sentences."""
    return [{name: value for name, value in row.items() if name != "data"} for row in timeline(call, found)]


def understood(call: Call, words: Iterable[Understood]) -> dict[str, Any]:
    """How a search was understood, word by word; nothing without one."""
    found = [
        {
            "word": each.word,
            "field": each.field,
            "values": list(each.values),
            "names": [name_of(call, each.field, value) for value in each.values],
        }
        for each in words
    ]
    return {"understood": found} if found else {}


def clocks(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    rule = cache(partial(_clock_name, call))
    return [{**row, "rule_name": rule(row["rule"])} for row in rows(call, found)]


def case(call: Call, state: Case) -> dict[str, Any]:
    """What this person sees of the case, with what they may do next."""
    state = Scope.of(call.actor).view(state) or Case()
    shown = state.model_dump(mode="json", exclude={"handoffs", "clocks", "consultations", "links"})
    here = Where(area=state.area)
    return {
        **with_names(call, shown),
        "co_handler_names": [name_of(call, "department", code) for code in state.co_handlers],
        "without_authority_names": [name_of(call, "department", code) for code in state.without_authority],
        "handoffs": [handoff(call, state, part) for part in state.handoffs],
        "consultations": [consultation(call, state, one) for one in state.consultations],
        "clocks": [_clock(call, clock) for clock in state.clocks],
        **_case_steps(call, state, here),
    }


def _case_steps(call: Call, state: Case, here: Where) -> dict[str, Any]:
    """Of the case itself, and those that begin something new in it."""
    own = _procedure(state, "case")
    found = [(step, own.words) for step in own.open_to(state, None, call.actor, here)]
    for each in MODEL.workflow_of(state).procedures:
        found += [(step, each.words) for step in each.beginning(state, call.actor, here)]
    return _open(call, found)


def _clock(call: Call, clock: RunningClock) -> dict[str, Any]:
    deadline = clock.deadline
    return {
        **clock.model_dump(mode="json"),
        "colour": clock.colour,
        "stood_still": deadlines.stood_still(call.runtime.reference, clock, call.at),
        "left_out": deadlines.left_out(call.runtime.reference, clock, call.at),
        "excluded": _exclusions(call, clock.excluded),
        "rule_name": _clock_name(call, deadline.rule),
        "answerable_name": name_of(call, "department", deadline.answerable),
        "with_whom_name": name_of(call, "department", clock.with_whom),
    }


def _exclusions(call: Call, found: Iterable[Exclusion]) -> list[dict[str, Any]]:
    return [{**one.model_dump(mode="json"), "ground_name": word(call, words.GROUNDS, one.ground)} for one in found]


def _clock_name(call: Call, code: str) -> str:
    version = call.runtime.reference.get("clock", code, call.at)
    return str(version.entry["rule"]["name"][call.language]) if version else code


def counts(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of hand-offs; a colour by its word, so that it can be asked for."""
    colours = tuple(COLOURS)
    named = rows(call, found, words.HANDOFF)
    return [{**row, "colour": None if row["colour"] is None else colours[row["colour"]]} for row in named]


def age(call: Call, number: int) -> str:
    """Of a bucket: `1—3 天`."""
    days = [limit.days for limit in figures.AGES]
    if number == 0:
        return words.YOUNGEST.said(call.language).format(to=days[0])
    if number == len(days):
        return words.OLDEST.said(call.language).format(since=days[-1])
    return words.AGED.said(call.language).format(since=days[number - 1], to=days[number])


def fault(call: Call, found: Fault) -> dict[str, Any]:
    return {**asdict(found), "reason_name": word(call, words.FAULTS, found.reason)}


def rates(call: Call, counted: Mapping[str, int]) -> list[dict[str, Any]]:
    """Each with its numerator and denominator; None where nobody was asked, which is no nought."""
    answered = counted["solved"] + counted["not_solved"]
    over = {
        "answered": (answered, answered + counted["not_reached"] + counted["anonymous"] + counted["to_be_asked"]),
        "solved": (counted["solved"], answered),
        "satisfied": (counted["satisfied"], counted["satisfaction_asked"]),
    }
    return [
        {
            "rate": name,
            "name": word(call, words.RATES, name),
            "numerator": count,
            "denominator": of,
            "value": count / of if of else None,
        }
        for name, (count, of) in over.items()
    ]


def linked(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**row, "kind_name": word(call, words.LINKS, row["kind"])} for row in rows(call, found)]


def consultations(call: Call, found: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**_consulted(call, row), "seats": [_seat(call, seat) for seat in row["seats"]]} for row in found]


def consultation(call: Call, state: Case, one: Consultation) -> dict[str, Any]:
    seated = Where(area=state.area, departments=one.invited)
    shown = _consulted(call, one.model_dump(mode="json"))
    return {
        **shown,
        "seats": [_seat(call, seat) for seat in shown["seats"]],
        "tasks": [with_names(call, task) for task in shown["tasks"]],
        **_steps(call, _procedure(state, "consultation"), state, one, seated),
    }


def _consulted(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    names = {"referred_to_name": name_of(call, "department", row["referred_to"])}
    return {
        **with_names(call, row, words.CONSULTATION),
        **names,
        "reason_name": word(call, words.REASONS, row["reason"]),
    }


def _seat(call: Call, row: Mapping[str, Any]) -> dict[str, Any]:
    said = word(call, words.POSITIONS, row["position"]) if row["position"] else None
    return {**with_names(call, row), "position_name": said}


def handoff(call: Call, state: Case, part: Handoff) -> dict[str, Any]:
    office = Where(area=state.area, departments=frozenset({part.department}))
    parent = state.handoff(part.parent) if part.parent else None
    above = Where(area=state.area, departments=frozenset({parent.department}) if parent else frozenset())
    procedure = _procedure(state, "handoff")
    shown = with_names(call, part.model_dump(mode="json"), procedure.words)
    shown["excludes_names"] = [word(call, words.GROUNDS, ground) for ground in part.excludes]
    shown["exclusions"] = _exclusions(call, part.exclusions)

    def where(row: Step) -> Where:
        return above if row.where is parents_office else office

    return {**shown, **_steps(call, procedure, state, part, where)}


def _procedure(state: Case, name: str) -> Procedure:
    """Of the version that holds for the case."""
    return next(each for each in MODEL.workflow_of(state).procedures if each.name == name)


def _steps(call: Call, procedure: Procedure, state: Case, part: State | None, where: Where | Located) -> dict[str, Any]:
    """What this person may do next, for programs and for people."""
    return _open(call, [(step, procedure.words) for step in procedure.open_to(state, part, call.actor, where)])


def _open(call: Call, found: Iterable[tuple[Step, Words]]) -> dict[str, Any]:
    """Each once, by its code; with what it is called, and what the law says of it."""
    names: dict[str, str] = {}
    cited: dict[str, list[Law]] = {}
    for step, said in found:
        code = step.command.step_name()
        names[code] = word(call, said, code)
        cited[code] = cited.get(code) or laws(step.law, call.language)
    steps = sorted(names)
    return {
        "steps": steps,
        "step_names": [names[step] for step in steps],
        "step_laws": [cited[step] for step in steps],
    }


def outcome(call: Call) -> Any:
    """For `call.record`: the case after the command."""

    def shown(result: Outcome) -> Mapping[str, Any]:
        return {**case(call, result.state), "version": result.version}

    return shown
