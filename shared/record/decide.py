"""Commands to new states and facts, in memory: what a transaction will write, before it writes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from shared.facts.envelope import LARGEST_FACT, LONGEST_ATTRIBUTE, Trail, attributes
from shared.facts.fact import Fact
from shared.procedure.step import Command, State
from shared.record.aggregate import Aggregate, Write, load
from shared.record.database import Connection
from shared.record.rows import Filed, Row
from shared.refusals.refusals import Changed, TooLarge
from shared.world.world import new_id


@dataclass(slots=True)
class Held:
    """An aggregate in the hands of this transaction: as stored, and as it will be.

    `begun`: the version that it goes on from; `stored_version`: of its row, 0 where there is none.
    """

    aggregate: Aggregate[Any]
    id: str
    before: State
    stored_version: int
    state: State
    version: int
    begun: int


@dataclass(frozen=True, slots=True)
class PendingFact:
    aggregate: str
    aggregate_id: str
    version: int
    fact: Fact
    attributes: dict[str, str]
    data: bytes


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a write came to: the aggregate after it, and the facts it added."""

    id: str
    version: int
    state: Any
    facts: tuple[Fact, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """What else is read with the aggregates: `text` selects `id`, `version`, `state`, `more` by the array `$1`."""

    text: str
    values: Sequence[str]


@dataclass(slots=True)
class Work:
    """Everything one transaction decides."""

    held: dict[tuple[str, str], Held] = field(default_factory=dict)
    facts: list[PendingFact] = field(default_factory=list)
    rows: list[Row | Filed] = field(default_factory=list)
    _journal: list[tuple[Held, State, int]] = field(default_factory=list)

    async def look(
        self, connection: Connection, wanted: Iterable[tuple[Aggregate[Any], str]], *questions: Question
    ) -> list[list[Any]]:
        """Read the aggregates without locking them, and what else is asked, in one statement: the answers to that.

        Whoever changes one of the aggregates meanwhile makes `flush` fail with Raced.
        """
        by_name = self._missing(wanted)
        sources = [(_read(aggregate), sorted(ids)) for aggregate, ids in by_name.values()]
        answers: list[list[Any]] = [[] for _ in questions]
        if not sources and not questions:
            return answers
        text = _looking((*(query for query, _ in sources), *(question.text for question in questions)))
        found: list[list[Any]] = [[] for _ in sources]
        values = [*(ids for _, ids in sources), *(question.values for question in questions)]
        for record in await connection.fetch(text, *values):
            place = record["place"]
            (found[place] if place < len(sources) else answers[place - len(sources)]).append(record)
        for (aggregate, ids), records in zip(by_name.values(), found, strict=True):
            self._take_in(aggregate, ids, records)
        return answers

    async def hold(self, connection: Connection, wanted: Iterable[tuple[Aggregate[Any], str]]) -> None:
        """Lock and read the aggregates, in one order for all transactions so that they cannot lock each other out."""
        for _, (aggregate, ids) in sorted(self._missing(wanted).items()):
            found = await connection.fetch(
                f"SELECT id, version, state FROM {aggregate.table.name} WHERE id = ANY($1) ORDER BY id FOR UPDATE",
                sorted(ids),
            )
            if aggregate.passing is not None:
                found += await connection.fetch(_forgotten(aggregate), sorted(ids))
            self._take_in(aggregate, ids, found)

    def _missing(self, wanted: Iterable[tuple[Aggregate[Any], str]]) -> dict[str, tuple[Aggregate[Any], set[str]]]:
        by_name: dict[str, tuple[Aggregate[Any], set[str]]] = {}
        for aggregate, id in wanted:
            if (aggregate.name, id) not in self.held:
                by_name.setdefault(aggregate.name, (aggregate, set()))[1].add(id)
        return by_name

    def _take_in(self, aggregate: Aggregate[Any], ids: set[str], found: Sequence[Any]) -> None:
        """What was not found is blank; so is what was forgotten, but it goes on from the version of its facts."""
        for record in found:
            there, version = record["state"] is not None, record["version"]
            state = load(aggregate.model, record["state"]) if there else aggregate.model.blank
            held = Held(aggregate, record["id"], state, version if there else 0, state, version, version)
            self.held[aggregate.name, record["id"]] = held
        for id in ids - {record["id"] for record in found}:
            blank = aggregate.model.blank
            self.held[aggregate.name, id] = Held(aggregate, id, blank, 0, blank, 0, 0)

    def decide(self, writes: Sequence[Write[Any]], trail: Trail) -> list[Outcome]:
        """All of them or none: a refusal leaves the work as it was. The aggregates must be held. Raises Refused."""
        mark = self.mark()
        try:
            return [self._one(self.held[write.aggregate.name, write.id], write, trail) for write in writes]
        except BaseException:
            self.undo(mark)
            raise

    def mark(self) -> tuple[int, int, int]:
        return len(self._journal), len(self.facts), len(self.rows)

    def undo(self, mark: tuple[int, int, int]) -> None:
        """Back to where `mark()` was taken."""
        journal, facts, rows = mark
        while len(self._journal) > journal:
            held, state, version = self._journal.pop()
            held.state, held.version = state, version
        del self.facts[facts:], self.rows[rows:]

    def _one(self, held: Held, write: Write[Any], trail: Trail) -> Outcome:
        if write.expected is not None and write.expected != held.version:
            raise Changed(write.expected, held.version)
        self._journal.append((held, held.state, held.version))
        commands = self._commands(held, write, trail)
        before = len(self.facts)
        for command in commands:
            self._catch_up(held, command, trail)
            held.state, facts = held.aggregate.model.carry_out(held.state, command)
            self._add(held, facts, trail)
        self.rows.extend(write.also)
        return Outcome(held.id, held.version, held.state, tuple(pending.fact for pending in self.facts[before:]))

    def _commands(self, held: Held, write: Write[Any], trail: Trail) -> Sequence[Command]:
        """Those that depend on the state are for the state that time has left it in."""
        if not callable(write.commands):
            return write.commands
        commands: Sequence[Command] = write.commands(held.state)
        if commands and self._catch_up(held, commands[0], trail):
            commands = write.commands(held.state)
        return commands

    def _catch_up(self, held: Held, command: Command, trail: Trail) -> bool:
        """What time has brought was not caused by what comes after it."""
        held.state, facts = held.aggregate.model.catch_up(held.state, command)
        self._add(held, facts, Trail(traceparent=trail.traceparent))
        return bool(facts)

    def _add(self, held: Held, facts: Sequence[Fact], trail: Trail) -> None:
        for fact in facts:
            held.version += 1
            self.facts.append(pending_fact((held.aggregate.name, held.id, held.version), fact, trail))

    def changed(self) -> list[Held]:
        return [held for held in self.held.values() if held.version != held.begun]

    def keys(self) -> set[str]:
        """What waiting readers may be waiting for."""
        return {held.id for held in self.changed()} | {pending.fact.key() for pending in self.facts}


def pending_fact(about: tuple[str, str, int], fact: Fact, trail: Trail) -> PendingFact:
    """Raises TooLarge: what is stored could never be sent."""
    data, told = fact.data(), attributes(fact, new_id(), about, trail)
    if len(data) > LARGEST_FACT or max(len(value.encode()) for value in told.values()) > LONGEST_ATTRIBUTE:
        raise TooLarge(LARGEST_FACT // 1024)
    return PendingFact(*about, fact, told, data)


def _read(aggregate: Aggregate[Any]) -> str:
    rows = f"SELECT id, version, state::text, NULL::bytea FROM {aggregate.table.name} WHERE id = ANY($1::text[])"
    if aggregate.passing is None:
        return rows
    return f"{rows} UNION ALL SELECT id, version, NULL, NULL FROM ({_forgotten(aggregate)}) AS forgotten"


def _forgotten(aggregate: Aggregate[Any]) -> str:
    """Of those without a row the version of their last fact: only what is sealed is forgotten."""
    return (
        "SELECT aggregate_id AS id, max(version) AS version, NULL::text AS state FROM log"
        f" WHERE aggregate = '{aggregate.name}' AND aggregate_id = ANY($1::text[])"
        f" AND NOT EXISTS (SELECT FROM {aggregate.table.name} WHERE id = aggregate_id) GROUP BY aggregate_id"
    )


@lru_cache(maxsize=64)
def _looking(texts: tuple[str, ...]) -> str:
    parts = [
        f"SELECT {place} AS place, q.* FROM ({text.replace('$1', f'${place + 1}')}) AS q (id, version, state, more)"
        for place, text in enumerate(texts)
    ]
    return " UNION ALL ".join(parts)
