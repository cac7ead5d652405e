"""A case keeps the version of the procedures that was in force on the day on which it was opened."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from services.dispatch import linking, workflows
from services.dispatch.model import MODEL
from services.dispatch.reactions import REACTIONS
from services.intake import facts as intake
from shared.facts.envelope import source_of
from shared.listen.reactions import Heard
from shared.reference.reference import Reference, Version
from tests.dispatch.given import DISPATCHER, GRID, TEXT
from tests.shared.desks import BEIJING, district

DRAIN = "sanitation.drain"
SINCE, UNTIL = date(2022, 3, 1), date(2022, 9, 1)
TICK = timedelta(microseconds=1)


def entry(code: str, workflow: int, area: str, category: str | None = None, **dates: Any) -> Version:
    said = {"workflow": workflow, "area": area, "category": category, "basis_zh": "通知", "basis_en": "Notice"}
    return Version(code, dates.get("since", SINCE), dates.get("until"), said)


def the_district(*entries: Version) -> Reference:
    reference = district()
    for each in entries:
        reference.keep("workflow", each)
    return reference


def midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING)


def opened(reference: Reference, at: datetime, category: str = DRAIN) -> list[Any]:
    """The facts of a case as it comes of a report."""
    about = {"by": "clerk.liu", "report_id": "report-1", "case_id": "case-1", "receipt_no": "1", "channel": "mobile"}
    fact = intake.ReportAccepted(at=at, **about, category=category, area=GRID, contents=(TEXT,))
    heard = Heard(fact, SimpleNamespace(source=source_of("intake")), reference)  # type: ignore[arg-type]
    (write,) = REACTIONS.table[intake.ReportAccepted](heard)
    state, told = MODEL.blank, []
    for command in write.commands:  # type: ignore[union-attr]
        state, facts = MODEL.carry_out(state, command)
        told += facts
    return told


TRIED = the_district(entry("tried", 2, "500104", until=UNTIL))


@pytest.mark.parametrize(
    ("at", "workflow"),
    [
        (midnight(SINCE) - TICK, 1),
        (midnight(SINCE), 2),
        (midnight(UNTIL) - TICK, 2),
        (midnight(UNTIL), 1),
    ],
)
def test_the_day_of_opening_decides_from_its_first_instant_to_its_last(at: datetime, workflow: int):
    told = opened(TRIED, at)
    by = ("tried", SINCE) if workflow == 2 else (None, None)
    assert (told[0].workflow, (told[0].workflow_by, told[0].workflow_from)) == (workflow, by)
    case = MODEL.fold(told)
    assert (case.workflow, (case.workflow_by, case.workflow_from)) == (workflow, by)


def test_a_part_split_off_later_is_opened_under_what_holds_on_its_own_day():
    case = MODEL.fold(opened(TRIED, midnight(UNTIL) - TICK))
    stamp = {"at": midnight(UNTIL), "actor": DISPATCHER}
    _, child = linking.splitting(TRIED, stamp, case, case_id="case-2", category=DRAIN, area=None)
    assert (case.workflow, child.commands[0].workflow) == (2, 1)


def test_what_names_the_matter_goes_before_what_is_for_all_and_then_the_smaller_area():
    everywhere, street = entry("all", 2, "500104"), entry("street", 1, "500104002")
    matter, elsewhere = entry("matter", 2, "500104", DRAIN), entry("other", 2, "500104003")
    for entries, decided in (
        ((everywhere, elsewhere), "all"),
        ((everywhere, street), "street"),
        ((everywhere, street, matter), "matter"),
        ((elsewhere,), None),
    ):
        found = workflows.in_force(the_district(*entries), DRAIN, GRID, SINCE)
        assert (found.entry.code if found.entry else None) == decided


def test_a_version_that_this_release_does_not_know_opens_no_case():
    with pytest.raises(Exception, match="no version 9") as refused:
        opened(the_district(entry("newer", 9, "500104")), midnight(SINCE))
    assert getattr(refused.value, "code", None) == "no-such-workflow", "it is parked until a release knows it"
