"""A story is played through the public APIs: once, in order, and whatever happens in between."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from deploy.embedded.ports import free_ports
from deploy.scenarios import calls, data, figures, office, player, verbs
from deploy.scenarios.calls import Api, Ask, Declined, Unreachable
from deploy.scenarios.clock import StageClock
from deploy.scenarios.data import Scenario
from deploy.scenarios.figures import Figures
from deploy.scenarios.journal import Journal
from deploy.scenarios.matter import Docket
from deploy.scenarios.player import Played
from deploy.scenarios.staff import Staff
from shared.clocks.zone import DISTRICT_ZONE
from tests.kit.reference import DISTRICT
from tests.stories.conftest import Theatre

WHOLE = data.load("dongzheng")
# Among them every verb, every way through the window, every office with a service of its own.
CHOSEN = WHOLE.only(
    {
        *("D038", "D061", "D062", "D081"),
        *("L018", "L021", "L038", "L043", "L068", "L079", "L080", "L092", "L098"),
        *("T001", "T002", "T003", "T004"),
    }
)
TOGETHER = {
    "competence-disputed": 1,
    "consultation-concluded": 1,
    "handoff-planned": 1,
    "case-merged": 2,
    "case-unmerged": 1,
    "officer-recused": 1,
    "recusal-lifted": 1,
}
MIDDLE = datetime(2021, 6, 1, tzinfo=UTC)
READERS = figures.Readers("audit.yan", "dispatch.cheng")
TOLD = Figures(cases=14, livelihood_solved=6, disputes_dissolved=4, meeting_problems=4, meeting_problems_solved=3)


async def play(theatre: Theatre, journal: Journal, until: datetime | None = None) -> Played:
    return await player.play(theatre.stage, CHOSEN, journal, until, lambda moment: None)


def steps(scenario: Scenario) -> int:
    return len(player.moments(scenario))


def verbs_of(scenario: Scenario) -> set[str]:
    return {step.do for matter in scenario.matters for step in matter.course}


def test_the_whole_scenario_says_what_the_article_says() -> None:
    solved = [
        matter
        for matter in WHOLE.matters
        for last in matter.course[-1:]
        if (last.do, last.reason) == ("close", "solved")
    ]
    disputes = sum(matter.category.startswith(("dispute.", "petition.")) for matter in solved)
    assert len(solved) - disputes == WHOLE.expected.livelihood_solved == 126
    assert disputes == WHOLE.expected.disputes_dissolved == 112
    assert sum(matter.meeting is not None for matter in WHOLE.matters) == WHOLE.expected.meeting_problems
    assert sum(matter.meeting is not None for matter in solved) == WHOLE.expected.meeting_problems_solved


def test_the_seventy_meetings_are_those_that_the_article_names() -> None:
    meetings = {each["ref"]: each for each in data.read(data.HOME / "dongzheng" / "meetings.yaml")}
    kinds = Counter(each["kind"] for each in meetings.values())
    assert kinds.pop("courtyard") == 9
    assert kinds.keys() == {"joint", "situation", "sentiment"}
    assert kinds.total() == 70
    for matter in WHOLE.matters:
        if matter.meeting is not None:
            meeting = meetings[matter.meeting]
            assert meeting["kind"] in kinds, matter.ref
            assert meeting["at"] <= matter.at, matter.ref


def test_the_offices_do_not_do_half_of_their_work_at_nine_in_the_morning() -> None:
    hours: dict[str, Counter[int]] = {}
    for matter in WHOLE.matters:
        for step, when in zip(matter.course, matter.times()[1:], strict=True):
            hours.setdefault(step.do, Counter())[when.astimezone(DISTRICT_ZONE).hour] += 1
    for verb in ("follow_up", "verify", "complete", "progress", "accept"):
        assert hours[verb][9] < 0.3 * hours[verb].total(), verb
        at_work = sum(hours[verb][hour] for hour in (9, 10, 11, 14, 15, 16, 17))
        assert at_work > 0.8 * hours[verb].total(), verb


def test_a_report_joins_a_case_that_is_there() -> None:
    accepted = {
        matter.ref: when
        for matter in WHOLE.matters
        for step, when in zip(matter.course, matter.times()[1:], strict=True)
        if step.do == "screen" and step.outcome == "accepted"
    }
    for matter in WHOLE.matters:
        for step, when in zip(matter.course, matter.times()[1:], strict=True):
            assert step.duplicate_of is None or accepted[step.duplicate_of] < when, matter.ref


def test_everybody_in_the_scenario_works_in_the_district() -> None:
    people = Staff.of(DISTRICT).people
    acting = {step.by for matter in WHOLE.matters for step in matter.course} - {"reporter"}
    assert acting <= people.keys()
    assert verbs_of(WHOLE) <= verbs.VERBS.keys()
    assert verbs.VERBS.keys() >= office.VERBS


def test_nobody_verifies_their_own_work() -> None:
    for matter in WHOLE.matters:
        done = {step.by for step in matter.course if step.do in ("complete", "conclude")}
        assert done.isdisjoint(step.by for step in matter.course if step.do == "verify"), matter.ref


def test_steps_come_in_the_order_of_their_time_and_of_their_matter() -> None:
    moments = player.moments(WHOLE)
    assert [moment.when for moment in moments] == sorted(moment.when for moment in moments)
    numbers: dict[str, int] = {}
    for moment in moments:
        assert moment.number == numbers.get(moment.matter.ref, -1) + 1
        numbers[moment.matter.ref] = moment.number


async def test_a_short_story_with_every_verb_is_played_in_two_parts(theatre: Theatre, tmp_path: Path) -> None:
    assert verbs_of(CHOSEN) == verbs_of(WHOLE)
    journal = Journal(tmp_path / "story.jsonl", seed=1)
    first = await play(theatre, journal, MIDDLE)
    journal.close()
    rest = await play(theatre, Journal(tmp_path / "story.jsonl", seed=7))
    assert first.failed == rest.failed == {}
    assert rest.before == first.steps == len(player.moments(CHOSEN, MIDDLE))
    assert first.steps + rest.steps == steps(CHOSEN)

    async with theatre.api as api:
        assert await figures.settled(api, READERS) == TOLD
    assert CHOSEN.end <= theatre.stage.clock.now() < CHOSEN.end + timedelta(hours=1)

    told = await theatre.facts()
    again = await play(theatre, Journal(tmp_path / "story.jsonl", seed=1))
    assert (again.steps, again.before, again.failed) == (0, steps(CHOSEN), {})
    forgotten = await play(theatre, Journal(None, seed=1))
    assert (forgotten.steps, forgotten.failed) == (steps(CHOSEN), {})
    assert await theatre.facts() == told


async def test_the_offices_acted_together_as_the_story_says(theatre: Theatre) -> None:
    """A conclusion that binds, a task in its turn, mergers, a lapse that climbed, a recusal that was lifted."""
    query = "SELECT split_part(type, '.', 3) AS fact, count(*) AS told FROM log GROUP BY 1"
    counted = {row["fact"]: row["told"] for row in await theatre.world.fetch("dispatch", query)}
    assert {name: counted.get(name) for name in TOGETHER} == TOGETHER
    async with theatre.api as api:
        opened = (await api.get("dispatch", "/v1/cases", "dispatch.cheng", category="greening.tree"))["items"]
        told = (await api.get("dispatch", f"/v1/cases/{opened[0]['id']}/timeline", "dispatch.zou"))["items"]
        drains = (await api.get("dispatch", "/v1/cases", "dispatch.cheng", category="sanitation.drain"))["items"]
    climbed = [fact["data"]["to"] for fact in told if fact["type"].split(".")[2] == "lapse-climbed"]
    assert climbed == ["governance_center", "political_legal_committee"]
    states = Counter((case["status"], case["closing_reason"]) for case in drains)
    assert states[("merged", None)] == 1
    assert states[("closed", "partly_solved")] == 2


async def test_each_step_happened_at_its_time(theatre: Theatre) -> None:
    matter = next(matter for matter in CHOSEN.matters if matter.ref == "D038")
    async with theatre.api as api:
        opened = await api.get("dispatch", "/v1/cases", "dispatch.cheng", category=matter.category)
        assert len(opened["items"]) == 1
        path = f"/v1/cases/{opened['items'][0]['code']}/history"
        history = await api.get("audit", path, "audit.yan", limit=500)
    at = {fact["type"].split(".")[2]: datetime.fromisoformat(fact["time"]) for fact in history["items"]}
    times = matter.times()
    for name, time in (
        ("report-registered", times[0]),
        ("case-opened", times[1]),
        ("case-closed", times[-1]),
    ):
        assert timedelta(0) <= at[name] - time < timedelta(minutes=1), name


async def test_a_step_that_is_refused_stops_its_matter_and_no_other(theatre: Theatre) -> None:
    matter = next(matter for matter in CHOSEN.matters if matter.ref == "L021")
    by_a_handler = matter.course[0].model_copy(update={"by": "city.tang"})
    wrong = matter.model_copy(update={"ref": "X1", "course": (by_a_handler, *matter.course)})
    right = matter.model_copy(update={"ref": "X2"})
    story = CHOSEN.model_copy(update={"matters": (wrong, right)})
    played = await player.play(theatre.stage, story, Journal(None, 1), None, lambda moment: None)
    assert played.steps == 1 + steps(CHOSEN.model_copy(update={"matters": (right,)}))
    assert list(played.failed) == ["X1"]
    assert "step 1 (screen by city.tang): 403 not-permitted" in played.failed["X1"]


async def test_the_clock_is_never_set_back(tmp_path: Path) -> None:
    clock = StageClock(tmp_path / "clock.json")
    assert not clock.begun
    later = datetime(2021, 3, 1, 8, tzinfo=UTC)
    await clock.until(later)
    await clock.until(later - timedelta(days=1))
    assert timedelta(0) <= clock.now() - later < timedelta(minutes=1)


async def test_at_a_given_speed_the_clock_passes_every_moment(tmp_path: Path) -> None:
    clock = StageClock(tmp_path / "clock.json", speed=36_000)
    begin = datetime(2021, 3, 1, 8, tzinfo=UTC)
    await clock.until(begin)
    started = asyncio.get_running_loop().time()
    await clock.until(begin + timedelta(hours=2))
    assert 0.1 < asyncio.get_running_loop().time() - started < 5
    assert clock.now() >= begin + timedelta(hours=2)


def test_a_journal_that_broke_off_in_the_middle_of_a_line_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "story.jsonl"
    journal = Journal(path, seed=3)
    journal.note("L001", Docket(done=1, tracking_code="7K3M-9QXA-40TZ"))
    journal.note("L001", Docket(done=2))
    journal.close()
    with path.open("a", encoding="utf-8") as file:
        file.write('{"ref": "L001", "dock')
    again = Journal(path, seed=4)
    assert (again.seed, again.dockets["L001"].done) == (3, 2)
    again.note("L001", Docket(done=3))
    again.close()
    assert Journal(path, seed=3).dockets["L001"].done == 3


@asynccontextmanager
async def answering(*answers: tuple[int, str]) -> AsyncIterator[str]:
    """A server that gives these answers, one after the other, the last one for ever."""
    left = list(answers)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readuntil(b"\r\n\r\n"):
            status, body = left.pop(0) if len(left) > 1 else left[0]
            writer.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
            if status == 500:
                writer.close()
                return

    async def quietly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(quietly, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_call_waits_for_a_service_that_starts_again_and_for_a_fact_on_its_way() -> None:
    early = '{"code": "not-now", "title": "later"}'
    async with (
        answering((503, ""), (429, ""), (409, early), (404, '{"code": "not-found"}'), (200, "[1]")) as url,
        Api({"intake": url}, "") as api,
    ):
        assert await api.do(Ask("intake", "GET", "/")) == [1]
        assert api.calls == 5


async def test_a_refusal_that_waiting_does_not_change_is_told_at_once() -> None:
    refusal = '{"code": "same-person", "title": "Who did the work cannot verify it"}'
    async with answering((409, refusal)) as url, Api({"dispatch": url}, "") as api:
        with pytest.raises(Declined, match="409 same-person: Who did the work"):
            await api.do(Ask("dispatch", "POST", "/"))
        assert api.calls == 1


async def test_a_service_that_stays_away_ends_the_story(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "AWAY_AT_MOST", 0.05)
    async with Api({"intake": f"http://127.0.0.1:{free_ports(1)[0]}"}, "") as api:
        with pytest.raises(Unreachable, match="intake has not answered"):
            await api.do(Ask("intake", "GET", "/"))
