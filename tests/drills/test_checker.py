"""The judge itself: each fault is seeded into clean evidence, and exactly that fault must be found."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from shared.facts.envelope import lane_of
from tests.drills.checker import check, report, shortest
from tests.drills.evidence import Accepted, Effect, Evidence, Listener, Outbox, Told

TOY = "/services/toy"
ADDED = "lianzhi.toy.added.v2"


def clean(seed: int = 1, counters: int = 5, facts: int = 60) -> Evidence:
    """One source, one listener, one audit log; topics with some records sent twice."""
    chance = random.Random(seed)
    log, versions, sequences = [], dict[str, int](), dict[int, int]()
    for position in range(1, facts + 1):
        key = f"c{chance.randrange(counters)}"
        versions[key] = versions.get(key, 0) + 1
        lane = lane_of(key)
        sequences[lane] = sequences.get(lane, 0) + 1
        numbers = (position, "cases", lane, sequences[lane], key, "counter", key, versions[key])
        log.append(Told(TOY, *numbers, ADDED, f"f{position}", f"d{position}", "log", position))
    topics = [replace(told, place=f"cases/{told.lane % 8}", nr=nr) for nr, told in enumerate(log)]
    again = [replace(told, nr=len(log) + nr) for nr, told in enumerate(topics[10:20])]
    return Evidence(
        [
            Outbox(
                TOY,
                log,
                facts,
                facts,
                {("cases", lane): sequence for lane, sequence in sequences.items()},
                [],
                {("counter", key): version for key, version in versions.items()},
            )
        ],
        sorted([*topics, *again], key=lambda told: (told.place, told.nr)),
        [
            Listener(
                "echo",
                frozenset({ADDED}),
                [Effect(TOY, told.position, told.key, told.version) for told in log],
                {(TOY, "cases", lane): sequence for lane, sequence in sequences.items()},
            )
        ],
        [Accepted("counter", told.key, told.version) for told in log],
        [replace(told, place="audit") for told in log],
        frozenset({(TOY, "counter")}),
    )


def _log(evidence: Evidence) -> list[Told]:
    return evidence.outboxes[0].log


def _entries(evidence: Evidence) -> list[Told]:
    assert evidence.entries is not None
    return evidence.entries


def _a_place(evidence: Evidence, chance: random.Random) -> int:
    """Of a fact that is not the last of its counter nor the last of all."""
    log = _log(evidence)
    inner = [n for n, told in enumerate(log) if any(later.key == told.key for later in log[n + 1 :])]
    return chance.choice(inner)


def _without(rows: list[Told], told: Told) -> list[Told]:
    return [row for row in rows if (row.source, row.position) != (told.source, told.position)]


def lost_from_the_outbox_before_sealing(evidence: Evidence, chance: random.Random) -> None:
    """As a database that forgot an acknowledged commit: state and fact are gone, the answer was given."""
    evidence.accepted.append(Accepted("counter", "forgotten", 1))


def lost_of_an_aggregate(evidence: Evidence, chance: random.Random) -> None:
    """The state is there, its last fact is not."""
    evidence.outboxes[0].versions["counter", "c0"] += 1


def lost_tail_of_the_log(evidence: Evidence, chance: random.Random) -> None:
    for _ in range(3):
        _log(evidence).pop()


def lost_from_the_topic(evidence: Evidence, chance: random.Random) -> None:
    """The listener has noticed: it waits, and so does its lane."""
    told = _log(evidence)[_a_place(evidence, chance)]
    evidence.topics = _without(evidence.topics, told)
    listener = evidence.listeners[0]
    behind = {row.position for row in _log(evidence) if row.lane == told.lane and row.sequence >= told.sequence}
    listener.effects = [effect for effect in listener.effects if effect.position not in behind]
    listener.marks[TOY, "cases", told.lane] = told.sequence - 1
    listener.holes.add((TOY, "cases", told.lane))


def lost_effect(evidence: Evidence, chance: random.Random) -> None:
    effects = evidence.listeners[0].effects
    del effects[chance.randrange(len(effects))]


def lost_from_the_audit_log(evidence: Evidence, chance: random.Random) -> None:
    del _entries(evidence)[chance.randrange(len(_entries(evidence)))]


def lost_from_the_topic_without_anybody_noticing(evidence: Evidence, chance: random.Random) -> None:
    evidence.topics.clear()


def lost_with_the_whole_audit_log(evidence: Evidence, chance: random.Random) -> None:
    """Not the same as None: no audit was there."""
    evidence.entries = []


def lost_tail_of_the_topic(evidence: Evidence, chance: random.Random) -> None:
    """A head fact, which nobody but audit hears."""
    log = _log(evidence)
    head = replace(log[-1], position=61, topic="heads", aggregate="head", aggregate_id=TOY, version=1, sequence=1)
    log.append(replace(head, id="f61", type="lianzhi.toy.head.v1"))
    box = evidence.outboxes[0]
    box.sealed = box.sent = 61
    box.lanes["heads", head.lane] = 1
    _entries(evidence).append(log[-1])


def lost_by_waiting_for_nothing(evidence: Evidence, chance: random.Random) -> None:
    """One of fifty parked: nothing was wrong with any of them."""
    listener = evidence.listeners[0]
    for effect in chance.sample(listener.effects, 2):
        listener.effects.remove(effect)
        listener.waiting.add((effect.source, effect.position))


def lost_by_waiting_all_of_them(evidence: Evidence, chance: random.Random) -> None:
    listener = evidence.listeners[0]
    listener.waiting = {(effect.source, effect.position) for effect in listener.effects}
    listener.effects = []


def lost_in_another_lane_than_the_hole(evidence: Evidence, chance: random.Random) -> None:
    """A hole stops its own lane only."""
    lost_from_the_topic(evidence, chance)
    [hole] = evidence.listeners[0].holes
    listener = evidence.listeners[0]
    effect = next(effect for effect in listener.effects if lane_of(effect.key) != hole[2])
    listener.effects.remove(effect)
    listener.waiting.add((effect.source, effect.position))


def lost_into_quarantine(evidence: Evidence, chance: random.Random) -> None:
    evidence.listeners[0].quarantined.append("cases/3@17")


def lost_unreadable_record(evidence: Evidence, chance: random.Random) -> None:
    """Passed over in silence."""
    evidence.unreadable = 1


def doubled_effect(evidence: Evidence, chance: random.Random) -> None:
    effects = evidence.listeners[0].effects
    effects.insert(chance.randrange(len(effects)), effects[chance.randrange(len(effects))])
    effects.sort(key=lambda effect: effect.position)


def doubled_in_the_audit_log(evidence: Evidence, chance: random.Random) -> None:
    twin = chance.choice(_entries(evidence))
    _entries(evidence).insert(_entries(evidence).index(twin), twin)


def doubled_fact(evidence: Evidence, chance: random.Random) -> None:
    """One command recorded twice: the same fact id under two numbers, everywhere."""
    log, last = _log(evidence), _log(evidence)[-1]
    lane = max(told.sequence for told in log if told.lane == last.lane) + 1
    more = replace(last, position=len(log) + 1, sequence=lane, version=last.version + 1, nr=len(log) + 1)
    box, listener = evidence.outboxes[0], evidence.listeners[0]
    log.append(more)
    box.sealed += 1
    box.versions["counter", more.key] += 1
    evidence.topics.append(replace(more, place=f"cases/{more.lane % 8}", nr=10_000))
    _entries(evidence).append(more)
    box.lanes["cases", more.lane], box.sent = lane, box.sealed
    listener.effects.append(Effect(TOY, more.position, more.key, more.version))
    listener.marks[TOY, "cases", more.lane] = lane


def reordered_in_the_log(evidence: Evidence, chance: random.Random) -> None:
    """A sealer that went by serial id: two versions of one counter changed places, and so did everything after."""
    log = _log(evidence)
    at = _a_place(evidence, chance)
    other = next(n for n in range(at + 1, len(log)) if log[n].key == log[at].key)
    swapped = {log[at].position: log[other], log[other].position: log[at]}

    def seen(row: Told) -> Told:
        instead = swapped.get(row.position)
        return row if instead is None else replace(row, version=instead.version, id=instead.id, digest=instead.digest)

    evidence.outboxes[0].log = [seen(row) for row in log]
    evidence.topics = [seen(row) for row in evidence.topics]
    evidence.entries = [seen(row) for row in _entries(evidence)]
    by_position = {row.position: row for row in evidence.outboxes[0].log}
    evidence.listeners[0].effects = [
        replace(effect, version=by_position[effect.position].version) for effect in evidence.listeners[0].effects
    ]


def reordered_in_the_topic(evidence: Evidence, chance: random.Random) -> None:
    told = _log(evidence)[_a_place(evidence, chance)]
    mine = [row for row in evidence.topics if row.position == told.position]
    evidence.topics = _without(evidence.topics, told) + [replace(row, nr=10_000 + n) for n, row in enumerate(mine)]


def reordered_in_the_audit_log(evidence: Evidence, chance: random.Random) -> None:
    entries = _entries(evidence)
    entries.append(entries.pop(_a_place(evidence, chance)))


def reordered_effects(evidence: Evidence, chance: random.Random) -> None:
    effects, at = evidence.listeners[0].effects, _a_place(evidence, chance)
    effects.append(effects.pop(at))


def ghost_in_the_topic(evidence: Evidence, chance: random.Random) -> None:
    """Sent before its seal was on the disk, and the disk was lost."""
    last = evidence.topics[-1]
    evidence.topics.append(replace(last, position=61, sequence=99, id="f61", digest="d61", nr=10_000))


def ghost_effect(evidence: Evidence, chance: random.Random) -> None:
    evidence.listeners[0].effects.append(Effect(TOY, 61, "c1", 99))


def ghost_facts_that_nobody_asked_for(evidence: Evidence, chance: random.Random) -> None:
    """As if Idempotency-Keys were ignored and every other request had been repeated."""
    evidence.accepted = chance.sample(evidence.accepted, len(evidence.accepted) // 2)


def ghost_that_waits_to_be_sealed(evidence: Evidence, chance: random.Random) -> None:
    box = evidence.outboxes[0]
    box.versions["counter", "c0"] += 1
    box.waiting.append(("counter", "c0", box.versions["counter", "c0"]))


def ghost_that_waits(evidence: Evidence, chance: random.Random) -> None:
    evidence.listeners[0].waiting.add((TOY, 61))


def ghost_of_an_aggregate(evidence: Evidence, chance: random.Random) -> None:
    """A fact without the state that it tells of."""
    evidence.outboxes[0].versions["counter", "c0"] -= 1


def hole_in_the_positions(evidence: Evidence, chance: random.Random) -> None:
    del _log(evidence)[_a_place(evidence, chance)]


def hole_in_a_lane(evidence: Evidence, chance: random.Random) -> None:
    """Numbers that were given and never used: every place agrees, the numbers do not."""
    told = _log(evidence)[_a_place(evidence, chance)]

    def later(row: Told) -> Told:
        return (
            replace(row, sequence=row.sequence + 1) if row.lane == told.lane and row.position >= told.position else row
        )

    evidence.outboxes[0].log = [later(row) for row in _log(evidence)]
    evidence.topics = [later(row) for row in evidence.topics]
    evidence.entries = [later(row) for row in _entries(evidence)]

    evidence.outboxes[0].lanes["cases", told.lane] += 1


def hole_that_the_sealer_would_leave(evidence: Evidence, chance: random.Random) -> None:
    evidence.outboxes[0].lanes["cases", _log(evidence)[0].lane] += 1


def fork_that_the_sealer_would_make(evidence: Evidence, chance: random.Random) -> None:
    """A deposed sealer has set a lane back: the next one gives a number twice."""
    evidence.outboxes[0].lanes["cases", _log(evidence)[0].lane] -= 1


def fork_between_log_and_topic(evidence: Evidence, chance: random.Random) -> None:
    at = chance.randrange(len(evidence.topics))
    changed = evidence.topics[at].position
    evidence.topics = [replace(row, digest="other") if row.position == changed else row for row in evidence.topics]


def fork_between_log_and_audit(evidence: Evidence, chance: random.Random) -> None:
    entries = _entries(evidence)
    at = chance.randrange(len(entries))
    entries[at] = replace(entries[at], digest="other")


def fork_of_a_version(evidence: Evidence, chance: random.Random) -> None:
    """Two facts claim the same version of one counter; otherwise all is well numbered."""
    told = chance.choice(_log(evidence)[10:])
    twin = max(told.version - 1, 1) if told.version > 1 else told.version + 1

    def forked(row: Told) -> Told:
        return replace(row, version=twin) if row.position == told.position else row

    evidence.outboxes[0].log = [forked(row) for row in _log(evidence)]
    evidence.topics = [forked(row) for row in evidence.topics]
    evidence.entries = [forked(row) for row in _entries(evidence)]
    evidence.accepted = [Accepted("counter", row.key, row.version) for row in _log(evidence) if row != forked(told)]


def fork_of_an_answer(evidence: Evidence, chance: random.Random) -> None:
    """Two clients were told that the same version is theirs."""
    evidence.accepted.append(chance.choice(evidence.accepted))


KINDS = ("lost", "doubled", "reordered", "ghost", "hole", "fork")
SEEDED: list[Callable[[Evidence, random.Random], None]] = [
    seed for name, seed in list(globals().items()) if name.startswith(tuple(f"{kind}_" for kind in KINDS))
]


@pytest.mark.parametrize("seed", range(5))
def test_clean_evidence_has_no_findings(seed: int) -> None:
    assert check(clean(seed)) == []


@pytest.mark.parametrize("fault", SEEDED, ids=lambda fault: fault.__name__)
def test_a_seeded_fault_and_no_other_is_found(fault: Callable[[Evidence, random.Random], None]) -> None:
    for seed in range(12):
        evidence = clean(seed)
        fault(evidence, random.Random(seed))
        findings = check(evidence)
        assert {finding.fault for finding in findings} == {fault.__name__.split("_")[0]}, (seed, report(findings))
        assert len(shortest(findings)) == 1


def test_what_is_wrong_on_purpose_may_wait_or_be_skipped() -> None:
    evidence = clean()
    effect = evidence.listeners[0].effects.pop(30)
    evidence.listeners[0].waiting.add((effect.source, effect.position))
    evidence.listeners[0].quarantined.append("cases/3@17")
    evidence.may_wait, evidence.unreadable = frozenset({effect.key}), 1
    assert check(evidence) == []


def test_where_no_audit_was_kept_nothing_is_missing_in_it() -> None:
    evidence = clean()
    evidence.entries = None
    assert check(evidence) == []


def test_what_was_sealed_but_not_yet_sent_need_not_be_in_a_topic() -> None:
    evidence = clean()
    box, last = evidence.outboxes[0], _log(evidence)[-1]
    box.sent -= 1
    evidence.topics, evidence.entries = _without(evidence.topics, last), _without(_entries(evidence), last)
    assert check(evidence) == []


def test_what_waits_behind_a_missing_fact_waits_for_something() -> None:
    evidence = clean()
    before = {effect.position for effect in evidence.listeners[0].effects}
    lost_from_the_topic(evidence, random.Random(1))
    listener = evidence.listeners[0]
    [missing] = {told.position for told in _log(evidence)} - {told.position for told in evidence.topics}
    listener.waiting = {(TOY, position) for position in before - {e.position for e in listener.effects} - {missing}}
    assert {finding.fault for finding in check(evidence)} == {"lost"}
    assert all("waiting" not in finding.evidence for finding in check(evidence))


def test_the_report_names_the_place_and_how_many_more() -> None:
    evidence = clean()
    del evidence.listeners[0].effects[7:9]
    text = report(check(evidence))
    assert text.startswith("lost: echo never acted on /services/toy#")
    assert text.endswith("(and 1 more)")


def test_facts_that_are_not_sealed_yet_count() -> None:
    evidence = clean()
    box = evidence.outboxes[0]
    box.versions["counter", "c0"] += 1
    box.waiting.append(("counter", "c0", box.versions["counter", "c0"]))
    evidence.accepted.append(Accepted("counter", "c0", box.versions["counter", "c0"]))
    assert check(evidence) == []
