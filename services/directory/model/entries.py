"""Reference data: one procedure for every kind of entry, new → in_force → ended, never altering the past."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any

from pydantic import AwareDatetime

from services.directory import facts
from services.directory.model import holidays
from services.directory.model.book import Book, Version, overlap, references, spans
from services.directory.model.refusals import (
    InThePast,
    NoSuchHolder,
    NotATown,
    NotInForce,
    OtherAuthority,
    OtherRule,
    OtherWorkflow,
    StillUsed,
    WrongEnd,
)
from services.directory.model.words import ENTRY
from shared.procedure.actor import ANYWHERE, Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.procedure.workflow import NoSuchWorkflow
from shared.refusals.refusals import Refused

IN_FORCE, ENDED = "in_force", "ended"


class EntryState(State):
    """`versions` by date. All versions recorded in the moment of the first registration are its history."""

    kind: str = ""
    code: str = ""
    registered_at: AwareDatetime | None = None
    versions: tuple[Version, ...] = ()


class _Version(Command):
    """`today` is the district's; `book` is what stands in the directory."""

    kind: str
    code: str
    data: dict[str, Any]
    valid_from: date
    valid_to: date | None = None
    today: date
    book: Book


class RegisterEntry(_Version):
    pass


class ChangeEntry(_Version):
    pass


class EndEntry(Command):
    """`valid_to` is the first day on which it no longer holds."""

    kind: str
    code: str
    valid_to: date
    today: date
    book: Book


def begins_before_today(state: EntryState, command: _Version) -> Refused | None:
    """Only a first registration reaches back, with every version that is recorded in the same moment."""
    if command.valid_from >= command.today or command.at == state.registered_at:
        return None
    return InThePast(command.valid_from, command.today)


def ends_before_it_begins(state: EntryState, command: _Version) -> Refused | None:
    if command.valid_to is not None and command.valid_to <= command.valid_from:
        return WrongEnd(command.valid_to)
    return None


def names_what_is_not_there(state: EntryState, command: _Version) -> Refused | None:
    for name in references(command.kind, command.data):
        if not command.book.holds(name, command.valid_from, command.valid_to):
            return NotInForce(*name, command.valid_from)
    if command.kind == "post" and command.data["holder"] not in command.book.holders:
        return NoSuchHolder()
    return None


def rivals_another(state: EntryState, command: _Version) -> Refused | None:
    later = (version.valid_from for version in state.versions if version.valid_from > command.valid_from)
    end = min((day for day in (*later, command.valid_to) if day is not None), default=None)
    rivals = command.book.rivals((command.kind, command.code), command.data, command.valid_from, end)
    return RIVALS[command.kind](tuple(rivals)) if rivals else None


def sets_no_workflow(state: EntryState, command: _Version) -> Refused | None:
    """One that there is not. Nor one for days that have passed: cases of then keep theirs; what stood before the
    software did, the district's own files say."""
    if command.kind != "workflow":
        return None
    known = command.book.workflows
    if command.data["workflow"] not in known:
        return NoSuchWorkflow(command.data["workflow"], tuple(sorted(known)))
    told = command.valid_from < command.today and Role.SERVICE not in command.actor.roles
    return InThePast(command.valid_from, command.today) if told else None


def empowers_no_town(state: EntryState, command: _Version) -> Refused | None:
    """行政处罚法 Art 24: delegated to townships and subdistricts, to nobody else."""
    if command.kind != "authority":
        return None
    department = str(command.data["department"])
    town = command.book.towns(department, command.valid_from, command.valid_to)
    return None if town else NotATown(department)


def misreads_the_notice(state: EntryState, command: _Version) -> Refused | None:
    if command.kind != holidays.KIND:
        return None
    code, data = command.code, command.data
    return (
        holidays.speaks_of_another_year(code, data)
        or holidays.off_and_worked(data)
        or holidays.works_anyway(code, data, command.book)
    )


def ends_in_the_past(state: EntryState, command: EndEntry) -> Refused | None:
    return InThePast(command.valid_to, command.today) if command.valid_to < command.today else None


def ends_out_of_turn(state: EntryState, command: EndEntry) -> Refused | None:
    last = state.versions[-1]
    wrong = command.valid_to < last.valid_from or (last.valid_to is not None and command.valid_to > last.valid_to)
    return WrongEnd(command.valid_to) if wrong else None


def is_still_used(state: EntryState, command: EndEntry) -> Refused | None:
    users = command.book.users((command.kind, command.code), command.valid_to)
    return StillUsed(tuple(":".join(user) for user in users)) if users else None


RIVALS: Mapping[str, Callable[[tuple[str, ...]], Refused]] = {
    "rule": OtherRule,
    "authority": OtherAuthority,
    "workflow": OtherWorkflow,
}
SETTING = (
    ends_before_it_begins,
    names_what_is_not_there,
    sets_no_workflow,
    empowers_no_town,
    rivals_another,
    misreads_the_notice,
)
ENDING = (ends_in_the_past, ends_out_of_turn, is_still_used)
MAINTAINERS = by(Role.ADMINISTRATOR, Role.SERVICE)
_Told = type[facts.DirectoryEntry]
FACTS: Mapping[str, tuple[_Told, _Told | None, _Told | None]]
"""Of a new entry, of another version, of its end: nobody changes a post, and a notice has no end."""
FACTS = {
    "department": (facts.DepartmentRegistered, facts.DepartmentChanged, facts.DepartmentEnded),
    "area": (facts.AreaRegistered, facts.AreaChanged, facts.AreaEnded),
    "category": (facts.CategoryRegistered, facts.CategoryChanged, facts.CategoryEnded),
    "rule": (facts.RuleRegistered, facts.RuleChanged, facts.RuleEnded),
    "authority": (facts.AuthorityGranted, facts.AuthorityChanged, facts.AuthorityRevoked),
    "workflow": (facts.WorkflowRegistered, facts.WorkflowChanged, facts.WorkflowEnded),
    "clock": (facts.ClockRegistered, facts.ClockChanged, facts.ClockEnded),
    "holidays": (facts.HolidaysRegistered, facts.HolidaysChanged, None),
    "outline": (facts.OutlineRegistered, facts.OutlineChanged, facts.OutlineEnded),
    "post": (facts.PostAssigned, None, facts.PostEnded),
}


def _place(state: EntryState, command: _Version | EndEntry) -> Where:
    """An administrator of a part of the district maintains that part; without an area it is for all.

    Where two areas are concerned, of the version set and of the one that it takes the place of, both count.
    """
    if command.kind == "area":
        return Where(command.code)
    areas = [data.get("area", command.book.root) for data in _concerned(state, command)]
    if not areas or None in areas:
        return ANYWHERE
    widest = min(areas, key=len)
    return Where(widest if all(area.startswith(widest) for area in areas) else command.book.root)


def _concerned(state: EntryState, command: _Version | EndEntry) -> list[Mapping[str, Any]]:
    if isinstance(command, EndEntry):
        return [version.data for version in state.versions[-1:]]
    begin = command.valid_from
    superseded = (span for span in spans(state.versions) if overlap(span, begin, begin + timedelta(days=1)))
    return [command.data, *(span.data for span in superseded)]


def _dated(kind: str, data: Mapping[str, Any], begin: date, end: date | None) -> dict[str, Any]:
    """A clock's rule says its own dates again; it knows no version that never held (`ClockRule`)."""
    if kind != "clock":
        return dict(data)
    dates = {"valid_from": begin.isoformat(), "valid_to": end.isoformat() if end and end > begin else None}
    return {**data, "rule": {**data["rule"], **dates}}


def _steps(kind: str) -> list[Step]:
    registered, changed, ended = FACTS[kind]

    def of_this_kind(state: EntryState, command: _Version | EndEntry) -> bool:
        return command.kind == kind

    def set_version(state: EntryState, command: _Version) -> dict[str, Any]:
        return registered.fields(_dated(kind, command.data, command.valid_from, command.valid_to))

    def end_version(state: EntryState, command: EndEntry) -> dict[str, Any]:
        last = state.versions[-1]
        fields = registered.fields(_dated(kind, last.data, last.valid_from, command.valid_to))
        return {**fields, "valid_from": last.valid_from}

    guards = (begins_before_today, *SETTING)
    rows = [Step(RegisterEntry, during(NEW), registered, IN_FORCE, MAINTAINERS, SETTING, of_this_kind, set_version)]
    if ended is not None:
        rows += [
            Step(RegisterEntry, during(ENDED), registered, IN_FORCE, MAINTAINERS, guards, of_this_kind, set_version),
            Step(EndEntry, during(IN_FORCE), ended, ENDED, MAINTAINERS, ENDING, of_this_kind, end_version),
        ]
    if changed is not None:
        rows.append(Step(ChangeEntry, during(IN_FORCE), changed, None, MAINTAINERS, guards, of_this_kind, set_version))
    return rows


def _set(state: EntryState, fact: facts.DirectoryEntry) -> Mapping[str, Any]:
    version = Version(valid_from=fact.valid_from, valid_to=fact.valid_to, data=fact.entry())
    others = [other for other in state.versions if other.valid_from != fact.valid_from]
    return {
        "kind": type(fact).kind,
        "code": fact.code,
        "registered_at": state.registered_at or fact.at,
        "versions": tuple(sorted([*others, version], key=lambda each: each.valid_from)),
    }


PROCEDURE = Procedure(
    "entry",
    [step for kind in FACTS for step in _steps(kind)],
    {fact: _set for kind in FACTS.values() for fact in kind if fact is not None},
    _place,
    words=ENTRY,
)
MODEL = Model("entry", EntryState, PROCEDURE)


def entry_id(kind: str, code: str) -> str:
    """The aggregate's."""
    return f"{kind}:{code}"
