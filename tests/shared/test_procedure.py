"""Procedures: who may do what when, and that decide and evolve cannot disagree."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.facts.fact import Fact
from shared.procedure.actor import ANYWHERE, Actor, Post, Role, Where, service_actor
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.record.aggregate import dump, load
from shared.refusals.refusals import NotFound, NotNow, NotPermitted, Refused
from tests.kit.toys.toy.model import MODEL as COUNTER
from tests.kit.toys.toy.model import Add, Close

NOW = datetime(2021, 5, 6, 8, 30, tzinfo=UTC)


class DoorFact(Fact):
    about = "door_id"
    door_id: str


class DoorOpened(DoorFact, service="kit"):
    pass


class DoorShut(DoorFact, service="kit"):
    pass


class DoorLocked(DoorFact, service="kit"):
    pass


class DoorKnocked(DoorFact, service="kit"):
    """`status` is what the visitor found: it must not become the door's own."""

    status: str
    times: int


class DoorBroken(DoorFact, service="kit"):
    pass


class Door(State):
    door_id: str = ""
    times: int = 0


class Open(Command):
    door_id: str


class Shut(Command):
    door_id: str


class Knock(Command):
    door_id: str


class Break(Command):
    door_id: str


class Lock(Command):
    door_id: str


def at_place(state: Door, command: Any) -> Where:
    return Where(area="5001", departments=frozenset({"police"}))


STEPS = (
    Step(Open, during(NEW, "shut"), DoorOpened, "open", by(Role.CLERK, Role.RESIDENT)),
    # Whoever is inside may shut it; only the handler shuts one that was broken.
    Step(Shut, during("open"), DoorShut, "shut", by(Role.CLERK), law="House Rules Art 1"),
    Step(Shut, during("broken"), DoorShut, "shut", by(Role.HANDLER), where=at_place),
    Step(Lock, during("shut"), DoorLocked, "locked", by(Role.SERVICE)),
    Step(
        Knock, during("shut", "open"), DoorKnocked, None, by(Role.RESIDENT), build=lambda s, c: {"times": s.times + 1}
    ),
    Step(Break, during("shut"), DoorBroken, "broken", by(Role.RESIDENT)),
)


def lock_at_night(state: Door, fact: Fact, command: Command) -> Sequence[Command]:
    if command.at.hour < 20:
        return ()
    return (Lock(at=command.at, actor=service_actor("kit"), door_id=state.door_id),)


DOOR = Model("door", Door, Procedure("door", STEPS), follows={DoorShut: lock_at_night})


def holder(role: Role, department: str = "house", area: str = "") -> Actor:
    return Actor(f"user:{role}", (Post(role, department, area),), department)


def carry_out(state: Door, command: type[Command], actor: Actor, at: datetime = NOW) -> tuple[Door, list[Fact]]:
    return DOOR.carry_out(state, command(at=at, actor=actor, door_id="d1"))


def test_a_command_becomes_the_rows_fact_and_state() -> None:
    state, facts = carry_out(Door(), Open, holder(Role.RESIDENT))
    assert state == Door(door_id="d1", status="open")
    assert facts == [DoorOpened(at=NOW, by="user:resident", by_department="house", door_id="d1")]


def test_a_step_that_is_not_open_is_refused_with_what_is() -> None:
    with pytest.raises(NotNow) as refused:
        carry_out(Door(status="shut"), Shut, holder(Role.CLERK))
    assert refused.value.possible == ("open",), "not what others could do"
    assert refused.value.law == "House Rules Art 1"


def test_a_post_that_allows_the_step_in_one_state_does_not_allow_it_in_another() -> None:
    with pytest.raises(NotPermitted):
        carry_out(Door(status="open"), Shut, holder(Role.HANDLER, "police", "5001"))
    with pytest.raises(NotPermitted):
        carry_out(Door(status="broken"), Shut, holder(Role.CLERK))
    assert carry_out(Door(status="open"), Shut, holder(Role.CLERK))[0].status == "shut"
    assert carry_out(Door(status="broken"), Shut, holder(Role.HANDLER, "police", "50"))[0].status == "shut"


@pytest.mark.parametrize(("department", "area"), [("fire", "5001"), ("police", "5002"), ("police", "500101")])
def test_a_post_counts_for_its_area_and_department_only(department: str, area: str) -> None:
    with pytest.raises(NotPermitted):
        carry_out(Door(status="broken"), Shut, holder(Role.HANDLER, department, area))


def test_a_fact_with_a_field_named_status_does_not_set_the_state() -> None:
    state, facts = carry_out(Door(status="shut", times=2), Knock, holder(Role.RESIDENT))
    assert (state.status, state.times) == ("shut", 3)
    assert facts[0].model_dump()["status"] == "shut"


def test_what_follows_is_decided_in_the_same_step() -> None:
    night = NOW.replace(hour=22)
    state, facts = carry_out(Door(status="open", door_id="d1"), Shut, holder(Role.CLERK), night)
    assert state.status == "locked"
    assert [type(fact) for fact in facts] == [DoorShut, DoorLocked]


def test_a_fact_with_two_target_states_is_refused_when_declared() -> None:
    twice = (*STEPS, Step(Lock, during("open"), DoorLocked, "jammed", by(Role.SERVICE)))
    with pytest.raises(TypeError, match="two target states"):
        Procedure("door", twice)


@given(st.lists(st.tuples(st.sampled_from([Open, Shut, Lock, Knock, Break]), st.integers(0, 23)), max_size=30))
def test_the_fold_of_the_facts_is_the_state(commands: list[tuple[type[Command], int]]) -> None:
    everybody = Actor("all", tuple(Post(role, "police", "") for role in Role), "police")
    state, told = Door(), list[Fact]()
    for command, hour in commands:
        try:
            state, facts = carry_out(state, command, everybody, NOW.replace(hour=hour))
        except Refused:
            continue
        told += facts
    assert DOOR.fold(told) == state
    assert load(DOOR, dump(state)) == state


@given(st.lists(st.integers(-5, 2_000_000)))
def test_a_counter_is_the_sum_of_what_was_not_refused(amounts: list[int]) -> None:
    anybody, state = Actor("r", (Post(Role.RESIDENT, "", ""),)), COUNTER.blank
    for amount in amounts:
        try:
            state, _ = COUNTER.carry_out(state, Add(at=NOW, actor=anybody, counter_id="c", amount=amount))
        except Refused:
            assert amount > 1_000_000
    assert state.total == sum(amount for amount in amounts if amount <= 1_000_000)
    if state.added:
        assert COUNTER.carry_out(state, Close(at=NOW, actor=anybody, counter_id="c"))[0].status == "closed"


def test_posts() -> None:
    actor = Actor("u", (Post(Role.HANDLER, "police", "5001"), Post(Role.CLERK, "centre", "50")))
    handlers, clerks = frozenset({Role.HANDLER}), frozenset({Role.CLERK})
    assert actor.may(handlers, ANYWHERE)
    assert actor.may(handlers, Where("500102", frozenset({"police"})))
    assert not actor.may(handlers, Where("500102", frozenset({"fire"})))
    assert actor.may(clerks, Where("500102", frozenset({"fire"})))
    assert not actor.may(clerks, Where("51"))
    assert actor.departments(handlers) == {"police"}
    assert actor.areas(handlers | clerks) == {"5001", "50"}


def test_a_step_is_told_of_the_department_whose_post_allowed_it() -> None:
    posts = (
        Post(Role.CLERK, "centre", "50"),
        Post(Role.HANDLER, "station", "5001"),
        Post(Role.HANDLER, "bureau", "5002"),
    )
    person = Actor("somebody", posts, "centre")
    handlers = by(Role.HANDLER)
    assert person.acting_for(handlers, Where("500101")) == "station"
    assert person.acting_for(handlers, Where("500201")) == "bureau"
    assert person.acting_for(handlers | by(Role.CLERK), Where("500101")) == "centre", "one's own first"
    assert person.acting_for(by(Role.AUDITOR)) == "centre", "no post of theirs: what follows from another's step"
    assert service_actor("kit").acting_for(by(Role.SERVICE)) is None
    assert Actor("office", service_actor("kit").posts, "station").acting_for(by(Role.SERVICE)) == "station"


def test_a_row_of_one_kind_is_neither_open_nor_shown_for_another() -> None:
    """Who may knock depends on whether anybody has knocked before."""
    knocked, silent = (lambda door: door.times > 0), (lambda door: door.times == 0)
    steps = (
        Step(Knock, during("open"), DoorKnocked, None, by(Role.CLERK), of=knocked),
        Step(Knock, during("open"), DoorKnocked, None, by(Role.HANDLER), of=silent),
    )
    procedure, clerk, handler = Procedure("door", steps), holder(Role.CLERK), holder(Role.HANDLER)
    for times, may, may_not in ((0, handler, clerk), (1, clerk, handler)):
        door = Door(door_id="d1", status="open", times=times)
        assert procedure.decide(door, Knock(at=NOW, actor=may, door_id="d1"))
        assert [row.roles for row in procedure.open_to(door, None, may, ANYWHERE)] == [may.roles]
        assert procedure.open_to(door, None, may_not, ANYWHERE) == []
        with pytest.raises(NotPermitted):
            procedure.decide(door, Knock(at=NOW, actor=may_not, door_id="d1"))


def test_a_step_that_the_part_would_refuse_is_not_proposed_and_is_refused_by_its_guard() -> None:
    def loud(state: Door, command: Command) -> Refused | None:
        return None if state.times else NotFound("doorbell")

    step = Step(Knock, during("open"), DoorKnocked, None, by(Role.CLERK), (loud,), shown=lambda door: door.times > 0)
    procedure, clerk = Procedure("door", (step,)), holder(Role.CLERK)
    silent, knocked = (Door(door_id="d1", status="open", times=times) for times in (0, 1))
    assert procedure.open_to(silent, None, clerk, ANYWHERE) == []
    assert procedure.open_to(knocked, None, clerk, ANYWHERE) == [step]
    with pytest.raises(NotFound):
        procedure.decide(silent, Knock(at=NOW, actor=clerk, door_id="d1"))
