"""Who knew what then: an office that heard at once, one whose service was stopped, and who had opened the file."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.scenarios.clock import StageClock
from tests.dispatch.conftest import Centre
from tests.kit.world import World, running

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime(2025, 3, 3, 1, tzinfo=UTC)
CITY, PETITION, TRANSPORT = "city_management_bureau", "petition_office", "transport_bureau"


@dataclass
class Story:
    world: World
    clock: StageClock
    case: dict[str, Any]
    moments: dict[str, datetime] = field(default_factory=dict)

    def note(self, name: str) -> None:
        self.moments[name] = self.clock.now()

    async def later(self, **by: float) -> None:
        await self.clock.until(self.clock.now() + timedelta(**by))

    async def knew(self, moment: str | None, who: str = "audit.yan") -> dict[str, Any]:
        at = {} if moment is None else {"at": self.moments[moment].isoformat()}
        async with self.world.client("audit", who) as auditor:
            answer = await auditor.get(f"/v1/cases/{self.case['code']}/knew", params=at)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def office(self, department: str, moment: str | None) -> dict[str, Any]:
        found = await self.knew(moment)
        return next(each for each in found["offices"] if each["department"] == department)


def kinds(facts: list[dict[str, Any]]) -> list[str]:
    return [fact["type"].split(".")[2] for fact in facts]


def heard(office: dict[str, Any], kind: str) -> dict[str, Any]:
    return next(dict(fact) for fact in office["told"] if f".{kind}." in fact["type"])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Offered to an office that works here, and to the petition office, whose service does not run for two days."""
    file: Path = tmp_path_factory.mktemp("knew") / "clock.json"
    clock = StageClock(file)
    await clock.until(MONDAY)
    async with running("intake", "dispatch", "petition", "audit", clock_file=file) as world:
        centre = Centre(world)
        await world.runtime("petition").listener.stop()
        told = Story(world, clock, await centre.a_case())
        path, mine = f"cases/{told.case['case_id']}", told.case["handoffs"][0]["handoff_id"]
        await told.later(hours=1)
        await centre.does("dispatch.cheng", f"{path}/handoffs", {"department": PETITION, "part": "co"})
        told.note("offered")
        await told.later(hours=2)
        await centre.does("city.tang", f"handoffs/{mine}/accept")
        told.note("accepted")
        await told.later(days=1)
        await centre.sees("supervise.mao", path)
        told.note("looked")
        await told.later(days=1)
        theirs = next(
            each["handoff_id"]
            for each in (await centre.case(told.case["case_id"]))["handoffs"]
            if each["department"] == PETITION
        )
        await centre.does("dispatch.cheng", f"handoffs/{theirs}/urge")
        told.note("urged")
        world.runtime("petition").listener.start()
        await world.until(lambda: _received(world), 20)
        await told.later(hours=1)
        await world.settled()
        told.note("heard")
        yield told


async def _received(world: World) -> list[dict[str, Any]]:
    return await world.fetch("petition", "SELECT id FROM petitions")


async def test_an_office_whose_service_was_stopped_had_not_heard(story: Story) -> None:
    for moment in ("offered", "accepted", "looked", "urged"):
        office = await story.office(PETITION, moment)
        assert (office["desk"], office["since"], office["told"]) == ("petition", None, [])
        assert "handoff-offered" in kinds(office["not_yet"])


async def test_once_it_ran_it_is_proven_by_what_came_of_the_offer_and_not_from_the_hour_of_the_offer(
    story: Story,
) -> None:
    office = await story.office(PETITION, "heard")
    offered = heard(office, "handoff-offered")
    assert (offered["how"], offered["since"]) == ("effect", offered["proven"])
    assert datetime.fromisoformat(offered["since"]) >= story.moments["urged"]
    assert "petition-received" in kinds(office["told"])
    proof = next(fact for fact in office["told"] if fact["index"] == offered["proof"])
    assert ".petition-received." in proof["type"]


async def test_an_office_that_works_here_could_see_it_at_once_and_is_proven_by_its_act(story: Story) -> None:
    before, after = await story.office(CITY, "offered"), await story.office(CITY, "accepted")
    assert (heard(before, "handoff-offered")["how"], heard(before, "handoff-offered")["proven"]) == ("worklist", None)
    offered = heard(after, "handoff-offered")
    assert offered["how"] == "act"
    assert offered["since"] == heard(before, "handoff-offered")["since"]
    assert story.moments["offered"] < datetime.fromisoformat(offered["proven"]) <= story.moments["accepted"]
    assert heard(after, "handoff-accepted")["how"] == "told"
    assert "report-registered" in kinds(after["not_yet"])


async def test_who_opened_the_file_had_all_that_was_told_by_then(story: Story) -> None:
    before = (await story.knew("accepted"))["opened_by"]
    assert [(each["person"], each["what"]) for each in before] == [("clerk.liu", ["report"])]
    (found,) = [each for each in (await story.knew("looked"))["opened_by"] if each["person"] == "supervise.mao"]
    assert (found["role"], found["what"]) == ("supervisor", ["case"])
    assert found["department_name"] not in (None, found["department"])
    office = await story.office(found["department"], "looked")
    assert heard(office, "handoff-accepted")["how"] in ("opening", "worklist")
    registered = heard(office, "report-registered")
    assert registered["proven"] is not None


async def test_an_office_that_has_nothing_to_do_with_it_is_not_there(story: Story) -> None:
    assert TRANSPORT not in {each["department"] for each in (await story.knew(None))["offices"]}


async def film(story: Story, language: str = "zh", **query: Any) -> dict[str, Any]:
    async with story.world.client("audit", "audit.yan", language=language) as auditor:
        answer = await auditor.get(f"/v1/cases/{story.case['code']}/film", params=query)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_each_step_of_the_film_says_who_had_heard_and_how_far(story: Story) -> None:
    scenes = (await film(story))["items"]
    at = {kind: number for number, kind in enumerate(kinds([scene["fact"] for scene in scenes]))}
    urged, received = scenes[at["handoff-urged"]], scenes[at["petition-received"]]
    assert PETITION not in {each["department"] for each in urged["seen_by"]}
    accepted = {each["department"]: each for each in scenes[at["handoff-accepted"]]["seen_by"]}
    assert (accepted[CITY]["upto"], accepted[CITY]["how"]) == (at["handoff-accepted"], "told")
    assert [each["person"] for each in urged["opened_by"]] == ["clerk.liu", "supervise.mao"]
    assert [each["person"] for each in scenes[at["handoff-accepted"]]["opened_by"]] == ["clerk.liu"]
    assert received["number"] == at["petition-received"]


@pytest.mark.parametrize("language", ["zh", "en"])
async def test_each_step_is_a_sentence_with_names_and_no_codes(story: Story, language: str) -> None:
    for scene in (await film(story, language))["items"]:
        sentence = scene["fact"]["told"]
        assert sentence, scene["fact"]["type"]
        assert "_" not in sentence
        assert story.case["case_id"][:8] not in sentence


async def test_an_auditor_jumps_to_a_time_and_reads_on(story: Story) -> None:
    whole = (await film(story))["items"]
    page = await film(story, limit=2, at=story.moments["accepted"].isoformat())
    first = next(n for n, s in enumerate(whole) if moment(s) >= story.moments["accepted"])
    assert [scene["number"] for scene in page["items"]] == [first, first + 1]
    read = page["items"]
    while page["next"] is not None:
        page = await film(story, limit=2, after=page["next"])
        read += page["items"]
    assert read == whole[first:]
    assert (await film(story, at="2099-01-01T00:00:00Z"))["items"] == []


def moment(scene: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(scene["fact"]["time"])


async def test_the_command_tells_who_knew_what_then(story: Story) -> None:
    environment = {"ADMIN_DATABASE_URL": story.world.admin_url, "COLUMNS": "200"}
    about = ["replay", "--case", story.case["code"], "--knew", "--at", story.moments["urged"].isoformat()]
    shown = await asyncio.to_thread(CliRunner().invoke, app, about, env=environment)
    assert shown.exit_code == 0, shown.output
    petition = shown.stdout.partition("信访")[2]
    assert "nothing shows that it had heard" in petition
    assert "no proof that nobody there knew" in shown.stdout
