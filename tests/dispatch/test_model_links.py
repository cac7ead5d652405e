"""Merged, parted, split, linked: what one case does to another."""

import pytest

from services.dispatch import linking
from services.dispatch.facts import CaseAbsorbed, HandoffRecalled
from services.dispatch.model import MODEL
from services.dispatch.model import commands as c
from services.dispatch.model import refusals as r
from shared.refusals.refusals import NotNow, NotPermitted
from tests.dispatch.given import DISPATCHER, TEXT, Story, a_case, handler_of, offer

CITY = "city_management_bureau"


def absorbing(story: Story, *barred: str) -> Story:
    return story.do(c.AbsorbCase, DISPATCHER, absorbed="case-2", reports=("report-2",), contents=(TEXT,), barred=barred)


def test_a_merged_case_is_taken_back_from_its_offices_and_can_be_parted_again():
    story = a_case().offered_to(CITY).accepted().do(c.MergeCase, DISPATCHER, into="case-2")
    assert (story.case.status, story.case.merged_into) == ("merged", "case-2")
    assert [h.status for h in story.case.handoffs] == ["recalled"]
    assert not [clock for clock in story.case.clocks if clock.running]
    story.do(c.UnmergeCase, DISPATCHER)
    assert (story.case.status, story.case.queued_for, story.last.out_of) == ("queued", "unmerged", "case-2")
    story.do(c.RouteCase, DISPATCHER, rule="manual", offers=(offer(CITY),))
    assert story.case.status == "routed"
    assert MODEL.fold(story.facts) == story.case


def test_the_other_case_answers_its_reporters_and_goes_past_those_they_complain_of():
    story = absorbing(a_case().offered_to(CITY, "transport_bureau"), "transport_bureau")
    assert story.case.reports == ("report-1", "report-2")
    assert [type(fact) for fact in story.facts[-2:]] == [CaseAbsorbed, HandoffRecalled]
    story.do(c.DetachReport, report_id="report-1")
    assert story.case.status == "routed", "somebody still reports it"
    story.do(c.ReleaseCase, DISPATCHER, released="case-2", reports=("report-2",))
    assert story.case.reports == ("report-1",)


def test_what_cannot_be_merged():
    with pytest.raises(r.SameCase):
        a_case().offered_to(CITY).do(c.MergeCase, DISPATCHER, into="case-1")
    with pytest.raises(r.PetitionStands):
        a_case().offered_to("petition_office", via="petition").do(c.MergeCase, DISPATCHER, into="case-2")
    with pytest.raises(r.PetitionStands):
        absorbing(a_case().offered_to("petition_office", via="petition"))
    with pytest.raises(r.ResultWaits):
        a_case().offered_to(CITY).accepted().completed().do(c.MergeCase, DISPATCHER, into="case-2")
    done = a_case().offered_to(CITY).accepted().completed().verified()
    for command, more in ((c.MergeCase, {"into": "case-2"}), (c.AbsorbCase, {"absorbed": "case-2", "reports": ()})):
        with pytest.raises(NotNow):
            done.do(command, DISPATCHER, **more)


def test_links_are_said_once_and_never_run_in_a_circle():
    story = a_case().do(c.LinkCase, DISPATCHER, kind="caused_by", other="case-2", way=frozenset({"case-2", "case-3"}))
    with pytest.raises(r.LinkedAlready):
        story.do(c.LinkCase, DISPATCHER, kind="caused_by", other="case-2")
    with pytest.raises(r.Circular):
        story.do(c.LinkCase, DISPATCHER, kind="caused_by", other="case-4", way=frozenset({"case-4", "case-1"}))
    with pytest.raises(r.SameCase):
        story.do(c.LinkCase, DISPATCHER, kind="same_matter", other="case-1")
    story.do(c.UnlinkCase, DISPATCHER, kind="caused_by", other="case-2")
    assert story.case.links == ()
    with pytest.raises(r.NotLinked):
        story.do(c.UnlinkCase, DISPATCHER, kind="caused_by", other="case-2")


def test_each_kind_of_link_has_its_other_side():
    assert all(linking.INVERSE[linking.INVERSE[kind]] == kind for kind in linking.INVERSE)


def test_a_case_is_not_closed_before_the_cases_split_off_it():
    story = a_case().offered_to(CITY).accepted().completed().verified()
    story.do(c.RecordFollowUp, DISPATCHER, solved=True)
    with pytest.raises(r.CasesOpen) as refusal:
        story.do(c.CloseCase, DISPATCHER, reason="solved", open_children=("500104-210301-CHILD",))
    assert refusal.value.codes == ("500104-210301-CHILD",)
    assert story.do(c.CloseCase, DISPATCHER, reason="solved").case.status == "closed"


def test_offices_merge_nothing():
    with pytest.raises(NotPermitted):
        a_case().offered_to(CITY).do(c.MergeCase, handler_of(CITY), into="case-2")
