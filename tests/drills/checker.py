"""One judge for all drills: reads the evidence and names what broke, each with the shortest evidence.

lost       something accepted, sealed or sent is not where it must be
doubled    one fact, two effects; or one fact recorded or kept twice
reordered  facts of a case or of a lane stand in another order than they were decided in
ghost      something is told or has had effects that its source never sealed
hole       a number is missing in a source's own numbering
fork       one number, two contents

What follows from a finding is not found again: a fact missing in a topic has no effect either.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from tests.drills.evidence import Evidence, Listener, Outbox, Told

Fault = Literal["lost", "doubled", "reordered", "ghost", "hole", "fork"]
Place = tuple[str, int]
Lane = tuple[str, str, int]


@dataclass(frozen=True)
class Finding:
    fault: Fault
    evidence: str
    places: frozenset[Place] = frozenset()

    def __str__(self) -> str:
        return f"{self.fault}: {self.evidence}"


class Judge:
    """Goes from the source to the effects; `explained` are the facts that an earlier finding already accounts for."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.log = {(told.source, told.position): told for box in evidence.outboxes for told in box.log}
        self.sources = {box.source: box for box in evidence.outboxes}
        self.findings: list[Finding] = []
        self.explained: set[Place] = set()

    def run(self) -> list[Finding]:
        for box in self.evidence.outboxes:
            self._take(_numbering(box))
            self._take(_counters(box))
            self._take(_versions(box))
            self._take(_recorded_twice(box))
            self._take(_aggregates(box, self.explained))
            self._take(self._unasked(box))
        self._take(self._accepted())
        self._take(self._contents(self.evidence.topics, "topic"))
        self._take(self._order(self.evidence.topics, "topic"))
        self._take(self._missing(self.evidence.topics, "topics"))
        if self.evidence.entries is not None:
            self._take(self._contents(self.evidence.entries, "audit"))
            self._take(self._order(self.evidence.entries, "audit"))
            self._take(self._missing(self.evidence.entries, "audit log"))
            self._take(_kept_twice(self.evidence.entries))
        for listener in self.evidence.listeners:
            self._take(self._effects(listener))
            self._take(self._waiting(listener))
        self._take(self._put_aside())
        return self.findings

    def _take(self, found: Iterable[Finding]) -> None:
        for finding in list(found):
            self.findings.append(finding)
            self.explained |= finding.places

    def _accepted(self) -> Iterator[Finding]:
        there = {(told.aggregate, told.aggregate_id, told.version): told for told in self.log.values()}
        waiting = {row for box in self.evidence.outboxes for row in box.waiting}
        gone = {(aggregate, id) for box in self.evidence.outboxes for aggregate, id in _incomplete(box)}
        for answer in self.evidence.accepted:
            what = (answer.aggregate, answer.id, answer.version)
            if what not in there and what not in waiting and what[:2] not in gone:
                yield Finding("lost", f"accepted {_named(what)}, no outbox holds it")
        for what, times in Counter((a.aggregate, a.id, a.version) for a in self.evidence.accepted).items():
            if times > 1:
                yield Finding("fork", f"{times} requests were told that they made {_named(what)}")

    def _unasked(self, box: Outbox) -> Iterator[Finding]:
        """More facts than requests: a request that was repeated counted twice."""
        answers = {(answer.aggregate, answer.id, answer.version) for answer in self.evidence.accepted}
        recorded = [((t.aggregate, t.aggregate_id, t.version), frozenset({(t.source, t.position)})) for t in box.log]
        for what, places in [*recorded, *((row, frozenset[Place]()) for row in box.waiting)]:
            if (box.source, what[0]) in self.evidence.commanded and what not in answers and not places & self.explained:
                yield Finding("ghost", f"{_named(what)} was asked for by nobody", places)

    def _contents(self, found: list[Told], where: str) -> Iterator[Finding]:
        seen: set[Place] = set()
        for told in found:
            place = (told.source, told.position)
            own = self.log.get(place)
            if told.source not in self.sources or place in seen or place in self.explained:
                continue
            if own is None:
                seen.add(place)
                yield Finding("ghost", f"{where} {_at(told)}, which was never sealed", frozenset({place}))
            elif (own.id, own.digest, own.sequence) != (told.id, told.digest, told.sequence):
                seen.add(place)
                yield Finding("fork", f"{where} {_at(told)} is another fact than the log's", frozenset({place}))

    def _order(self, found: list[Told], where: str) -> Iterator[Finding]:
        last: dict[Lane, Told] = {}
        known: set[Place] = set()
        for told in found:
            place, lane = (told.source, told.position), (told.source, told.topic, told.lane)
            if place in known or place in self.explained:
                continue
            known.add(place)
            before = last.get(lane)
            if before is not None and told.sequence < before.sequence:
                yield Finding("reordered", f"{where} {_at(told)} comes first after {_at(before)}", frozenset({place}))
                continue
            last[lane] = told

    def _missing(self, found: list[Told], where: str) -> Iterator[Finding]:
        there = {(told.source, told.position) for told in found}
        for place, told in self.log.items():
            is_sent = told.position <= self.sources[told.source].sent
            if is_sent and place not in there and place not in self.explained:
                yield Finding("lost", f"{_at(told)} is not in the {where}", frozenset({place}))

    def _effects(self, listener: Listener) -> Iterator[Finding]:
        times = Counter((effect.source, effect.position) for effect in listener.effects)
        for place, count in times.items():
            if place not in self.log and place not in self.explained:
                yield Finding("ghost", f"{listener.name} acted on {_short(place)}, which was never sealed")
            elif count > 1:
                yield Finding("doubled", f"{listener.name} acted {count} times on {_short(place)}")
        yield from self._without_effect(listener, times)
        yield from _order_of_effects(listener)

    def _without_effect(self, listener: Listener, times: Counter[Place]) -> Iterator[Finding]:
        stopped = {(t.source, t.topic, t.lane) for t in self.log.values() if (t.source, t.position) in self.explained}
        for place, told in self.log.items():
            lane = (told.source, told.topic, told.lane)
            if told.type not in listener.types or place in times or place in listener.waiting | self.explained:
                continue
            if lane in stopped and lane in listener.holes | listener.marks.keys() and _behind(listener, told):
                continue  # its lane rightly waits for what is missing
            yield Finding("lost", f"{listener.name} never acted on {_at(told)}", frozenset({place}))

    def _waiting(self, listener: Listener) -> Iterator[Finding]:
        """A fact may wait only if something is wrong with its case, or behind one that is missing."""
        missing = {(t.source, t.topic, t.lane) for t in self.log.values() if (t.source, t.position) in self.explained}
        for place in sorted(listener.waiting):
            told = self.log.get(place)
            if told is None:
                yield Finding("ghost", f"{listener.name} keeps {_short(place)} waiting, which was never sealed")
            elif told.key not in self.evidence.may_wait:
                lane = (told.source, told.topic, told.lane)
                if not (lane in missing & listener.holes and _behind(listener, told)):
                    yield Finding("lost", f"{listener.name} keeps {_at(told)} waiting for nothing")

    def _put_aside(self) -> Iterator[Finding]:
        for listener in self.evidence.listeners:
            kept, unreadable = listener.quarantined, self.evidence.unreadable
            if len(kept) != unreadable:
                yield Finding("lost", f"{listener.name} put {len(kept)} records aside, {unreadable} were unreadable")


def check(evidence: Evidence) -> list[Finding]:
    """All findings; empty when every invariant holds."""
    return Judge(evidence).run()


def shortest(findings: list[Finding]) -> list[Finding]:
    """One of each fault, with the least to read."""
    best: dict[Fault, Finding] = {}
    for finding in sorted(findings, key=lambda finding: (len(finding.evidence), finding.evidence)):
        best.setdefault(finding.fault, finding)
    return list(best.values())


def report(findings: list[Finding]) -> str:
    counts = Counter(finding.fault for finding in findings)
    return "\n".join(f"{finding} (and {counts[finding.fault] - 1} more)" for finding in shortest(findings))


def _numbering(box: Outbox) -> Iterator[Finding]:
    positions = [told.position for told in box.log]
    for before, after in pairwise([0, *positions]):
        if after > before + 1:
            missing = frozenset((box.source, n) for n in range(before + 1, after))
            yield Finding("hole", f"{box.source} has no position {before + 1} before {after}", missing)
    last = positions[-1] if positions else 0
    if last < box.sealed:
        missing = frozenset((box.source, n) for n in range(last + 1, box.sealed + 1))
        yield Finding("lost", f"{box.source} sealed {box.sealed}, its log ends at {last}", missing)
    elif last > box.sealed:
        beyond = frozenset((box.source, n) for n in positions if n > box.sealed)
        yield Finding("ghost", f"{box.source} sealed {box.sealed}, its log goes on to {last}", beyond)
    yield from _lanes(box, _absent(box))


def _counters(box: Outbox) -> Iterator[Finding]:
    """What the sealer would go on from."""
    if _absent(box) or (box.log[-1].position if box.log else 0) != box.sealed:
        return
    ends: dict[tuple[str, int], int] = {}
    for told in box.log:
        ends[told.topic, told.lane] = max(told.sequence, ends.get((told.topic, told.lane), 0))
    for (topic, lane), end in ends.items():
        number = box.lanes.get((topic, lane), 0)
        if number != end:
            fault: Fault = "fork" if number < end else "hole"
            yield Finding(fault, f"lane {lane} of {topic} would go on after {number}, its log ends at {end}")


def _lanes(box: Outbox, absent: int) -> Iterator[Finding]:
    """Gaps in lanes that missing positions do not account for."""
    lanes: dict[Lane, list[Told]] = {}
    for told in box.log:
        lanes.setdefault((told.source, told.topic, told.lane), []).append(told)
    gaps = [
        (before, after)
        for row in lanes.values()
        for before, after in pairwise([None, *row])
        if after is not None and after.sequence != (before.sequence if before else 0) + 1
    ]
    for before, after in gaps[absent:] if absent else gaps:
        number = before.sequence if before else 0
        yield Finding("hole", f"lane {after.lane} of {after.topic} goes from {number} to {after.sequence}")


def _absent(box: Outbox) -> int:
    return (box.log[-1].position if box.log else 0) - len(box.log)


def _versions(box: Outbox) -> Iterator[Finding]:
    """The order of one aggregate's facts, as far as no position is missing between them."""
    seen: dict[tuple[str, str], list[Told]] = {}
    for told in box.log:
        seen.setdefault((told.aggregate, told.aggregate_id), []).append(told)
    for about, row in seen.items():
        versions = [told.version for told in row]
        twice = [version for version, times in Counter(versions).items() if times > 1]
        if twice:
            yield Finding("fork", f"{_named((*about, twice[0]))} is sealed twice")
        elif versions != sorted(versions):
            wrong = next(after for before, after in pairwise(row) if after.version < before.version)
            yield Finding("reordered", f"{_at(wrong)} is version {wrong.version} after a later one")
        elif versions != list(range(versions[0], versions[0] + len(versions))) and not _absent(box):
            yield Finding("hole", f"{_named((*about, 0))}: versions {_gap(versions)} are not consecutive")


def _recorded_twice(box: Outbox) -> Iterator[Finding]:
    for id, times in Counter(told.id for told in box.log).items():
        if times > 1:
            _, *more = [(told.source, told.position) for told in box.log if told.id == id]
            yield Finding("doubled", f"{box.source} sealed the fact {id} {times} times", frozenset(more))


def _aggregates(box: Outbox, explained: set[Place]) -> Iterator[Finding]:
    facts = Counter((told.aggregate, told.aggregate_id) for told in box.log)
    facts.update((aggregate, id) for aggregate, id, _ in box.waiting)
    if any(source == box.source for source, _ in explained):
        return  # what is missing was somebody's fact
    for about, version in box.versions.items():
        if version != facts[about]:
            fault: Fault = "lost" if version > facts[about] else "ghost"
            yield Finding(fault, f"{_named((*about, version))} has {facts[about]} facts")


def _incomplete(box: Outbox) -> Iterator[tuple[str, str]]:
    """Aggregates with more versions than facts, where something is found missing already."""
    facts = Counter((told.aggregate, told.aggregate_id) for told in box.log)
    facts.update((aggregate, id) for aggregate, id, _ in box.waiting)
    yield from (about for about, version in box.versions.items() if version > facts[about])


def _kept_twice(entries: list[Told]) -> Iterator[Finding]:
    for place, times in Counter((told.source, told.position) for told in entries).items():
        if times > 1:
            yield Finding("doubled", f"the audit log holds {_short(place)} {times} times")


def _order_of_effects(listener: Listener) -> Iterator[Finding]:
    last: dict[tuple[str, str], int] = {}
    done: set[Place] = set()
    for effect in listener.effects:
        if (effect.source, effect.position) in done:
            continue
        done.add((effect.source, effect.position))
        about = (effect.source, effect.key)
        if effect.version < last.get(about, 0):
            yield Finding(
                "reordered", f"{listener.name} acted on {effect.key} version {effect.version} after {last[about]}"
            )
        last[about] = max(effect.version, last.get(about, 0))


def _behind(listener: Listener, told: Told) -> bool:
    return listener.marks.get((told.source, told.topic, told.lane), 0) < told.sequence


def _gap(versions: list[int]) -> str:
    before, after = next((b, a) for b, a in pairwise(versions) if a != b + 1)
    return f"{before}, {after}"


def _named(what: tuple[str, str, int]) -> str:
    return f"{what[0]} {what[1]}" + (f" version {what[2]}" if what[2] else "")


def _at(told: Told) -> str:
    return f"{told.source}#{told.position} ({told.key} v{told.version})"


def _short(place: Place) -> str:
    return f"{place[0]}#{place[1]}"
