"""Time that a clock's rule leaves out: who records it, what it moves, what is refused, how it is put right."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import deadlines
from services.dispatch import facts as f
from services.dispatch.model import HANDOFF, MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import exclusion as x
from services.dispatch.model import refusals as r
from services.police import reactions as police
from services.police.model import MODEL as POLICE
from shared.desk.matter import ReceiveTask
from shared.listen.reactions import Heard
from shared.procedure.actor import Actor, Role, Where, service_actor
from shared.reference.reference import Reference, Version
from shared.refusals.refusals import NotFound, NotNow, NotPermitted
from tests.dispatch.given import DISPATCHER, SUPERVISOR, TEXT, Story, a_case, handler_of, offer, person
from tests.dispatch.test_model_clocks import midnight, running, tells_due, told
from tests.dispatch.test_model_recount import recounts, with_notice
from tests.shared.desks import BEIJING, district

TICK = timedelta(microseconds=1)
OFFICE, OTHER = "city_management_bureau", "transport_bureau"
MONDAY = datetime(2021, 3, 1, 9, tzinfo=BEIJING)


def with_clock(**changed: Any) -> Reference:
    """The district, with ten days for a general matter that leave appraisals and hearings out."""
    reference = district()
    general = reference.get("clock", "handling_general", MONDAY)
    assert general is not None
    rule = {**general.entry["rule"], "length": 10, "excludes": ["appraisal", "hearing"], **changed}
    reference.keep("clock", Version("handling_general", date(2021, 1, 1), None, {"rule": rule}))
    return reference


REFERENCE = with_clock()


def at(day: int, hour: int = 9, minute: int = 0, month: int = 3) -> datetime:
    return datetime(2021, month, day, hour, minute, tzinfo=BEIJING)


def accepted(reference: Reference = REFERENCE, via: str | None = None) -> Story:
    """On Monday 1 March: by calendar days, Thursday 11 is the last."""
    story = a_case()
    story.at = MONDAY - timedelta(hours=1)
    story.offered_to(OFFICE, via=via)
    due = deadlines.deadline(reference, "handling_general", MONDAY, OFFICE)
    story.at = MONDAY
    by = story.handler(1) if via is None else service_actor(via)
    return story.do(c.AcceptHandoff, by, handoff_id=story.id(1), deadline=due)


def begun(story: Story, since: datetime, now: datetime | None = None, by: Actor | None = None, **more: Any) -> Story:
    story.at = now or since
    given = {"ground": "appraisal", "paper": TEXT, "handoff_id": story.id(1), **more}
    return story.do(c.BeginExclusion, by or story.handler(1), since=since, **given)


def takes(story: Story, command: type[deadlines.Leaving], number: int = 1, **about: Any) -> Story:
    """As the route does it: with where the clock ends then."""
    by, reference = about.pop("by", None) or story.handler(1), about.pop("reference", REFERENCE)
    given = {"handoff_id": story.id(1), **about}
    (taken,) = deadlines.leaving_out(reference, command, {"at": story.at, "actor": by}, number, **given)(story.case)
    story.case, facts = MODEL.carry_out(story.case, taken)
    story.facts.extend(facts)
    assert MODEL.fold(story.facts) == story.case
    return story


def ended(story: Story, until: datetime, now: datetime | None = None, **about: Any) -> datetime:
    """When it is due then."""
    story.at = now or until
    (clock,) = running(takes(story, c.EndExclusion, until=until, **about).case)
    return clock.due_at


@pytest.mark.parametrize(
    ("since", "until", "due", "days"),
    [
        (at(4), at(4, 17), midnight(2021, 3, 12), 0),
        (at(4, 23, 59), at(5, 0), midnight(2021, 3, 13), 1),
        (at(4), at(9), midnight(2021, 3, 17), 5),
        (MONDAY, at(6), midnight(2021, 3, 17), 5),
        (at(11), at(16), midnight(2021, 3, 17), 5),
        (at(4), at(28, month=4), midnight(2021, 5, 7), 55),
    ],
    ids=[
        *("within a day", "over one midnight", "to 9 March: 11 and five days", "from the start of the clock"),
        *("from its last day: due on the day of its end", "55 days: 5 May, moved by Labour Day to the 6th"),
    ],
)
def test_what_its_rule_leaves_out_moves_the_end_by_just_those_days(
    since: datetime, until: datetime, due: datetime, days: int
):
    story = begun(accepted(), since)
    assert deadlines.left_out(REFERENCE, story.case.clocks[0], until) == {"days": days}, "while it goes on"
    assert ended(story, until) == due
    assert deadlines.left_out(REFERENCE, story.case.clocks[0], until + timedelta(days=9)) == {"days": days}
    assert story.case.handoffs[0].exclusions == story.case.clocks[0].excluded
    assert told(tells_due(story, due - TICK))[-1:] != ["ClockLapsed handling_general"]
    assert told(tells_due(story, due))[-1] == "ClockLapsed handling_general"


def test_nothing_is_told_while_it_goes_on_and_it_says_by_which_paper_and_clock():
    story = begun(accepted(), at(4))
    fact = story.last
    assert isinstance(fact, f.ExclusionBegun)
    clock = story.case.clocks[0]
    assert (fact.clock_id, fact.rule, fact.number, fact.paper) == (clock.clock_id, "handling_general", 1, TEXT)
    assert told(tells_due(story, at(30))) == []
    assert ended(story, at(30)) == midnight(2021, 4, 7), "11 March and 26 days: Tuesday 6 April, after Qingming"


def test_twice_and_extended_between_them():
    story = begun(accepted(), at(2))
    assert ended(story, at(4)) == midnight(2021, 3, 16), "two days: Saturday 13, moved to Monday 15"
    story.do(c.AskExtension, story.handler(1), handoff_id=story.id(1), days=10, reason=TEXT)
    (grant,) = deadlines.granting(REFERENCE, {"at": story.at, "actor": DISPATCHER}, story.id(1))(story.case)
    story.do(type(grant), DISPATCHER, **grant.model_dump(exclude={"at", "actor"}))
    assert running(story.case)[0].due_at == midnight(2021, 3, 24), "ten days from Saturday 13: Tuesday 23"
    begun(story, at(8), ground="hearing")
    assert [each.number for each in story.case.clocks[0].excluded] == [1, 2]
    assert ended(story, at(11), number=2) == midnight(2021, 3, 27), "three more: Friday 26"


def test_with_a_suspension_over_it_the_days_count_once():
    reference = with_clock(excludes=["appraisal", "suspension"], least=1)
    story = begun(accepted(reference), at(3))
    look = deadlines.look_again(district(), at(4), at(4) + timedelta(days=300))
    story.at = at(4)
    story.do(c.SuspendCase, DISPATCHER, waiting_for=TEXT, look_again_at=look.due_at, deadline=look)
    story.at = at(6)
    takes(story, c.EndExclusion, until=at(6), reference=reference)
    assert story.case.clocks[0].next_at is None, "the case is suspended still"
    (resume,) = deadlines.resuming(reference, {"at": at(9), "actor": DISPATCHER})(story.case)
    story.case, _ = MODEL.carry_out(story.case, resume)
    assert story.case.clocks[0].deadline.due_at == midnight(2021, 3, 18), "4 to 9 March, six days: Wednesday 17"


@pytest.mark.parametrize(
    ("ground", "since", "now", "why"),
    [
        ("inspection", at(4), at(4), x.NotExcluded),
        ("suspension", at(4), at(4), x.NotExcluded),
        ("appraisal", MONDAY - TICK, at(4), x.BeforeTheClock),
        ("appraisal", at(4) + TICK, at(4), x.StillAhead),
    ],
)
def test_what_cannot_be_left_out(ground: str, since: datetime, now: datetime, why: type[Exception]):
    with pytest.raises(why):
        begun(accepted(), since, now, ground=ground)


def test_the_refusal_names_the_basis_and_what_the_clock_leaves_out():
    with pytest.raises(x.NotExcluded) as refusal:
        begun(accepted(), at(4), ground="inspection")
    assert refusal.value.message("zh") == "该时限（区级政策）不扣除“检验检测”期间；可扣除的：鉴定、听证"


@pytest.mark.parametrize("now", [midnight(2021, 3, 12) - TICK, midnight(2021, 3, 12)])
def test_an_office_records_until_its_clock_lapses_and_the_centre_after(now: datetime):
    since, end = at(4), midnight(2021, 3, 12)
    story = tells_due(accepted(), now)
    if now < end:
        assert begun(story, since, now).case.clocks[0].excluded
        return
    with pytest.raises(x.CentreRecords):
        begun(story, since, now)
    begun(story, since, now, by=DISPATCHER)
    assert ended(story, at(9), now, by=DISPATCHER) == midnight(2021, 3, 17)
    withdrawn = story.last
    assert isinstance(withdrawn, f.LapseWithdrawn)
    assert (withdrawn.reason, withdrawn.due_at) == ("excluded", end)
    assert not story.case.clocks[0].overdue
    assert told(tells_due(story, midnight(2021, 3, 17) - TICK))[-1] != "ClockLapsed handling_general"
    assert told(tells_due(story, midnight(2021, 3, 17)))[-1] == "ClockLapsed handling_general"


def test_an_exclusion_that_begins_at_the_end_leaves_nothing_out():
    end = midnight(2021, 3, 12)
    for by in (handler_of(OFFICE), DISPATCHER):
        with pytest.raises(x.AfterTheEnd):
            begun(tells_due(accepted(), end), end, by=by)
    assert begun(accepted(), end - TICK).case.clocks[0].excluded


@pytest.mark.parametrize("until", [at(4), at(4) - TICK])
def test_it_ends_later_than_it_begins(until: datetime):
    story = begun(accepted(), at(4))
    with pytest.raises(x.EndsFirst):
        ended(story, until, at(9))
    with pytest.raises(x.StillAhead):
        ended(story, at(9) + TICK, at(9))
    assert ended(story, at(4) + TICK, at(9)) == midnight(2021, 3, 12)


def test_two_never_overlap_and_may_touch():
    story = begun(accepted(), at(4))
    with pytest.raises(x.Overlaps):
        begun(story, at(5), ground="hearing")
    ended(story, at(6))
    with pytest.raises(x.Overlaps):
        begun(story, at(6) - TICK, at(7), ground="hearing")
    with pytest.raises(x.Overlaps):
        begun(story, at(2), at(7), ground="hearing")
    assert ended(begun(story, at(6), at(7), ground="hearing"), at(8), number=2) == midnight(2021, 3, 16)


def test_what_has_ended_does_not_end_again_and_what_is_not_there_is_not_found():
    story = begun(accepted(), at(4))
    ended(story, at(6))
    with pytest.raises(x.EndedAlready):
        ended(story, at(7))
    with pytest.raises(NotFound):
        ended(story, at(7), number=2)


@pytest.mark.parametrize(
    "actor",
    [
        handler_of(OTHER),
        handler_of(OFFICE, "500105"),
        person(Role.CLERK),
        person(Role.AUDITOR),
        person(Role.DISPATCHER, area="500105"),
    ],
    ids=["another office", "another area", "a clerk", "an auditor", "another district's centre"],
)
def test_only_the_office_and_the_centre_record(actor: Actor):
    with pytest.raises(NotPermitted):
        begun(accepted(), at(4), by=actor)
    with pytest.raises(NotPermitted):
        ended(begun(accepted(), at(4)), at(6), by=actor)


@pytest.mark.parametrize("by", [DISPATCHER, SUPERVISOR])
def test_the_centre_puts_right_what_was_recorded_wrongly_and_the_log_keeps_both(by: Actor):
    story = begun(accepted(), at(4))
    assert ended(story, at(9)) == midnight(2021, 3, 17)
    story.at = at(10)
    takes(story, c.CorrectExclusion, since=at(5), until=at(8), reason=TEXT, by=by)
    assert running(story.case)[0].due_at == midnight(2021, 3, 16), "three days: Sunday 14, Monday 15"
    takes(story, c.CorrectExclusion, since=at(4), reason=TEXT, by=by)
    assert running(story.case)[0].due_at == midnight(2021, 3, 16), "its end kept: four days, Monday 15"
    takes(story, c.StrikeExclusion, reason=TEXT, by=by)
    assert running(story.case)[0].due_at == midnight(2021, 3, 12)
    assert [type(fact) for fact in story.facts if isinstance(fact, x.FACTS)] == [
        *(f.ExclusionBegun, f.ExclusionEnded),
        *(f.ExclusionCorrected, f.ExclusionCorrected, f.ExclusionStruck),
    ]
    assert [(each.number, each.struck) for each in story.case.handoffs[0].exclusions] == [(1, True)]
    with pytest.raises(NotFound):
        takes(story, c.StrikeExclusion, reason=TEXT, by=by)
    assert begun(story, at(4), at(10)).case.clocks[0].excluded[-1].number == 2, "what was struck is in nobody's way"


def test_the_office_corrects_and_strikes_nothing_itself():
    story = begun(accepted(), at(4))
    ended(story, at(9))
    with pytest.raises(NotPermitted):
        takes(story, c.CorrectExclusion, since=at(4), until=at(10), reason=TEXT)
    with pytest.raises(NotPermitted):
        takes(story, c.StrikeExclusion, reason=TEXT)


def test_a_correction_is_held_to_the_same_limits():
    story = begun(accepted(), at(4))
    story.at = at(5)
    with pytest.raises(x.StillOpen):
        takes(story, c.CorrectExclusion, since=at(3), until=at(5), reason=TEXT, by=DISPATCHER)
    ended(story, at(6))
    ended(begun(story, at(7), ground="hearing"), at(8), number=2)
    story.at = at(10)
    for since, until, why in (
        (MONDAY - TICK, at(6), x.BeforeTheClock),
        (at(4), at(10) + TICK, x.StillAhead),
        (at(4), at(4), x.EndsFirst),
        (at(4), at(7) + TICK, x.Overlaps),
    ):
        with pytest.raises(why):
            takes(story, c.CorrectExclusion, since=since, until=until, reason=TEXT, by=DISPATCHER)
    takes(story, c.CorrectExclusion, since=at(4), until=at(7), reason=TEXT, by=DISPATCHER)
    assert running(story.case)[0].due_at == midnight(2021, 3, 16), "4 to 8 March, four days: Monday 15"


def test_a_struck_exclusion_whose_clock_ended_meanwhile_lapses_at_its_own_moment():
    story = begun(accepted(), at(4))
    tells_due(story, at(20))
    story.at = at(20)
    takes(story, c.StrikeExclusion, reason=TEXT, by=DISPATCHER)
    lapse = next(fact for fact in tells_due(story, at(20)).facts if isinstance(fact, f.ClockLapsed))
    assert (lapse.at, lapse.due_at) == (midnight(2021, 3, 12),) * 2


def test_a_correction_that_leaves_less_out_than_was_told_makes_late_again_only_at_the_new_end():
    story = begun(accepted(), at(4))
    ended(story, at(9))
    story.at = at(15)
    takes(story, c.CorrectExclusion, since=at(4), until=at(7), reason=TEXT, by=DISPATCHER)
    assert running(story.case)[0].due_at == midnight(2021, 3, 16), "three days: Sunday 14, Monday 15"
    assert told(tells_due(story, midnight(2021, 3, 16) - TICK))[-1] != "ClockLapsed handling_general"
    assert told(tells_due(story, midnight(2021, 3, 16)))[-1] == "ClockLapsed handling_general"


def watched(story: Story) -> list[f.Deadline]:
    return [clock for clock in running(story.case) if clock.rule == "exclusion"]


def with_a_watch(story: Story) -> Story:
    return begun(story, at(4), deadline=deadlines.centres(district(), "exclusion", at(4)))


def test_one_that_goes_on_and_on_is_for_the_centre_to_look_at():
    story = with_a_watch(accepted())
    (watch,) = watched(story)
    assert (watch.answerable, watch.due_at) == ("governance_center", midnight(2021, 4, 7)), "3 April, off 3-5: the 6th"
    assert "ClockLapsed exclusion" not in told(tells_due(story, watch.due_at - TICK))
    assert told(tells_due(story, watch.due_at))[-1] == "ClockLapsed exclusion"
    story.at = at(10, month=4)
    takes(story, c.EndExclusion, until=story.at)
    assert watched(story) == []


def test_the_look_ends_with_the_strike_or_the_work_and_rework_does_not_bring_it_back():
    story = with_a_watch(accepted())
    story.at = at(5)
    takes(story, c.CorrectExclusion, since=at(3), reason=TEXT, by=DISPATCHER)
    assert len(watched(story)) == 1, "it goes on"
    assert watched(takes(story, c.StrikeExclusion, reason=TEXT, by=DISPATCHER)) == []
    done = with_a_watch(accepted())
    done.at = at(5)
    done.completed()
    (rework,) = deadlines.sending_back(REFERENCE, {"at": at(8), "actor": DISPATCHER}, done.id(1), TEXT)(done.case)
    done.at = at(8)
    done.do(type(rework), DISPATCHER, **rework.model_dump(exclude={"at", "actor"}))
    assert [clock.rule for clock in running(done.case)] == ["handling_general"]
    assert MODEL.fold(done.facts) == done.case


def test_the_look_goes_along_with_a_transfer_and_stays_the_centres():
    story = with_a_watch(accepted())
    story.at = at(5)
    story.do(c.TransferHandoff, DISPATCHER, handoff_id=story.id(1), offer=offer(OTHER), why=TEXT)
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2))
    assert [(clock.rule, clock.answerable) for clock in running(story.case)] == [
        *(("handling_general", OTHER), ("exclusion", "governance_center"))
    ]
    story.at = at(9)
    takes(story, c.EndExclusion, until=at(9), handoff_id=story.id(2), by=story.handler(2))
    assert [clock.rule for clock in running(story.case)] == ["handling_general"]


def test_work_that_is_done_ends_it_and_rework_leaves_it_out():
    story = begun(accepted(), at(4))
    story.at = at(12)
    story.completed()
    assert story.case.clocks[0].excluded[0].until == at(12)
    (rework,) = deadlines.sending_back(REFERENCE, {"at": at(15), "actor": DISPATCHER}, story.id(1), TEXT)(story.case)
    story.at = at(15)
    story.do(type(rework), DISPATCHER, **rework.model_dump(exclude={"at", "actor"}))
    assert running(story.case)[0].due_at == midnight(2021, 3, 23), "seven of ten days were left: Monday 22"


def test_a_transfer_takes_it_along_and_the_next_office_ends_it():
    story = begun(accepted(), at(4))
    story.at = at(5)
    story.do(c.TransferHandoff, DISPATCHER, handoff_id=story.id(1), offer=offer(OTHER), why=TEXT)
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2))
    assert [each.open for each in story.case.handoffs[1].exclusions] == [True]
    story.at = at(9)
    takes(story, c.EndExclusion, until=at(9), handoff_id=story.id(2), by=story.handler(2))
    assert running(story.case)[0].due_at == midnight(2021, 3, 17)


def test_the_centre_records_for_an_office_with_a_service_of_its_own_and_so_does_that_office():
    for by in (handler_of(OFFICE), DISPATCHER):
        assert begun(accepted(via="police"), at(4), by=by).case.clocks[0].excluded


def test_nothing_is_recorded_before_the_work_or_after_it():
    story = a_case().offered_to(OFFICE)
    with pytest.raises(NotNow):
        begun(story, story.at)
    done = accepted()
    done.at = at(5)
    with pytest.raises(NotNow):
        begun(done.completed(), at(5), at(6))


def test_without_a_clock_there_is_nothing_to_leave_out():
    with pytest.raises(x.NoClockRuns):
        begun(a_case().offered_to(OFFICE).accepted(), at(4))


def test_steps_are_proposed_where_they_would_pass():
    def steps(story: Story, actor: Actor) -> set[str]:
        part = story.case.handoffs[0]
        rows = HANDOFF.open_to(story.case, part, actor, Where(story.case.area, frozenset({part.department})))
        return {row.command.step_name() for row in rows if "exclusion" in row.command.step_name()}

    office, plain = handler_of(OFFICE), accepted(with_clock(excludes=["suspension"]))
    assert (steps(plain, office), steps(plain, DISPATCHER)) == (set(), set())
    story = accepted()
    assert (steps(story, office), steps(story, handler_of(OTHER))) == ({"begin_exclusion"}, set())
    begun(story, at(4))
    assert steps(story, office) == {"end_exclusion"}
    assert steps(story, DISPATCHER) == {"end_exclusion", "correct_exclusion", "strike_exclusion"}
    ended(story, at(6))
    assert steps(story, office) == {"begin_exclusion"}
    assert steps(story, DISPATCHER) == {"begin_exclusion", "correct_exclusion", "strike_exclusion"}


def test_by_statute_the_decision_on_a_petition_leaves_no_time_out():
    """信访工作条例 36 excludes a hearing from a recheck, and no article excludes anything from the sixty days."""
    due = deadlines.deadline(district(), "petition_decision", datetime(2022, 6, 1, 9, tzinfo=BEIJING), OFFICE)
    assert due is not None
    assert (due.statutory, due.excludes) == (True, ())


def test_a_notice_of_days_off_counts_again_without_what_was_left_out():
    day = datetime(2027, 1, 18, 9, tzinfo=BEIJING)
    story = a_case().offered_to(OFFICE)
    story.at = day
    due = deadlines.deadline(district(), "handling_general", day, OFFICE)
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)
    begun(story, day + timedelta(days=1))
    until = day + timedelta(days=3)
    assert ended(story, until, reference=district()) == midnight(2027, 2, 10), "Sunday 7 February and two days"
    (fact,) = recounts(story, until, with_notice())
    assert fact.deadline.due_at == midnight(2027, 2, 13), "Tuesday 9, off 5-11: Friday 12"


@pytest.mark.parametrize("said", ["ended", "corrected", "struck"])
def test_the_desk_takes_the_new_end_over(said: str):
    story = begun(accepted(), at(4))
    was = story.case.clocks[0].deadline.due_at
    now = ended(story, at(9))
    if said != "ended":
        was, story.at = now, at(10)
        command, about = {
            "corrected": (c.CorrectExclusion, {"since": at(4), "until": at(8)}),
            "struck": (c.StrikeExclusion, {}),
        }[said]
        takes(story, command, reason=TEXT, by=DISPATCHER, **about)
        now = story.case.clocks[0].deadline.due_at
    fact = story.last
    given = dict.fromkeys(("department", "category", "area", "part", "case_code"), "x")
    about_task = {"at": MONDAY, "actor": service_actor("police"), "case_id": "case-1", "handoff_id": "case-1.1"}
    task, _ = POLICE.carry_out(POLICE.blank, ReceiveTask(**about_task, **given, due_at=was))
    (write,) = police.REACTIONS.table[type(fact)](Heard(fact, SimpleNamespace(), REFERENCE))  # type: ignore[arg-type]
    for command in write.commands(task):
        task, _ = POLICE.carry_out(task, command)
    assert (write.id, task.due_at) == ("case-1.1", now)


def test_a_part_of_a_task_is_due_when_all_of_it_is_and_leaves_nothing_out_of_its_own():
    story = accepted()
    part = offer("a_station", "child", below=True)
    story.do(c.AssignPart, story.handler(1), handoff_id=story.id(1), offer=part, note=TEXT)
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2))
    with pytest.raises((NotNow, NotPermitted)):
        story.do(
            c.BeginExclusion, story.handler(2), handoff_id=story.id(2), ground="appraisal", since=at(2), paper=TEXT
        )


def test_another_service_records_nothing_in_its_place():
    with pytest.raises((r.AnsweredByAnother, NotPermitted)):
        begun(accepted(via="police"), at(4), by=service_actor("justice"))
