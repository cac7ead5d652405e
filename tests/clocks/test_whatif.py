"""A clock or a rule tried on past cases: what it would have done to them, and that nothing is written."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import yaml
from rich.console import Console
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.cli.whatif import tell_clock
from deploy.whatif import Past, PastCase, try_clock, try_rules, try_workflows
from services.dispatch import deadlines
from services.dispatch.model import commands as c
from shared.clocks.rule import ClockRule, Words
from shared.reference.reference import Version
from shared.world.world import set_clock
from tests.dispatch.conftest import GRID, Centre
from tests.dispatch.given import DISPATCHER, ME, TEXT, Story, a_case
from tests.kit.reference import DISTRICT
from tests.kit.world import running
from tests.shared.desks import district

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime(2025, 3, 3, 1, tzinfo=UTC)
OFFICE, OTHER = "city_management_bureau", "transport_bureau"
ALWAYS = date(1949, 10, 1)
TICK = timedelta(microseconds=1)
WORDS = Words(zh="试算", en="trial")


def a_clock(id: str, length: int, **more: Any) -> ClockRule:
    given = {"name": WORDS, "basis": WORDS, "unit": "working", "starts_on": "x", "stops_on": "y", **more}
    return ClockRule(id=id, length=length, valid_from=ALWAYS, **given)


def handed(answered: datetime | None = None) -> Story:
    """Offered at the beginning of a Monday with two working days to accept."""
    story = a_case()
    due = deadlines.deadline(district(), deadlines.ACCEPTANCE, MONDAY, OFFICE)
    story.at = MONDAY
    story.offered_to(OFFICE, deadline=due)
    if answered is not None:
        story.at = answered
        story.accepted()
    return story


def past(*stories: Story, until: datetime = MONDAY + timedelta(days=30)) -> Past:
    return Past(district(), tuple(PastCase(story.case, tuple(story.facts)) for story in stories), until)


TUESDAY_OVER = datetime(2025, 3, 4, 16, tzinfo=UTC)
"""The end of Tuesday 4 March in the district."""


@pytest.mark.parametrize(
    ("answered", "late"),
    [(TUESDAY_OVER - TICK, 0), (TUESDAY_OVER, 1), (None, 1)],
    ids=["at the last instant", "at the first too late", "never"],
)
async def test_a_shorter_clock_says_who_would_have_been_late_and_by_how_much_it_ends_earlier(
    answered: datetime | None, late: int
):
    tried = try_clock(past(handed(answered)), a_clock(deadlines.ACCEPTANCE, 1))
    (run,) = tried.runs
    assert (run.moved, run.end) == (-timedelta(days=1), TUESDAY_OVER)
    assert dict(tried.late()) == ({OFFICE: 1} if late else {})
    assert dict(tried.was_late()) == ({} if answered else {OFFICE: 1})


async def test_what_still_runs_is_late_only_if_its_end_has_come():
    story = handed()
    assert not try_clock(past(story, until=TUESDAY_OVER - TICK), a_clock(deadlines.ACCEPTANCE, 1)).late()
    assert try_clock(past(story, until=TUESDAY_OVER), a_clock(deadlines.ACCEPTANCE, 1)).late()


async def test_the_end_of_a_right_makes_nobody_late_and_the_same_clock_differs_in_nothing():
    assert not try_clock(past(handed()), a_clock(deadlines.ACCEPTANCE, 1, right=True)).late()
    assert try_clock(past(handed()), a_clock(deadlines.ACCEPTANCE, 2)).differing() == ()


WEDNESDAY = datetime(2025, 3, 5, 1, tzinfo=UTC)


def transferred(at: datetime = WEDNESDAY, done: datetime | None = None) -> Story:
    """Twenty calendar days of handling from Monday 3 March; the transport bureau has it from that moment on."""
    story = a_case()
    story.at = MONDAY - timedelta(hours=1)
    story.offered_to(OFFICE)
    due = deadlines.deadline(district(), deadlines.HANDLING, MONDAY, OFFICE)
    assert due is not None
    story.at = MONDAY
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)
    story.at = at
    story.do(
        c.TransferHandoff, DISPATCHER, handoff_id=story.id(1), offer=c.Offer(department=OTHER, part="lead"), why=TEXT
    )
    story.do(c.AcceptHandoff, story.handler(2), handoff_id=story.id(2))
    if done is not None:
        story.at = done
        story.completed(2)
    return story


def midnight_after(day: int) -> datetime:
    """The end of that day of March in the district."""
    return datetime(2025, 3, day, 16, tzinfo=UTC)


@pytest.mark.parametrize(
    ("moved", "length", "charged"),
    [
        (midnight_after(5) + TICK, 2, OFFICE),
        (midnight_after(5), 2, OFFICE),
        (midnight_after(5) - TICK, 2, OTHER),
        (WEDNESDAY, 1, OFFICE),
        (WEDNESDAY, 3, OTHER),
        (WEDNESDAY, 20, OTHER),
    ],
    ids=[
        *("handed on after its end", "at its end: the lapse comes first", "at the last instant before"),
        *("its end had come before", "and came after", "the end that it had"),
    ],
)
async def test_a_clock_that_was_handed_on_is_charged_to_whoever_had_it_when_its_end_came(
    moved: datetime, length: int, charged: str
):
    story = transferred(moved)
    tried = try_clock(past(story), a_clock(deadlines.HANDLING, length, unit="calendar"))
    (run,) = tried.runs
    assert dict(tried.late()) == {charged: 1}
    assert dict(tried.was_late()) == {OTHER: 1}, "twenty days, to 23 March: the transport bureau had it"
    assert [(each.unit, each.since, each.until) for each in run.held] == [(OFFICE, MONDAY, moved), (OTHER, moved, None)]
    assert run.differs is (length != 20)


async def test_the_command_says_whose_it_was():
    tried = try_clock(past(transferred()), a_clock(deadlines.HANDLING, 1, unit="calendar"))
    (row,) = tried.as_json()["differing"]
    assert (row["answerable"], row["was_answerable"]) == (OFFICE, OTHER)
    assert [(each["unit"], each["until"]) for each in row["held"]] == [(OFFICE, WEDNESDAY.isoformat()), (OTHER, None)]
    console = Console(width=220, record=True, file=StringIO())
    tell_clock(console, tried, 1)
    said = console.export_text()
    assert f"{OFFICE} 2025-03-03 09:00 – 2025-03-05 09:00" in said
    assert f"late ({OTHER}) → late ({OFFICE})" in said


async def test_a_clock_handed_on_and_done_in_time_makes_neither_late():
    seven = a_clock(deadlines.HANDLING, 7, unit="calendar")
    assert not try_clock(past(transferred(done=midnight_after(10) - TICK)), seven).late(), "Monday 10 is the last day"
    assert try_clock(past(transferred(done=midnight_after(10))), seven).late() == {OTHER: 1}


async def test_a_new_clock_goes_along_with_the_task_unless_a_statute_gives_the_next_office_its_own():
    story = transferred(done=midnight_after(20))
    facts = {"starts_on": "handoff_accepted", "stops_on": "handoff_completed", "unit": "calendar"}
    tried = try_clock(past(story), a_clock("whole_work", 4, policy=True, **facts))
    assert [(run.answerable, run.late, len(run.held)) for run in tried.runs] == [(OTHER, True, 2)]
    by_statute = try_clock(past(story), a_clock("whole_work", 4, **facts))
    assert [(run.held[0].unit, run.late) for run in by_statute.runs] == [(OFFICE, False), (OTHER, True)]


async def test_time_that_was_left_out_counts_where_the_tried_rule_has_no_such_time():
    story = a_case()
    story.at = MONDAY - timedelta(hours=1)
    story.offered_to(OFFICE)
    due = deadlines.deadline(district(), deadlines.HANDLING, MONDAY, OFFICE)
    story.at = MONDAY
    story.do(c.AcceptHandoff, story.handler(1), handoff_id=story.id(1), deadline=due)
    about = {"handoff_id": story.id(1), "ground": "appraisal", "since": MONDAY, "paper": TEXT}
    story.do(c.BeginExclusion, story.handler(1), **about)
    story.at = MONDAY + timedelta(days=4)
    story.do(c.EndExclusion, story.handler(1), handoff_id=story.id(1), number=1, until=story.at)
    for excludes, end in (((), midnight_after(10)), (("appraisal",), midnight_after(14))):
        (run,) = try_clock(past(story), a_clock(deadlines.HANDLING, 7, unit="calendar", excludes=excludes)).runs
        assert run.end == end, "Monday 10; and four days later Friday 14"


async def test_a_new_clock_runs_between_the_facts_that_it_names():
    day = {"starts_on": "handoff_offered", "stops_on": "handoff_accepted", "unit": "hour"}
    quick, slow = handed(MONDAY + timedelta(hours=5)), handed(MONDAY + timedelta(hours=6))
    tried = try_clock(past(quick, slow), a_clock("first_word", 6, **day))
    assert [(run.late, run.was) for run in tried.runs] == [(False, None), (True, None)]
    assert not try_clock(past(quick), a_clock("first_word", 6, starts_on="no_such_fact")).known


def a_rule(code: str, lead: str, area: str = "500104", category: str = "sanitation.drain") -> Version:
    entry = {"category": category, "area": area, "lead": lead, "co_handlers": [], "basis_zh": "试", "basis_en": "t"}
    return Version(code, ALWAYS, None, entry)


async def test_a_rule_for_a_smaller_area_takes_its_cases_and_a_rival_leaves_no_single_answer():
    queued = a_case().do(c.QueueCase, ME, reason="no_rule")
    story = handed()
    tried = try_rules(past(story, queued), [a_rule("TRY", OTHER, GRID)])
    assert [each.now.departments for each in tried.elsewhere()] == [(OTHER,), (OTHER,)]
    assert tried.elsewhere()[1].was.why == "no_rule"
    rivals = try_rules(past(story), [a_rule("TRY", OTHER, GRID), a_rule("TOO", OFFICE, GRID)])
    assert [each.now.why for each in rivals.unanswered()] == ["several_rules"]
    assert try_rules(past(story), [a_rule("TRY", OTHER, GRID, "noise.living")]).elsewhere() == ()


async def test_a_rule_never_sends_a_case_to_the_unit_complained_of():
    story = a_case(complained_of=OTHER)
    story.at = MONDAY
    story.offered_to(OFFICE)
    (each,) = try_rules(past(story), [a_rule("TRY", OTHER, GRID)]).unanswered()
    assert each.now.why == "complained_of"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Centre, dict[str, str]]]:
    """A case accepted within a day, one on the second day, one never, one that no rule knew; and their codes."""
    clock_file = tmp_path_factory.mktemp("clock") / "clock.json"
    set_clock(clock_file, MONDAY)
    async with running("intake", "dispatch", "audit", clock_file=clock_file) as world:
        centre = Centre(world)
        cases = {name: await centre.a_case() for name in ("soon", "later", "never")}
        cases["queued"] = await centre.a_case("noise.living", "50010400300101")
        for name, at in (("soon", MONDAY), ("later", TUESDAY_OVER + timedelta(hours=1))):
            set_clock(clock_file, at)
            await centre.does("city.tang", f"handoffs/{cases[name]['handoffs'][0]['handoff_id']}/accept")
        set_clock(clock_file, MONDAY + timedelta(days=9))
        due = "SELECT count(*) AS left FROM clocks WHERE next_at < $1"

        async def nothing_due() -> bool:
            (row,) = await world.fetch("dispatch", due, MONDAY + timedelta(days=9))
            return row["left"] == 0

        await world.until(nothing_due, 20)
        await world.settled()
        yield centre, {name: case["code"] for name, case in cases.items()}


async def whatif(centre: Centre, *arguments: str) -> Any:
    env = {"ADMIN_DATABASE_URL": centre.world.admin_url, "COLUMNS": "160"}
    result = await asyncio.to_thread(CliRunner().invoke, app, ["whatif", *arguments], env=env)
    assert result.exit_code == 0, result.output
    return json.loads(result.output) if "--json" in arguments else result.output


def a_file(folder: Path, name: str, *entries: dict[str, Any]) -> str:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(list(entries), allow_unicode=True), encoding="utf-8")
    return str(path)


def acceptance(**changed: Any) -> dict[str, Any]:
    """The district's own, changed."""
    clocks = yaml.safe_load((DISTRICT / "clocks.yaml").read_text(encoding="utf-8"))
    return {**next(clock for clock in clocks if clock["id"] == "handoff_acceptance"), **changed}


async def test_the_command_tries_a_changed_clock_on_the_log_and_writes_nothing(
    played: tuple[Centre, dict[str, str]], tmp_path: Path
):
    centre, codes = played
    before = await centre.world.fetch("audit", "SELECT count(*) AS facts, max(index) AS last FROM entries")
    shorter = a_file(tmp_path, "clock", acceptance(length=1))
    answer = await whatif(centre, "--clock", shorter, "--json")
    (tried,) = answer["clocks"]
    assert (tried["was_late"], tried["late"]) == ({OFFICE: 1}, {OFFICE: 2})
    differing = {row["case"]: (row["was_late"], row["late"], row["moved_days"]) for row in tried["differing"]}
    assert differing == {
        codes["soon"]: (False, False, -1.0),
        codes["later"]: (False, True, -1.0),
        codes["never"]: (True, True, -1.0),
    }
    assert codes["later"] in await whatif(centre, "--clock", shorter)
    after = await centre.world.fetch("audit", "SELECT count(*) AS facts, max(index) AS last FROM entries")
    assert before == after


@pytest.mark.parametrize(
    ("days", "cases"),
    [(("2025-03-03", "2025-03-03"), 4), (("2025-03-04", "2025-03-09"), 0), (("2025-02-01", "2025-03-02"), 0)],
)
async def test_the_command_keeps_to_the_days_asked_for(
    played: tuple[Centre, dict[str, str]], tmp_path: Path, days: tuple[str, str], cases: int
):
    clock = a_file(tmp_path, "clock", acceptance())
    asked = ("--clock", clock, "--from", days[0], "--to", days[1], "--json")
    assert (await whatif(played[0], *asked))["cases"] == cases


async def test_the_command_tries_a_rule_on_the_log(played: tuple[Centre, dict[str, str]], tmp_path: Path):
    centre, codes = played
    basis = {"zh": "试", "en": "trial"}
    rule = {"rule": "TRY", "category": "noise.living", "area": "50010400300101", "lead": OTHER, "basis": basis}
    answer = await whatif(centre, "--rule", a_file(tmp_path, "rule", rule), "--json")
    assert answer["cases"] == 4
    (moved,) = answer["elsewhere"]
    assert (moved["case"], moved["now"]["departments"]) == (codes["queued"], [OTHER])
    assert (moved["was"]["departments"], answer["unanswered"]) == ([], [])


def asked_first(area: str = "500104", **more: Any) -> dict[str, Any]:
    return {"id": "TRY", "workflow": 2, "area": area, "basis": {"zh": "试", "en": "trial"}, **more}


def tried_on(story: Story, **changed: Any) -> Any:
    said = {**asked_first(**changed), "category": changed.get("category")}
    return try_workflows(past(story), [Version("TRY", ALWAYS, None, said)])


async def test_another_version_of_the_procedures_says_which_cases_and_what_of_them_comes_of_other_rows():
    story = handed(MONDAY).completed().verified()
    (case,) = tried_on(story).differing()
    assert (case.code, case.was, case.now) == (story.case.code, 1, 2)
    assert dict(case.otherwise) == {"handoff-completed": 1, "handoff-verified": 1}, (
        "not that it was offered or accepted"
    )
    assert tried_on(story, area="500104003").differing() == (), "another place"
    assert tried_on(story, category="noise.living").differing() == (), "another matter"


async def test_the_command_tries_a_version_of_the_procedures_on_the_log(
    played: tuple[Centre, dict[str, str]], tmp_path: Path
):
    centre, codes = played
    file = a_file(tmp_path, "workflow", asked_first(category="sanitation.drain"))
    answer = await whatif(centre, "--workflow", file, "--json")
    assert answer["cases"] == 4
    drains = {codes[name] for name in ("soon", "later", "never")}
    assert {row["case"] for row in answer["differing"]} == drains
    assert codes["never"] in await whatif(centre, "--workflow", file)


async def test_the_command_says_what_is_wrong_with_a_file(played: tuple[Centre, dict[str, str]], tmp_path: Path):
    wrong = a_file(tmp_path, "clock", acceptance(unit="month"))
    env = {"ADMIN_DATABASE_URL": played[0].world.admin_url}
    for arguments in (["--clock", wrong], [], ["--clock", wrong, "--rule", wrong], ["--workflow", wrong]):
        result = await asyncio.to_thread(CliRunner().invoke, app, ["whatif", *arguments], env=env)
        assert result.exit_code == 2, result.output
