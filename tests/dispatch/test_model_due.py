"""Missed deadlines are the domain's: the same ones are told, at the same times, whenever the scheduler looks."""

from contextlib import suppress
from datetime import UTC, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.dispatch import facts as f
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.scheduler import due_by
from shared.refusals.refusals import Refused
from tests.dispatch.given import DISPATCHER, MORNING, SUPERVISOR, TEXT, Story, a_case, deadline

DAY = timedelta(days=1)
HANDOFF = "case-1.1"
OF_CLOCKS = (f.ClockWarned, f.ClockLapsed, f.LapseWithdrawn)


def looks(story: Story, at: Any) -> None:
    """The scheduler, at that moment."""
    for command in due_by(at)(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)


def does(story: Story, step: str) -> None:
    """What a person or an office does next, if it is open to them."""
    about: dict[str, Any] = {"handoff_id": HANDOFF}
    now = {"start": story.at, "answerable": "city_management_bureau"}
    office = story.handler(1)
    given: dict[str, tuple[Any, Any, dict[str, Any]]] = {
        "accept": (c.AcceptHandoff, office, {"deadline": deadline(6, (3, 5), **now)}),
        "complete": (c.CompleteHandoff, office, {"result": TEXT, "deadline": deadline(2, (1,), **now)}),
        "ask": (c.AskExtension, office, {"days": 4, "reason": TEXT}),
        "grant": (c.GrantExtension, DISPATCHER, {"deadline": deadline(9, (4, 8), **now), "longest": 30}),
        "rework": (c.OrderRework, DISPATCHER, {"reason": TEXT, "deadline": deadline(3, (1, 2), **now)}),
        "urge": (c.UrgeHandoff, SUPERVISOR, {}),
        "return": (c.ReturnHandoff, office, {"reason": TEXT}),
        "verify": (c.VerifyHandoff, DISPATCHER, {"follow_up": deadline(3, (2,), **now)}),
    }
    command, actor, fields = given[step]
    at = story.at
    with suppress(Refused):
        story.do(command, actor, **about, **fields)
    story.at = at


STEPS = ("accept", "complete", "ask", "grant", "rework", "urge", "return", "verify")


def played(course: list[tuple[str, int]], polls: list[int], silence: str | None) -> Story:
    """Steps with the hours before each; `polls` are hours after the beginning."""
    clock = deadline(3, (1, 2), "city_management_bureau").model_copy(update={"silence": silence, "right": True})
    clock = clock.model_copy(update={"rule": "handoff_objection", "then": deadline(5, start=clock.due_at)})
    first = deadline(2, (1,), "city_management_bureau")
    story = a_case().offered_to("city_management_bureau", deadline=first, objection=clock)
    waiting = sorted(polls)
    for step, hours in course:
        story.at += timedelta(hours=hours)
        while waiting and MORNING + timedelta(hours=waiting[0]) <= story.at:
            looks(story, max(story.case.opened_at, MORNING + timedelta(hours=waiting.pop(0))))
        does(story, step)
    looks(story, MORNING + 100 * DAY)
    return story


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 100)), max_size=12),
    st.lists(st.integers(0, 800), max_size=12),
    st.sampled_from([None, "accepted"]),
)
def test_whenever_the_scheduler_looks_the_same_clocks_are_told_at_the_same_times(course, polls, silence):
    with_polls, alone = played(course, polls, silence), played(course, [], silence)
    assert clock_facts(with_polls) == clock_facts(alone)
    assert with_polls.case == alone.case
    assert MODEL.fold(with_polls.facts) == with_polls.case
    moments = [fact.at for fact in alone.facts if isinstance(fact, (f.ClockWarned, f.ClockLapsed))]
    assert moments == sorted(moments)


def clock_facts(story: Story) -> list[tuple[str, str, Any]]:
    return [(type(fact).__name__, fact.clock_id, fact.at) for fact in story.facts if isinstance(fact, OF_CLOCKS)]


def test_what_is_done_between_two_looks_after_the_due_time_tells_the_lapse_first():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(2, (1,), "city_management_bureau"))
    due = story.case.clocks[0].deadline
    story.at = due.due_at + timedelta(milliseconds=1)
    story.accepted()
    told = [(type(fact).__name__, fact.at) for fact in story.facts[-4:-1]]
    assert told == [
        ("ClockWarned", due.warnings[0]),
        ("ClockLapsed", due.due_at),
        ("HandoffAccepted", due.due_at + timedelta(milliseconds=1)),
    ]


def test_a_lapse_is_kept_as_its_fact_tells_it_whatever_the_districts_time_is():
    beijing = timezone(timedelta(hours=8))
    story = a_case().offered_to("city_management_bureau", deadline=deadline(2, start=MORNING.astimezone(beijing)))
    story.at += 3 * DAY
    assert story.accepted().case.clocks[0].lapsed_at.tzinfo is UTC, "facts travel in UTC"


def test_what_is_done_at_the_last_instant_before_it_is_no_lapse():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(2))
    story.at = story.case.clocks[0].deadline.due_at - timedelta(microseconds=1)
    assert clock_facts(story.accepted()) == []


def test_the_end_of_the_time_to_object_is_told_too_and_makes_nobody_late():
    clock = deadline(3).model_copy(update={"rule": "handoff_objection", "right": True})
    story = a_case().offered_to("city_management_bureau", objection=clock, deadline=deadline(30))
    story.at = clock.due_at + DAY
    story.accepted()
    (lapse,) = [fact for fact in story.facts if isinstance(fact, f.ClockLapsed)]
    assert (lapse.right, lapse.at) == (True, clock.due_at)
    assert not any(clock.overdue for clock in story.case.clocks)


def test_a_refused_step_leaves_the_case_as_it_was_and_the_lapse_to_the_scheduler():
    story = a_case().offered_to("city_management_bureau", deadline=deadline(2))
    before = story.case
    story.at = before.clocks[0].deadline.due_at + DAY
    with pytest.raises(Refused):
        story.verified()
    assert story.case == before
