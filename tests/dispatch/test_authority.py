"""A town leads in another department's matter only by the authority list of the day on which the case was opened."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import facts as f
from services.dispatch import routing
from services.dispatch.authority import Matter, weighed
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from services.dispatch.reactions import REACTIONS
from services.intake import facts as intake
from shared.facts.envelope import source_of
from shared.listen.reactions import Heard
from shared.reference.reference import Reference, Version
from tests.dispatch.conftest import Centre
from tests.dispatch.given import DISPATCHER, GRID, TEXT, Story, offer
from tests.shared.desks import BEIJING, district

TOWN, BUREAU, MATTER = "yuejincun_subdistrict", "city_management_bureau", "parking.disorder"
COMMUNITY = "dongzheng_community"
REVOKED, GRANTED = date(2021, 9, 1), date(2021, 10, 1)
TICK = timedelta(microseconds=1)


def the_district() -> Reference:
    """The town's authority ends on the day REVOKED, and another begins on the day GRANTED."""
    reference = district()
    given = reference.get("authority", "A002", date(2021, 8, 1))
    assert given is not None
    reference.keep("authority", Version("A002", given.valid_from, REVOKED, given.entry))
    reference.keep("authority", Version("A900", GRANTED, None, given.entry))
    return reference


DISTRICT = the_district()


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


DAYS = [
    (midnight(REVOKED) - TICK, "A002"),
    (midnight(REVOKED), None),
    (midnight(GRANTED) - TICK, None),
    (midnight(GRANTED), "A900"),
]


def accepted(at: datetime, category: str = MATTER, complained_of: str | None = None) -> Story:
    """A case as it comes of a report."""
    about = {"by": "clerk.liu", "report_id": "report-1", "case_id": "case-1", "receipt_no": "1", "channel": "mobile"}
    fact = intake.ReportAccepted(
        at=at, **about, category=category, area=GRID, contents=(TEXT,), complained_of=complained_of
    )
    heard = Heard(fact, SimpleNamespace(source=source_of("intake")), DISTRICT)  # type: ignore[arg-type]
    (write,) = REACTIONS.table[intake.ReportAccepted](heard)
    story = Story()
    for command in write.commands:  # type: ignore[union-attr]
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)
    story.at = at + timedelta(hours=1)
    return story


@pytest.mark.parametrize(("at", "authority"), DAYS)
def test_routing_obeys_the_list_of_the_day_and_says_which_version_decided(at: datetime, authority: str | None):
    story = accepted(at)
    routed = next(fact for fact in story.facts if isinstance(fact, f.CaseRouted))
    assert (routed.rule, routed.rule_from) == ("R002", date(2021, 1, 1))
    assert routed.authority == story.case.authority == authority
    assert MODEL.fold(story.facts) == story.case
    if authority is None:
        assert (routed.lead, routed.co_handlers, routed.without_authority) == (BUREAU, (), (TOWN,))
        assert [handoff.department for handoff in story.case.handoffs] == [BUREAU]
    else:
        assert (routed.lead, routed.co_handlers, routed.without_authority) == (TOWN, (BUREAU,), ())
        assert routed.authority_from == (date(2021, 7, 15) if authority == "A002" else GRANTED)


def test_the_department_with_the_duty_does_not_get_a_complaint_about_itself_for_want_of_authority():
    story = accepted(midnight(REVOKED), complained_of=BUREAU)
    assert (story.case.status, story.case.queued_for) == ("queued", "complained_of")


def test_a_matter_without_a_duty_needs_no_authority():
    story = accepted(midnight(REVOKED), "property.none")
    assert (story.case.lead, story.case.authority, story.case.without_authority) == (TOWN, None, ())


def transferred(story: Story, to: str) -> None:
    """To the town, long after the revocation, by the centre."""
    story.accepted()
    stamp: dict[str, Any] = {"at": midnight(date(2021, 9, 20)), "actor": DISPATCHER}
    about = {"handoff_id": story.id(1), "why": TEXT}
    for command in routing.transferring(DISTRICT, stamp, to, **about)(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)


def offered_by_hand(story: Story) -> None:
    """After the recall, to the town again, long after the revocation."""
    story.do(c.RecallHandoff, DISPATCHER, handoff_id=story.id(1))
    stamp: dict[str, Any] = {"at": midnight(date(2021, 9, 20)), "actor": DISPATCHER}
    for command in routing.offering(DISTRICT, stamp, TOWN, "lead", replaces=story.id(1))(story.case):
        story.case, facts = MODEL.carry_out(story.case, command)
        story.facts.extend(facts)


def test_a_case_filed_the_instant_before_the_revocation_stays_with_the_town_and_may_be_offered_to_it_again():
    story = accepted(midnight(REVOKED) - TICK)
    story.at = midnight(date(2021, 9, 10))
    story.accepted().completed().do(c.OrderRework, DISPATCHER, handoff_id=story.id(1), reason=TEXT).completed()
    assert story.case.handoffs[0].status == "completed"
    offered_by_hand(story)
    assert story.case.handoffs[-1].department == TOWN


def test_a_case_filed_on_the_day_of_the_revocation_is_not_offered_to_the_town_by_hand():
    with pytest.raises(r.NoAuthority) as refused:
        offered_by_hand(accepted(midnight(REVOKED)))
    assert (refused.value.department, refused.value.duty) == (TOWN, BUREAU)


def test_nor_is_it_transferred_there_by_the_centre_or_by_the_office():
    with pytest.raises(r.NoAuthority):
        transferred(accepted(midnight(REVOKED)), TOWN)
    story = accepted(midnight(REVOKED)).accepted()
    made = weighed(DISTRICT, Matter(MATTER, GRID, midnight(REVOKED)), offer(TOWN))
    with pytest.raises(r.NoAuthority):
        story.do(c.TransferHandoff, story.handler(1), handoff_id=story.id(1), offer=made, why=TEXT)


def queued(category: str = MATTER) -> Story:
    """A case that no rule decides, filed on the day of the revocation."""
    return Story().do(
        c.OpenCase,
        case_id="case-1",
        code="500104-210901-TESTCASE",
        report_id="report-1",
        category=category,
        kind="livelihood",
        area=GRID,
        channel="mobile",
        contents=(TEXT,),
    )


def by_hand(story: Story, *codes: str) -> None:
    stamp: dict[str, Any] = {"at": midnight(REVOKED), "actor": DISPATCHER}
    story.case = story.case.model_copy(update={"opened_at": midnight(REVOKED)})
    for command in routing.by_hand(DISTRICT, stamp, codes)(story.case):
        story.case, _ = MODEL.carry_out(story.case, command)


def test_a_town_without_authority_helps_but_does_not_lead():
    helped = queued()
    by_hand(helped, BUREAU, TOWN)
    assert (helped.case.lead, helped.case.co_handlers) == (BUREAU, (TOWN,))
    with pytest.raises(r.NoAuthority):
        by_hand(queued(), TOWN, BUREAU)


def test_a_rule_that_names_a_town_as_helper_is_followed_without_an_authority():
    reference = the_district()
    rule = reference.get("rule", "R002", REVOKED)
    assert rule is not None
    turned = {**rule.entry, "lead": BUREAU, "co_handlers": [TOWN]}
    reference.keep("rule", Version("R002", rule.valid_from, None, turned))
    answer = routing.look_up(reference, MATTER, GRID, REVOKED)
    assert (answer.departments, answer.reason, answer.candidates) == ((BUREAU, TOWN), "", ())


def test_a_duty_is_not_pushed_down_to_a_community_that_may_help_with_it():
    with pytest.raises(r.PushedDown) as refused:
        by_hand(queued(), COMMUNITY, BUREAU)
    assert (refused.value.department, refused.value.duty) == (COMMUNITY, BUREAU)
    helped = queued()
    by_hand(helped, BUREAU, COMMUNITY)
    assert helped.case.co_handlers == (COMMUNITY,)
    led = queued("stairs.clutter")
    by_hand(led, COMMUNITY)
    assert led.case.lead == COMMUNITY, "a matter that is nobody's duty by law"


def test_a_communitys_place_in_a_rule_is_taken_by_whose_duty_it_is_even_inside_the_towns_own_tree():
    reference = the_district()
    rule, community = reference.get("rule", "R002", REVOKED), reference.get("department", COMMUNITY, REVOKED)
    assert rule is not None
    assert community is not None
    reference.keep("rule", Version("R002", rule.valid_from, None, {**rule.entry, "lead": COMMUNITY}))
    for parent in (None, BUREAU):
        reference.keep(
            "department", Version(COMMUNITY, community.valid_from, None, {**community.entry, "parent": parent})
        )
        answer = routing.look_up(reference, MATTER, GRID, REVOKED)
        assert (answer.departments[0], answer.reason, answer.candidates) == (BUREAU, "no_authority", (COMMUNITY,))


@pytest.mark.parametrize("community", [False, True])
def test_no_consultation_makes_a_lead_of_whom_the_duty_may_not_be_pushed_down_to(community: bool):
    to, refusal = (COMMUNITY, r.PushedDown) if community else (TOWN, r.NoAuthority)
    story = accepted(midnight(REVOKED)).disputed().consulted(BUREAU, about=(1,)).heard(**{BUREAU: "not_ours"})
    made = weighed(DISTRICT, Matter(MATTER, GRID, midnight(REVOKED)), offer(to))
    with pytest.raises(refusal):
        story.concluded(made)


def test_an_authority_holds_in_its_area_only_and_a_town_below_the_duty_needs_none():
    elsewhere = Matter(MATTER, "500104003001", date(2021, 8, 1))
    assert weighed(DISTRICT, elsewhere, offer(TOWN)).duty == BUREAU
    reference = the_district()
    town = reference.get("department", TOWN, date(2021, 8, 1))
    assert town is not None
    below = {**town.entry, "parent": BUREAU}
    reference.keep("department", Version(TOWN, town.valid_from, None, below))
    assert weighed(reference, elsewhere, offer(TOWN)).duty is None


@pytest.mark.asyncio(loop_scope="session")
async def test_by_hand_to_a_town_without_authority_is_refused_in_both_languages(centre: Centre):
    case = await centre.a_case(MATTER, "50010400300101")
    assert case["queued_for"] == "no_rule"
    path = f"/v1/cases/{case['case_id']}/route"
    bureau = {"zh": ("区城市管理局", "66号"), "en": ("City Management Bureau",)}
    named = {"zh": ("跃进村街道办事处", "东正社区居委会"), "en": ("Yuejincun", "Dongzheng Residents' Committee")}
    for language in ("zh", "en"):
        for lead, code, name in zip((TOWN, COMMUNITY), ("no-authority", "pushed-down"), named[language], strict=True):
            async with centre.world.client("dispatch", "dispatch.cheng", language) as dispatcher:
                refused = await dispatcher.post(path, json={"lead": lead})
            assert (refused.status_code, refused.json()["code"]) == (409, code)
            assert all(word in refused.json()["title"] for word in (*bureau[language], name)), refused.json()["title"]
    routed = await centre.does("dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": BUREAU})
    assert routed["lead"] == BUREAU


@pytest.mark.asyncio(loop_scope="session")
async def test_the_case_and_the_suggestion_show_the_rule_and_the_authority_that_decided(centre: Centre):
    case = await centre.a_case(MATTER)
    assert (case["lead"], case["rule"], case["rule_from"]) == (TOWN, "R002", "2021-01-01")
    assert (case["authority"], case["authority_from"]) == ("A002", "2021-07-15")
    for day, since, basis in (("2021-07-14", "2021-01-01", "pilot"), ("2021-07-15", "2021-07-15", "Art. 24")):
        shown = await centre.sees("dispatch.cheng", f"routing?category={MATTER}&area={GRID}&on={day}")
        assert (shown["on"], shown["rule"], shown["rule_from"]) == (day, "R002", "2021-01-01")
        assert (shown["authority"], shown["authority_from"]) == ("A002", since)
        assert basis in shown["authority_basis"]
        assert [department["code"] for department in shown["departments"]] == [TOWN, BUREAU]
    before = await centre.sees("dispatch.cheng", f"routing?category={MATTER}&area={GRID}&on=2020-12-31")
    assert (before["reason"], before["rule"], before["authority"]) == ("no_rule", None, None)


@pytest.mark.asyncio(loop_scope="session")
async def test_the_suggestion_tells_todays_and_tomorrows_answer_when_an_authority_is_revoked(centre: Centre):
    reference = centre.world.runtime("dispatch").reference
    found = reference.get("authority", "A001", date(2021, 8, 1))
    assert found is not None
    revoked = date(2090, 1, 1)
    reference.keep("authority", Version("A001", found.valid_from, revoked, found.entry))
    try:
        asked = f"routing?category=parking.fire_lane&area={GRID}&on="
        today = await centre.sees("dispatch.cheng", f"{asked}2089-12-31")
        tomorrow = await centre.sees("dispatch.cheng", f"{asked}2090-01-01")
    finally:
        reference.keep("authority", found)
    assert (today["departments"][0]["code"], today["authority_to"], today["reason"]) == (TOWN, "2090-01-01", None)
    assert (tomorrow["departments"][0]["code"], tomorrow["authority"]) == ("fire_rescue_brigade", None)
    assert (tomorrow["reason"], tomorrow["candidates"]) == ("no_authority", [TOWN])
    assert tomorrow["candidate_names"] != [TOWN]
