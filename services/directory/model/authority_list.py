"""A whole authority list as an office keeps it, a row for each town and matter: what it would change, and how.

Nothing is decided here that the entries' own procedure does not decide: each row is carried out on what stands,
after the rows before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from services.directory.model.book import Book, Name, Span, overlap, spans
from services.directory.model.entries import IN_FORCE, MODEL, ChangeEntry, EndEntry, EntryState, RegisterEntry
from services.directory.model.refusals import NamedTwice, NoSuchName, RowsRefused, SharedName
from shared.contents.refs import Short
from shared.procedure.actor import Actor
from shared.procedure.step import Command
from shared.refusals.refusals import Invalid, Refused

KIND = "authority"
NAMED = ("department", "category", "area")
"""What an authority names: kinds of entries, and its own fields."""
Result = Literal["granted", "changed", "unchanged", "missing", "revoked", "refused"]
_Matter = tuple[str, str]
_SHORT: TypeAdapter[str] = TypeAdapter(Short)


@dataclass(frozen=True, slots=True)
class Row:
    """As it was written, names or codes; `number` is the writer's own."""

    number: int
    department: str
    category: str
    area: str
    basis_zh: str
    basis_en: str
    valid_from: str
    valid_to: str


@dataclass(frozen=True, slots=True)
class Line:
    """What comes of one row, or of an entry that the list lacks (`row` None). `before`: what it takes the place of."""

    row: int | None
    result: Result
    code: str | None = None
    wanted: Span | None = None
    before: Span | None = None
    problem: Refused | None = None
    command: Command | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`missing`: what these towns have and the list lacks, by what comes of it."""

    lines: tuple[Line, ...]
    missing: tuple[Line, ...]

    def refuse_to_revoke(self) -> None:
        """Raises RowsRefused."""
        refused = [line.row for line in self.lines if line.row is not None and line.problem is not None]
        if refused:
            raise RowsRefused(len(refused), refused[0])


def authority_id(*names: str) -> str:
    """The same authority has the same code, however often its list is brought in."""
    return "L" + sha256("\0".join(names).encode()).hexdigest()[:23]


def digest(states: Mapping[str, EntryState]) -> str:
    """Of the list as it stands: it changes whenever one of its entries does."""
    told = [(code, [v.model_dump(mode="json") for v in states[code].versions]) for code in sorted(states)]
    return sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class _Read:
    """A row in codes and days. Without a beginning it is since when it holds, or from today on."""

    data: dict[str, Any]
    begin: date | None
    end: date | None


@dataclass
class Planning:
    """What stands, as the rows change it one after the other. `book`: all the rest of the directory."""

    at: datetime
    actor: Actor
    today: date
    book: Book
    states: dict[str, EntryState]
    _codes: dict[_Matter, set[str]] = field(default_factory=dict)
    _taken: dict[_Matter, list[tuple[Span, int]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._root = self.book.root
        for code, state in self.states.items():
            for version in state.versions:
                self._codes.setdefault(_matter(version.data), set()).add(code)

    def plan(self, rows: Sequence[Row], revoking: bool) -> Plan:
        """`revoking`: what is missing is ended first, so that its place is free for the rows."""
        names = _Names(self.book, self.today)
        read = [_read(row, names) for row in rows]
        missing = tuple(self._end(code) if revoking else self._lacked(code) for code in self._missing(read))
        return Plan(tuple(self._line(row.number, one) for row, one in zip(rows, read, strict=True)), missing)

    def _missing(self, read: "Sequence[_Read | _Unread]") -> list[str]:
        """Also a row that will be refused names its entry."""
        named = {self._code(one.data) for one in read if isinstance(one, _Read)}
        towns = {one.data["department"] if isinstance(one, _Read) else one.town for one in read}
        return sorted(
            code
            for code, state in self.states.items()
            if state.status == IN_FORCE and code not in named and state.versions[-1].data["department"] in towns
            for end in (state.versions[-1].valid_to,)
            if end is None or end > self.today
        )

    def _lacked(self, code: str) -> Line:
        *_, last = spans(self.states[code].versions)
        return Line(None, "missing", code, last)

    def _end(self, code: str) -> Line:
        """The last of its versions ends, at the earliest when it begins."""
        *_, last = spans(self.states[code].versions)
        end = max(self.today, last.begin)
        command = EndEntry(**self._about(code, last.data), valid_to=end)
        return self._decided(Line(None, "revoked", code, replace(last, end=end), last, command=command))

    def _line(self, number: int, one: "_Read | _Unread") -> Line:
        if isinstance(one, _Unread):
            return Line(number, "refused", problem=one.problem)
        code = self._code(one.data)
        before = self._before(code, one)
        data = _in_both_languages(one.data, before)
        same = before is not None and before.data == data
        begin = one.begin or (before.begin if before is not None and same else self.today)
        line = Line(number, "unchanged", code, Span(begin, one.end, data), before)
        taken = self._taken.setdefault(_matter(data), [])
        for span, other in taken:
            if overlap(span, begin, one.end):
                return _refused(line, NamedTwice(other))
        if before is None or not same or one.end not in self._ends(code, before):
            line = self._decided(self._changing(line, one))
        if line.problem is None:
            taken.append((Span(begin, one.end, data), number))
        return line

    def _ends(self, code: str, held: Span) -> list[date | None]:
        """Where it ends, and what was recorded as its end: another version may come before that."""
        versions = self.states[code].versions
        return [held.end, *(version.valid_to for version in versions if version.valid_from == held.begin)]

    def _changing(self, line: Line, one: _Read) -> Line:
        """The step that makes it so. What stays the same up to an earlier end is ended: its past stays as it is."""
        assert line.code is not None
        assert line.wanted is not None
        state, before, wanted = self.states.get(line.code, MODEL.blank), line.before, line.wanted
        about = self._about(line.code, wanted.data)
        if before is not None and before.data == wanted.data and before.begin == wanted.begin:
            last = state.status == IN_FORCE and before.begin == state.versions[-1].valid_from
            if last and _is_earlier(wanted.end, before.end):
                return replace(line, result="changed", command=EndEntry(**about, valid_to=wanted.end))
            wanted = replace(wanted, begin=one.begin or self.today)
        setting = {**about, "data": dict(wanted.data), "valid_from": wanted.begin, "valid_to": wanted.end}
        if state.status == IN_FORCE:
            return replace(line, result="changed", wanted=wanted, command=ChangeEntry(**setting))
        return replace(line, result="granted", wanted=wanted, command=RegisterEntry(**setting))

    def _decided(self, line: Line) -> Line:
        """As the procedure decides it; the next one finds it so."""
        assert line.code is not None
        assert line.wanted is not None
        assert line.command is not None
        try:
            after, _ = MODEL.carry_out(self.states.get(line.code, MODEL.blank), line.command)
        except Refused as refusal:
            return _refused(line, refusal)
        self.states[line.code] = after
        self._codes.setdefault(_matter(line.wanted.data), set()).add(line.code)
        return line

    def _before(self, code: str, one: _Read) -> Span | None:
        """What holds on its first day; of a row without one also what ended as it says."""
        found = list(spans(self.states.get(code, MODEL.blank).versions))
        on = one.begin or self.today
        holding = next((span for span in found if overlap(span, on, on + timedelta(days=1))), None)
        if holding is None and one.begin is None and one.end is not None:
            return next((span for span in found if span.end == one.end), None)
        return holding

    def _code(self, data: Mapping[str, Any]) -> str:
        """Of the entry that the town has for this matter and area, whatever it is called; else the derived one."""
        last = {code: self.states[code].versions[-1] for code in self._codes.get(_matter(data), ())}
        same = [code for code, version in last.items() if _named(version.data) == _named(data)]
        if same:
            return max(same, key=lambda code: (self.states[code].status == IN_FORCE, last[code].valid_from, code))
        code = authority_id(*_named(data))
        while code in self.states:
            code = authority_id(code, *_named(data))
        return code

    def _about(self, code: str, data: Mapping[str, Any]) -> dict[str, Any]:
        about = {"at": self.at, "actor": self.actor, "kind": KIND, "code": code, "today": self.today}
        return {**about, "book": self._beside(data)}

    def _beside(self, data: Mapping[str, Any]) -> Book:
        """Of the book what the guards look at for such an entry: a list of hundreds would read all of it for each."""
        names = [(kind, data[kind]) for kind in NAMED]
        names += [("area", self._root)] if self._root is not None else []
        entries = {name: self.book.entries.get(name, ()) for name in names}
        codes = self._codes.get(_matter(data), ())
        return Book({**entries, **{(KIND, code): self.states[code].versions for code in codes}})


def _matter(data: Mapping[str, Any]) -> _Matter:
    """What a town has once at a time."""
    return data["department"], data["category"]


def _named(data: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(data[kind] for kind in NAMED)


def _refused(line: Line, problem: Refused) -> Line:
    return replace(line, result="refused", problem=problem, command=None)


def _is_earlier(end: date | None, other: date | None) -> bool:
    return end is not None and (other is None or end < other)


def _in_both_languages(data: Mapping[str, Any], before: Span | None) -> dict[str, Any]:
    """Without English words it keeps those it has; of a new basis the Chinese ones stand for both."""
    zh, en = data["basis_zh"], data["basis_en"]
    if not en:
        en = before.data["basis_en"] if before is not None and before.data["basis_zh"] == zh else zh
    return {**data, "basis_en": en}


@dataclass(frozen=True, slots=True)
class _Unread:
    """`town`: where that at least is known."""

    problem: Refused
    town: str | None


class _Names:
    """Codes by themselves and by their names, as they stand today or will."""

    def __init__(self, book: Book, today: date) -> None:
        self.book = book
        self._codes: dict[Name, set[str]] = {}
        for (kind, code), versions in book.entries.items():
            for span in spans(versions) if kind in NAMED else ():
                if span.end is None or span.end > today:
                    for name in (span.data["name_zh"], span.data["name_en"]):
                        self._codes.setdefault((kind, name), set()).add(code)

    def code(self, kind: str, text: str) -> str:
        """Raises NoSuchName, SharedName."""
        if (kind, text) in self.book.entries:
            return text
        found = self._codes.get((kind, text), set())
        if not found:
            raise NoSuchName(kind)
        if len(found) > 1:
            raise SharedName(kind, tuple(sorted(found)))
        return next(iter(found))


def _read(row: Row, names: _Names) -> _Read | _Unread:
    """The first thing that is wrong with it is told."""
    town: str | None = None
    try:
        town = names.code("department", row.department)
        codes = {"category": names.code("category", row.category), "area": names.code("area", row.area)}
        begin, end = _day("valid_from", row.valid_from), _day("valid_to", row.valid_to)
        basis = {"basis_zh": _text(row.basis_zh), "basis_en": _text(row.basis_en) if row.basis_en.strip() else ""}
    except Refused as problem:
        return _Unread(problem, town)
    return _Read({"department": town, **codes, **basis}, begin, end)


def _day(name: str, text: str) -> date | None:
    """Raises Invalid."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid(name, "not a day such as 2026-12-31", "应为日期，如 2026-12-31") from None


def _text(text: str) -> str:
    """Raises Invalid."""
    try:
        return _SHORT.validate_python(text)
    except ValidationError:
        raise Invalid(
            "basis", "1 to 200 characters, no control characters", "应为 1 至 200 个字符，不含控制字符"
        ) from None


def commands(lines: Iterable[Line]) -> list[tuple[str, Command]]:
    """What is to be recorded, by code, in order."""
    return [(line.code, line.command) for line in lines if line.code is not None and line.command is not None]
