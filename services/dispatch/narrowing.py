"""What a filter means in SQL, of cases, of their hand-offs and of their clocks."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, and_, case, exists, or_, true

from services.dispatch.codes import opened_within
from services.dispatch.filters import Filter
from services.dispatch.scope import in_areas, within
from services.dispatch.tables import CASES, CLOCKS, HANDOFFS, TALLIES
from shared.procedure.standing import COLOURS, LAPSED

Condition = Callable[[Any, Filter], ColumnElement[bool]]
PARTS = HANDOFFS.alias("parts")
"""The hand-offs of a case, also inside a query of hand-offs."""


def _has_part(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(PARTS.c.case_id == CASES.c.id, *conditions)


def _has_clock(*conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(CLOCKS.c.case_id == CASES.c.id, *conditions)


def _by(wanted: Filter) -> tuple[ColumnElement[bool], ...]:
    return (_one_of(CLOCKS.c.answerable, wanted.answerable),) if wanted.answerable else ()


def _one_of(column: ColumnElement[Any], values: tuple[Any, ...]) -> ColumnElement[bool]:
    return column == values[0] if len(values) == 1 else column.in_(values)


def _is(column: ColumnElement[Any]) -> Condition:
    return lambda value, wanted: column == value


def among(column: ColumnElement[Any]) -> Condition:
    return lambda values, wanted: _one_of(column, values)


def places(column: ColumnElement[str]) -> Condition:
    """Each stands for all in it."""
    return lambda values, wanted: in_areas(column, values)


def _coded(code: ColumnElement[str], opened_at: ColumnElement[datetime]) -> Condition:
    """A code has its day in it: said by time too, a list in that order has not far to walk."""
    return lambda values, wanted: or_(*(and_(within(code, value), _opened(opened_at, value)) for value in values))


def _opened_as_coded(opened_at: ColumnElement[datetime]) -> Condition:
    return lambda values, wanted: or_(*(_opened(opened_at, value) for value in values))


def _opened(column: ColumnElement[datetime], code: str) -> ColumnElement[bool]:
    bounds = opened_within(code)
    return and_(column >= bounds[0], column < bounds[1]) if bounds else true()


def _colours(column: ColumnElement[Any]) -> Condition:
    """By the number that the row has."""
    numbers = {name: number for number, name in enumerate(COLOURS)}
    return lambda values, wanted: _one_of(column, tuple(numbers[value] for value in values))


def _before(column: ColumnElement[Any]) -> Condition:
    return lambda moment, wanted: column < moment


def _late(late: bool, wanted: Filter) -> ColumnElement[bool]:
    """Somebody in particular, or anybody."""
    if wanted.answerable:
        return _either(_has_clock(CLOCKS.c.overdue, *_by(wanted)))(late, wanted)
    return CASES.c.colour == LAPSED if late else CASES.c.colour.is_distinct_from(LAPSED)


def _time(column: ColumnElement[Any], to: bool) -> Condition:
    return lambda moment, wanted: column < moment if to else column >= moment


def _times(name: str, column: ColumnElement[Any]) -> dict[str, Condition]:
    return {f"{name}_from": _time(column, to=False), f"{name}_to": _time(column, to=True)}


def _of_move(parts: FromClause) -> Mapping[str, Condition]:
    """From where a hand-off came, and when it began and ended."""
    return {
        "came_from": among(parts.c.came_from),
        "came_by": among(parts.c.came_by),
        **_times("offered", parts.c.offered_at),
        **_times("ended", parts.c.ended_at),
    }


MOVE = _of_move(PARTS)


def _has_moved(value: Any, wanted: Filter) -> ColumnElement[bool]:
    """All that is asked of a move is asked of one hand-off."""
    return _has_part(*(MOVE[name](each, wanted) for name, each in wanted.asked() if name in MOVE))


def _either(condition: ColumnElement[bool]) -> Condition:
    return lambda value, wanted: condition if value else ~condition


OF_CASES: Mapping[str, Condition] = {
    "status": among(CASES.c.status),
    "department": lambda codes, wanted: _has_part(_one_of(PARTS.c.department, codes)),
    "category": among(CASES.c.category),
    "kind": among(CASES.c.kind),
    "area": places(CASES.c.area),
    "code": _coded(CASES.c.code, CASES.c.opened_at),
    "colour": _colours(CASES.c.colour),
    "due_before": lambda moment, wanted: and_(CASES.c.due_at < moment, CASES.c.colour.is_not(None)),
    "overdue": _late,
    "extension_asked": _either(_has_part(PARTS.c.extension_days.is_not(None), ~PARTS.c.ended)),
    "return_asked": _either(_has_part(PARTS.c.return_asked, ~PARTS.c.ended)),
    "answerable": lambda codes, wanted: _has_clock(CLOCKS.c.running, *_by(wanted)),
    "rule": lambda codes, wanted: _has_clock(CLOCKS.c.running, _one_of(CLOCKS.c.rule, codes)),
    "with_whom": lambda codes, wanted: _has_clock(_one_of(CLOCKS.c.with_whom, codes)),
    "asked_with": among(CASES.c.asked),
    "needs_offer": _is(CASES.c.needs_offer),
    "parts_waiting": _either(_has_part(PARTS.c.parts_waiting > 0)),
    "closing_reason": among(CASES.c.closing_reason),
    "workflow": lambda numbers, wanted: _one_of(CASES.c.workflow, tuple(map(int, numbers))),
    **_times("opened", CASES.c.opened_at),
    **_times("closed", CASES.c.closed_at),
    **_times("late", CASES.c.late_at),
    **dict.fromkeys(MOVE, _has_moved),
    "passed": lambda times, wanted: and_(CASES.c.passes >= times, CASES.c.passes > 0),
}


def _of_its_case(name: str) -> Condition:
    return lambda value, wanted: exists().where(CASES.c.id == HANDOFFS.c.case_id, OF_CASES[name](value, wanted))


COLOUR_OF_HANDOFF: ColumnElement[Any] = case(
    (HANDOFFS.c.lapsed, LAPSED), (HANDOFFS.c.due_at.is_not(None), HANDOFFS.c.warned), else_=None
)
"""By the number; None without a clock."""
OF_HANDOFFS: Mapping[str, Condition] = {
    **{name: _of_its_case(name) for name in OF_CASES},
    "status": among(HANDOFFS.c.status),
    "department": among(HANDOFFS.c.department),
    "category": among(HANDOFFS.c.category),
    "area": places(HANDOFFS.c.area),
    "code": _coded(HANDOFFS.c.code, HANDOFFS.c.opened_at),
    "colour": _colours(COLOUR_OF_HANDOFF),
    "due_before": _before(HANDOFFS.c.due_at),
    **_times("opened", HANDOFFS.c.opened_at),
    **_of_move(HANDOFFS),
    "overdue": _is(HANDOFFS.c.lapsed),
    "extension_asked": _either(HANDOFFS.c.extension_days.is_not(None)),
    "return_asked": _is(HANDOFFS.c.return_asked),
    "parts_waiting": _either(HANDOFFS.c.parts_waiting > 0),
    "answerable": among(HANDOFFS.c.answerable),
}
OF_WALKED: Mapping[str, Condition] = {
    "category": among(HANDOFFS.c.category),
    "area": places(HANDOFFS.c.area),
    "code": _opened_as_coded(HANDOFFS.c.opened_at),
    **_times("opened", HANDOFFS.c.opened_at),
}
"""What the index of a department's hand-offs tells of their cases."""
OF_TALLIES: Mapping[str, Condition] = {
    "status": among(TALLIES.c.status),
    "category": among(TALLIES.c.category),
    "kind": among(TALLIES.c.kind),
    "area": places(TALLIES.c.area),
    "closing_reason": among(TALLIES.c.closing_reason),
    "workflow": lambda numbers, wanted: _one_of(TALLIES.c.workflow, tuple(map(int, numbers))),
}
GOING = frozenset({"colour", "overdue", "due_before", "needs_offer"})
OF_CLOCKS: Mapping[str, Condition] = {
    **OF_CASES,
    "colour": _colours(case((CLOCKS.c.overdue, LAPSED), else_=CLOCKS.c.colour)),
    "due_before": _before(CLOCKS.c.due_at),
    "overdue": _is(CLOCKS.c.overdue),
    "rule": among(CLOCKS.c.rule),
    "with_whom": among(CLOCKS.c.with_whom),
    "answerable": among(CLOCKS.c.answerable),
}


def narrowed(conditions: Mapping[str, Condition], wanted: Filter) -> list[ColumnElement[bool]]:
    return [conditions[name](value, wanted) for name, value in wanted.asked()]


def of_going(parts: FromClause) -> Mapping[str, Condition]:
    """What that of its hand-offs in cases that are not over tells: never less than what is asked."""
    colour = parts.c.case_colour
    return {
        "colour": _colours(colour),
        "overdue": lambda late, wanted: colour == LAPSED if late else true(),
        "due_before": lambda moment, wanted: colour.is_not(None),
        "needs_offer": lambda needed, wanted: parts.c.needs_offer if needed else true(),
    }


def only_going(wanted: Filter) -> bool:
    """Whether no case that is over can be in the list."""
    return any(name in GOING and value is not False for name, value in wanted.asked())


def open_unless_asked(wanted: Filter) -> list[ColumnElement[bool]]:
    """Who asks for a state, for when it ended, or for cases that were closed, wants ended hand-offs too."""
    ended = wanted.status or wanted.closing_reason or wanted.ended_from or wanted.ended_to
    return [] if ended else [~HANDOFFS.c.ended]
