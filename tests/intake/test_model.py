"""A report under every command in every state, and who may."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake import facts
from services.intake.model import MODEL, Report
from services.intake.model import commands as c
from services.intake.model.guards import Anonymous, HandledByAccused, Recused, ReopeningOver
from shared.contents.refs import Erased
from shared.procedure.actor import RESIDENT, Actor, Role
from shared.refusals.refusals import Invalid, NotNow, NotPermitted, Refused
from tests.intake.builders import CLERK, NOON, a_content, a_report, an_actor, commands, registering

STATES = {
    "new": Report(),
    "received": a_report(),
    "accepted": a_report("accept"),
    "refused": a_report("refuse"),
    "redirected": a_report("redirect"),
    "joined": a_report("join"),
    "withdrawn": a_report("withdraw"),
}
LIVE = {"received", "accepted", "joined"}
EVER = set(STATES) - {"new"}
OPEN_IN = {
    "register": {"new"},
    "correct": {"received"},
    "accept": {"received"},
    "refuse": {"received"},
    "redirect": {"received"},
    "join": {"received"},
    "supplement": LIVE,
    "withdraw": LIVE,
    "answer": {"accepted", "joined"},
    "open_identity": EVER,
    "erase_content": EVER,
    "erase": EVER,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("command", OPEN_IN)
def test_every_state_takes_exactly_its_commands(state: str, command: str) -> None:
    assert STATES[state].status == state
    actor = an_actor(Role.CLERK, area="") if state == "new" else CLERK
    if state in OPEN_IN[command]:
        MODEL.decide(STATES[state], commands(actor)[command])
    else:
        with pytest.raises(Refused) as refusal:
            MODEL.decide(STATES[state], commands(actor)[command])
        assert refusal.value.status in (403, 409)


@given(st.lists(st.sampled_from(sorted(OPEN_IN)), max_size=12))
def test_folding_the_facts_gives_the_state_kept(steps: list[str]) -> None:
    state, told = Report(), []
    for step in ["register", *steps]:
        try:
            state, facts_told = MODEL.carry_out(state, commands()[step])
        except Refused:
            continue
        told.extend(facts_told)
    assert MODEL.fold(told) == state


def test_screening_may_correct_category_and_place() -> None:
    command = c.AcceptReport(at=NOON, actor=CLERK, category="stairs.clutter", area="50010400200302")
    state, told = MODEL.carry_out(a_report("supplement"), command)
    fact = told[0]
    assert isinstance(fact, facts.ReportAccepted)
    assert (fact.category, fact.area) == ("stairs.clutter", "50010400200302")
    assert [ref.id for ref in fact.contents] == ["c1", "c2"], "what was added before screening goes along"
    assert (state.category, state.area) == ("stairs.clutter", "50010400200302")


def test_what_a_joined_reporter_says_belongs_to_the_case_that_answers() -> None:
    joined = a_report("join")
    assert MODEL.decide(joined, commands()["supplement"]).key() == "k7"
    assert MODEL.decide(joined, commands()["answer"]).key() == "k7"
    assert MODEL.decide(joined, commands()["withdraw"]).key() == "k7", "the last one to withdraw ends it"
    assert MODEL.decide(a_report(), commands()["join"]).key() == "k7"


def test_a_complaint_is_not_joined_to_a_case_of_those_complained_of() -> None:
    complaint, barred = a_report(complained_of="police_bureau"), frozenset({"police_bureau", "station"})
    joining = {"at": NOON, "actor": CLERK, "into": "k7", "barred": barred}
    with pytest.raises(HandledByAccused) as refusal:
        MODEL.decide(complaint, c.JoinReport(**joining, handlers=frozenset({"station", "fire_rescue_brigade"})))
    assert refusal.value.departments == ("station",)
    fact = MODEL.decide(complaint, c.JoinReport(**joining, handlers=frozenset({"fire_rescue_brigade"})))
    assert isinstance(fact, facts.ReportJoined)
    assert fact.complained_of == "police_bureau", "to be barred from then on"


def test_a_report_is_not_joined_to_its_own_case() -> None:
    with pytest.raises(Invalid):
        MODEL.decide(a_report(), c.JoinReport(at=NOON, actor=CLERK, into="k1"))


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CLERK, Role.DISPATCHER}))
@pytest.mark.parametrize("step", ["accept", "refuse", "redirect", "join"])
def test_only_clerks_and_dispatchers_screen(role: Role, step: str) -> None:
    with pytest.raises(NotPermitted):
        MODEL.decide(a_report(), commands(an_actor(role))[step])


def test_a_clerk_of_another_area_does_not_screen() -> None:
    with pytest.raises(NotPermitted):
        MODEL.decide(a_report(), commands(an_actor(Role.CLERK, area="500104003"))["accept"])


def test_the_department_complained_of_does_not_screen() -> None:
    command = c.AcceptReport(at=NOON, actor=CLERK, barred=frozenset({"governance_center"}))
    with pytest.raises(Recused):
        MODEL.decide(a_report(complained_of="governance_center"), command)


@pytest.mark.parametrize("channel", sorted(set(c.CHANNELS) - {"web", "mobile", "volunteer", "open311"}))
def test_residents_do_not_name_an_offices_channel(channel: str) -> None:
    with pytest.raises(Invalid):
        MODEL.decide(Report(), registering(channel=channel))
    MODEL.decide(Report(), registering(channel=channel, actor=CLERK))


@pytest.mark.parametrize(
    "status",
    [None, "accepted", "in_handling", "suspended", "resolved", "followed_up", "closed", "withdrawn", "refused"],
)
def test_the_last_word_is_heard_once_the_offices_say_they_are_done(status: str | None) -> None:
    report = a_report("accept")
    for step, possible in {
        "answer": status in ("resolved", "followed_up", "closed"),
        "supplement": status not in ("closed", "withdrawn", "refused"),
        "withdraw": status not in ("closed", "withdrawn", "refused"),
    }.items():
        command = commands(case_status=status)[step]
        if possible:
            MODEL.decide(report, command)
        else:
            with pytest.raises(NotNow):
                MODEL.decide(report, command)


@pytest.mark.parametrize(
    ("solved", "late", "heard"),
    [(False, timedelta(microseconds=-1), True), (False, timedelta(0), False), (True, timedelta(days=400), True)],
)
def test_not_solved_is_heard_until_the_districts_time_after_closing_is_over(
    solved: bool, late: timedelta, heard: bool
) -> None:
    closed = {"case_status": "closed", "reopen_until": NOON - late}
    command = c.AnswerReporter(at=NOON, actor=RESIDENT, solved=solved, **closed)
    if heard:
        MODEL.decide(a_report("accept"), command)
        return
    with pytest.raises(ReopeningOver) as refusal:
        MODEL.decide(a_report("accept"), command)
    assert refusal.value.message("zh").endswith("届满，请重新反映")
    assert refusal.value.message("en").endswith("please report it anew")


def opening(actor: Actor, **more: frozenset[str]) -> c.OpenIdentity:
    return c.OpenIdentity(at=NOON, actor=actor, purpose="verify", **more)


def test_identity_is_for_the_area_and_for_those_who_hold_the_case() -> None:
    police = an_actor(Role.HANDLER, "police_bureau")
    report, held = a_report("accept"), frozenset({"police_bureau"})
    fact = MODEL.decide(report, opening(police, holding=held))
    assert isinstance(fact, facts.IdentityOpened)
    assert (fact.reporter, fact.purpose, fact.by, fact.topic) == ("p1", "verify", police.id, "accesses")
    for refused in (
        opening(police),
        opening(an_actor(Role.HANDLER, "police_bureau", "500104003"), holding=held),
        opening(an_actor(Role.AUDITOR), holding=frozenset({"governance_center"})),
        opening(an_actor(Role.SYSTEM, "police_bureau"), holding=held),
        opening(an_actor(Role.SUPERVISOR)),
    ):
        with pytest.raises(NotPermitted):
            MODEL.decide(report, refused)
    with pytest.raises(Recused):
        MODEL.decide(report, opening(police, holding=held, barred=held))


def test_there_is_no_identity_of_the_anonymous_or_the_erased() -> None:
    with pytest.raises(Anonymous):
        MODEL.decide(a_report(reporter=None), opening(CLERK))
    erased = a_report("erase")
    with pytest.raises(Erased):
        MODEL.decide(erased, opening(CLERK))
    with pytest.raises(Erased):
        MODEL.decide(erased, commands()["supplement"])
    with pytest.raises(Erased):
        MODEL.decide(erased, commands()["erase"])


def test_an_answer_keeps_the_screened_report_as_it_is() -> None:
    state, _ = MODEL.carry_out(a_report("accept"), commands()["answer"])
    assert (state.status, state.solved, state.satisfied) == ("accepted", True, True)
    assert state.contents == (a_content(),)
