"""Who knew what of a case by a moment, as far as the log proves it.

An office is proven to know a fact by its own fact that the other led to, by acting on the hand-off that it is about, by
its people having opened the case file, or because it told the fact itself. What stands on an office's worklist it could
see. Where none of that is, the log says nothing: that is no proof of ignorance.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any, Literal

import orjson

from shared.facts.envelope import source_of
from shared.world.world import made_at

How = Literal["told", "effect", "act", "opening", "worklist"]
WHOLE = frozenset({"case", "timeline", "history", "state", "film", "knew", "differences", "causes", "bundle"})
"""What of a case file shows all of it."""
Proof = tuple[int, datetime, How, int]
"""Of a fact (its index): since when an office had it, how that is known, and by which entry."""
_BEGAN = datetime.fromtimestamp(0, UTC)


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact that an office had been told: since when, how that is known, and by which entry of the log.

    `worklist` alone proves no more than that it could be seen; `proven`: since when more than that is known.
    """

    index: int
    since: datetime
    how: How
    by: int
    proven: datetime | None = None

    def as_of(self, at: datetime) -> "Heard":
        """What was known of it by then: of what is proven later only that it could be seen."""
        early = self.proven is None or self.proven <= at
        return self if early else replace(self, how="worklist", by=self.index, proven=None)


@dataclass(slots=True)
class Office:
    """`desk`: the service through which it works, if not through the one that hands over."""

    department: str
    desk: str | None = None
    heard: dict[int, Heard] = field(default_factory=dict)

    def learn(self, index: int, at: datetime, how: How, by: int) -> None:
        """Since the earliest; known by what proved it first."""
        proven = None if how == "worklist" else at
        known = self.heard.get(index)
        if known is None:
            self.heard[index] = Heard(index, at, how, by, proven)
            return
        better = proven is not None and (known.proven is None or proven < known.proven)
        told = Heard(index, known.since, how, by, proven) if better else known
        self.heard[index] = replace(told, since=min(known.since, at))

    @property
    def since(self) -> datetime | None:
        return min((each.since for each in self.heard.values()), default=None)


@dataclass(frozen=True, slots=True)
class Looked:
    """A person who had opened the case file: first and last, and what of it."""

    person: str
    department: str | None
    role: str
    first: datetime
    last: datetime
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Told:
    """A fact with its data, and when it was recorded, by the time that the offices go by."""

    row: Any
    data: Mapping[str, Any]
    recorded: datetime

    @property
    def index(self) -> int:
        return int(self.row["index"])

    @property
    def about(self) -> tuple[str, str] | None:
        """The hand-off, or the consultation."""
        name = next((name for name in ("handoff_id", "consultation_id") if self.data.get(name)), None)
        return None if name is None else (name, str(self.data[name]))


def told(rows: Sequence[Any]) -> list[Told]:
    """An effect bears the time of its cause; when it was recorded, its identifier says, which is made just then.

    That is by the real clock. Where a story is told, the offices' time has run ahead of it, or stayed behind, by what
    the facts recorded up to then show at least.
    """
    found, ahead = [], None
    for row in sorted(rows, key=lambda row: made_at(row["id"])):
        made = _BEGAN + timedelta(seconds=made_at(row["id"]))
        if made > _BEGAN:
            ahead = row["time"] - made if ahead is None else max(ahead, row["time"] - made)
        recorded = row["time"] if ahead is None or made == _BEGAN else max(row["time"], made + ahead)
        found.append(Told(row, _data(row["value"]), recorded))
    return found


@dataclass(frozen=True, slots=True)
class Centre:
    """The departments on whose worklist every case of the place is, and the sources of which it shows all."""

    departments: Collection[str]
    sources: Collection[str]


def who_knew(facts: Sequence[Told], openings: Sequence[Told], at: datetime, centre: Centre) -> list[Office]:
    """The offices that the case's facts speak of, and those whose people opened it; all of these are of then."""
    names = {*_departments(facts), *_departments(openings), *centre.departments}
    offices = {name: Office(name) for name in sorted(names)}
    for fact in facts:
        if fact.data.get("via") and fact.data.get("department") in offices:
            offices[fact.data["department"]].desk = str(fact.data["via"])
    by_id = {fact.row["id"]: fact for fact in facts}
    for office in offices.values():
        ways = [_heard(office, facts, by_id)]
        ways += [_shown(facts, by_id, centre)] if office.department in centre.departments else []
        for index, since, how, by in chain(*ways):
            if since <= at:
                office.learn(index, since, how, by)
        for opening in openings:
            whole = opening.data.get("what") in WHOLE and opening.row["department"] == office.department
            for fact in facts if whole else ():
                if fact.recorded <= opening.row["time"]:
                    office.learn(fact.index, opening.row["time"], "opening", opening.index)
    return [office for office in offices.values() if office.heard or office.desk]


def looked(openings: Sequence[Told], at: datetime) -> list[Looked]:
    """Who had opened it by then, in the order of their first look."""
    by_person: dict[tuple[str, str | None, str], list[Told]] = {}
    for opening in openings:
        if opening.row["time"] <= at:
            who = (opening.row["actor"], opening.row["department"], str(opening.data.get("role", "")))
            by_person.setdefault(who, []).append(opening)
    found = [
        Looked(*who, min(times), max(times), tuple(sorted({str(each.data.get("what")) for each in all_of})))
        for who, all_of in by_person.items()
        for times in [[each.row["time"] for each in all_of]]
    ]
    return sorted(found, key=lambda each: (each.first, each.person))


def _shown(facts: Sequence[Told], by_id: Mapping[str, Told], centre: Centre) -> Iterator[Proof]:
    """On the centre's own lists; of another service's facts those that have come to something there."""
    for fact in facts:
        if fact.row["source"] in centre.sources:
            yield (fact.index, fact.recorded, "worklist", fact.index)
            cause = by_id.get(fact.row["causation"] or "")
            if cause is not None:
                yield (cause.index, fact.recorded, "worklist", fact.index)


def _heard(office: Office, facts: Sequence[Told], by_id: Mapping[str, Told]) -> Iterator[Proof]:
    addressed: dict[tuple[str, str], list[Told]] = {}
    for fact in sorted(facts, key=lambda fact: fact.recorded):
        cause = by_id.get(fact.row["causation"] or "")
        if _is_own(office, fact):
            yield (fact.index, fact.recorded, "told", fact.index)
            if cause is not None:
                yield (cause.index, fact.recorded, "effect", fact.index)
            elif fact.about is not None:
                # Who acts on a task has what it was told of it before.
                for before in addressed.pop(fact.about, ()):
                    yield (before.index, fact.recorded, "act", fact.index)
        elif cause is not None and _is_own(office, cause):
            yield (fact.index, fact.recorded, "told", cause.index)
        elif _is_addressed(office, fact) and office.desk is None:
            yield (fact.index, fact.recorded, "worklist", fact.index)
        if fact.about is not None and _is_addressed(office, fact):
            addressed.setdefault(fact.about, []).append(fact)


def _is_own(office: Office, fact: Told) -> bool:
    """Told by its people, or by the service that it works through."""
    of_desk = office.desk is not None and fact.row["source"] == source_of(office.desk)
    return fact.row["department"] == office.department or (of_desk and _is_addressed(office, fact))


def _is_addressed(office: Office, fact: Told) -> bool:
    return office.department in (fact.data.get("department"), fact.data.get("answerable"))


def _departments(facts: Sequence[Told]) -> set[str]:
    named = {fact.row["department"] for fact in facts} | {fact.data.get("department") for fact in facts}
    return {str(name) for name in named if name}


def _data(value: bytes) -> Mapping[str, Any]:
    try:
        data = orjson.loads(value)
    except orjson.JSONDecodeError:
        return {}
    return data if isinstance(data, dict) else {}
