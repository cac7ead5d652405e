"""The whole district at a moment: what dispatch itself answered then, told by the log afterwards."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.scenarios.clock import StageClock
from services.dispatch.model.words import HANDOFF_STATES
from tests.dispatch.conftest import Centre
from tests.kit.appointing import Person, appoint, seal
from tests.kit.world import World, running

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime(2025, 3, 3, 1, tzinfo=UTC)
TRANSPORT = "transport_bureau"
AT_WORK = ("offered", "accepted", "in_progress", "completed")
FAR = "50010400300101"
PEOPLE = (
    Person("audit.far", "auditor", "political_legal_committee", area="500104003"),
    Person("audit.bureau", "auditor", "city_management_bureau"),
)


@dataclass
class Seen:
    """What dispatch answered the supervisor of the whole district at a moment."""

    at: datetime
    statuses: Mapping[str, int]
    areas: Mapping[str, int]
    cases: list[tuple[Any, ...]]
    handoffs: list[tuple[Any, ...]]
    clocks: list[tuple[Any, ...]]


@dataclass
class Story:
    centre: Centre
    clock: StageClock
    seen: list[Seen] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.centre.world

    async def look(self) -> Seen:
        """Once everything is told that is to be told by now."""
        await self.world.until(self._all_told)
        await self.world.settled()
        at, who = self.clock.now(), "supervise.mao"
        figures = await self.centre.sees(who, "figures/cases")
        places = await self.centre.sees(who, "map/cases")
        cases = await self.centre.sees(who, "cases?limit=500")
        handoffs = [await self.centre.sees(who, f"handoffs?limit=500&status={status}") for status in HANDOFF_STATES]
        clocks = await self.centre.sees(who, "clocks?limit=500")
        statuses = Counter[str]()
        for row in figures:
            statuses[row["status"]] += row["count"]
        self.seen.append(
            Seen(
                at,
                dict(statuses),
                {row["area"]: row["count"] for row in places["items"]},
                sorted((row["id"], row["status"], row["colour"], moment(row["opened_at"])) for row in cases["items"]),
                sorted(
                    (row["handoff_id"], row["department"], row["status"], moment(row["due_at"]), row["lapsed"])
                    for page in handoffs
                    for row in page["items"]
                ),
                sorted(
                    (row["clock_id"], row["answerable"], moment(row["due_at"]), row["colour"], row["overdue"])
                    for row in clocks["items"]
                ),
            )
        )
        return self.seen[-1]

    async def _all_told(self) -> bool:
        now = self.world.runtime("dispatch").now()
        return not await self.world.fetch("dispatch", "SELECT FROM clocks WHERE next_at <= $1 LIMIT 1", now)

    async def later(self, **by: float) -> None:
        await self.clock.until(self.clock.now() + timedelta(**by))

    async def handoff(self, case: dict[str, Any]) -> str:
        found = await self.centre.case(case["case_id"])
        return next(str(each["handoff_id"]) for each in found["handoffs"] if each["status"] in AT_WORK)


def moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Story]:
    """Cases that are accepted, passed on, left lying until they are late, done, and withdrawn, over two weeks."""
    file: Path = tmp_path_factory.mktemp("district") / "clock.json"
    clock = StageClock(file)
    await clock.until(MONDAY)
    async with running("intake", "dispatch", "audit", clock_file=file) as world:
        await appoint(world, *PEOPLE)
        told = Story(Centre(world), clock)
        await _play(told)
        yield told


async def _play(story: Story) -> None:
    centre = story.centre
    await story.look()
    first, lying = await centre.a_case(), await centre.a_case()
    await story.look()
    await story.later(hours=3)
    await centre.does("city.tang", f"handoffs/{await story.handoff(first)}/accept")
    await centre.a_case(area=FAR)
    await story.look()
    await story.later(days=4)
    body = {"to": TRANSPORT, "reason": "属交通管理"}
    await centre.does("city.tang", f"handoffs/{await story.handoff(first)}/transfer", body)
    await story.look()
    await story.later(days=3)
    at_transport = await story.handoff(first)
    await centre.does("transport.lei", f"handoffs/{at_transport}/accept")
    await centre.does("transport.lei", f"handoffs/{at_transport}/complete", {"result": "已办"})
    await story.look()
    await story.later(days=6)
    await centre.does("city.tang", f"handoffs/{await story.handoff(lying)}/accept")
    await centre.does("dispatch.cheng", f"handoffs/{at_transport}/verify")
    await story.look()


async def ask(story: Story, path: str, who: str = "audit.yan", expect: int = 200, **query: Any) -> Any:
    """Waits where the moment is being worked out."""
    async with story.world.client("audit", who) as auditor:

        async def answered() -> Any:
            answer = await auditor.get(f"/v1/district{path}", params=query)
            return None if answer.status_code in (202, 503) else answer

        answer = await story.world.until(answered)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def everything(story: Story, path: str, **query: Any) -> list[dict[str, Any]]:
    """Two rows at a time."""
    found, cursor = list[dict[str, Any]](), dict[str, str]()
    while True:
        page = await ask(story, path, limit=2, **query, **cursor)
        found += page["items"]
        if page["next"] is None:
            return found
        cursor = {"cursor": page["next"]}


COLOURS = ("green", "yellow", "red", "lapsed")


async def test_the_log_gives_every_figure_and_list_that_dispatch_gave_then(story: Story) -> None:
    assert any(overdue for *_, overdue in story.seen[-2].clocks), "somebody was late"
    assert len({seen.at for seen in story.seen}) == 6
    for seen in (story.seen[3], *story.seen):  # from nothing, then from moments before and after
        at = {"at": seen.at.isoformat()}
        figures = (await ask(story, "", **at))["figures"]
        assert {each["code"]: each["count"] for each in figures["by_status"]} == seen.statuses
        assert {each["code"]: each["count"] for each in figures["by_area"]} == seen.areas
        assert figures["open"] == sum(seen.areas.values())
        cases = await everything(story, "/cases", **at)
        assert [
            (row["id"], row["status"], row["colour"] and COLOURS.index(row["colour"]), moment(row["opened_at"]))
            for row in cases
        ] == seen.cases
        parts = await everything(story, "/handoffs", **at)
        assert [
            (row["id"], row["department"], row["status"], moment(row["due_at"]), row["late"]) for row in parts
        ] == seen.handoffs
        clocks = await everything(story, "/clocks", **at)
        assert [
            (row["id"], row["department"], moment(row["due_at"]), COLOURS.index(row["colour"]), row["late"])
            for row in clocks
        ] == seen.clocks


async def test_every_figure_opens_its_list(story: Story) -> None:
    for seen in story.seen:
        at = {"at": seen.at.isoformat()}
        figures = (await ask(story, "", **at))["figures"]
        for name, opens in (("by_status", "status"), ("by_department", "department"), ("by_area", "area")):
            for each in figures[name]:
                asked = {opens: each["code"], **({} if name == "by_status" else {"open": "true"})}
                assert len(await everything(story, "/cases", **asked, **at)) == each["count"], (name, each)
                assert each["name"]
        for each in figures["by_colour"]:
            if each["code"] is not None:
                found = await everything(story, "/cases", colour=each["code"], open="true", **at)
                assert len(found) == each["count"]
        for each in figures["handoffs"]:
            asked = {"department": each["department"], "status": each["status"]}
            assert len(await everything(story, "/handoffs", **asked, **at)) == each["count"]
        for each in figures["late"]:
            late = await everything(story, "/clocks", department=each["department"], late="true", **at)
            assert len(late) == each["clocks"]
            cases = await everything(story, "/cases", late=each["department"], **at)
            assert len(cases) == each["cases"] == len({row["case_id"] for row in late})


async def test_two_moments_are_told_apart_case_by_case(story: Story) -> None:
    before, after = story.seen[2], story.seen[-1]
    between = {"from": before.at.isoformat(), "to": after.at.isoformat()}
    told = (await ask(story, "/differences", **between))["changes"]
    assert min(told["moved"], told["became_late"]) >= 1
    for kind, count in told.items():
        cases = (await ask(story, "/differences/cases", kind=kind, **between))["items"]
        assert len(cases) == count, kind
    was, now = dict(before_after(before)), dict(before_after(after))
    moved = (await ask(story, "/differences/cases", kind="moved", **between))["items"]
    assert {(row["id"], row["before"], row["after"]) for row in moved} <= {(id, was.get(id), now[id]) for id in now}
    (first,) = [row for row in moved if TRANSPORT not in row["held_before"]]
    assert first["held_before"] == ["city_management_bureau"]
    since_nothing = {"from": story.seen[0].at.isoformat(), "to": after.at.isoformat()}
    opened = (await ask(story, "/differences/cases", kind="opened", **since_nothing))["items"]
    assert [row["id"] for row in opened] == [id for id, *_ in after.cases]
    backwards = {"from": after.at.isoformat(), "to": before.at.isoformat()}
    await ask(story, "/differences", expect=422, **backwards)


def before_after(seen: Seen) -> list[tuple[str, str]]:
    return [(id, status) for id, status, *_ in seen.cases]


async def test_what_one_may_not_see_is_in_no_figure_and_no_list(story: Story) -> None:
    last = {"at": story.seen[-1].at.isoformat()}
    (far,) = await everything(story, "/cases", area=FAR, **last)
    seen = await ask(story, "", who="audit.far", **last)
    assert seen["figures"]["cases"] == 1
    assert [row["id"] for row in (await ask(story, "/cases", who="audit.far", **last))["items"]] == [far["id"]]
    for path in ("/handoffs", "/clocks"):
        assert {row["case_id"] for row in (await ask(story, path, who="audit.far", **last))["items"]} == {far["id"]}
    await seal(story.world, "sanitation.drain", "police_bureau")
    try:
        assert (await ask(story, "", **last))["figures"]["cases"] == 0
        assert (await ask(story, "/clocks", **last))["items"] == []
        changed = {"from": story.seen[0].at.isoformat(), "to": last["at"]}
        assert set((await ask(story, "/differences", **changed))["changes"].values()) == {0}
    finally:
        await seal(story.world, "sanitation.drain")
    assert (await ask(story, "", **last))["figures"]["cases"] == len(story.seen[-1].cases)


@pytest.mark.parametrize("path", ["", "/cases", "/handoffs", "/clocks"])
async def test_a_moment_that_has_not_come_is_refused_and_without_one_it_is_now(story: Story, path: str) -> None:
    await ask(story, path, expect=422, at="2099-01-01T00:00:00Z")
    found = await ask(story, path)
    if path:
        assert len(found["items"]) >= 1
    else:
        assert found["figures"]["cases"] == len(story.seen[-1].cases)


async def test_a_cursor_of_another_moment_is_refused(story: Story) -> None:
    before, after = ({"at": seen.at.isoformat()} for seen in story.seen[-2:])
    page = await ask(story, "/cases", limit=1, **before)
    await ask(story, "/cases", limit=1, cursor=page["next"], **before)
    await ask(story, "/cases", limit=1, cursor=page["next"], expect=422, **after)


@pytest.mark.parametrize("who", ["clerk.liu", "dispatch.cheng", "city.tang", "admin.ran"])
async def test_only_auditors_and_supervisors_read_it(story: Story, who: str) -> None:
    for path in ("", "/cases", "/handoffs", "/clocks", "/differences?from=2025-03-03T01:00:00Z"):
        await ask(story, path, who=who, expect=403)


async def on_the_command_line(story: Story, *arguments: str) -> str:
    environment = {"ADMIN_DATABASE_URL": story.world.admin_url, "COLUMNS": "200"}
    done = await asyncio.to_thread(CliRunner().invoke, app, ["replay", *arguments], env=environment)
    assert done.exit_code == 0, done.output
    return str(done.stdout)


async def test_the_command_tells_the_same_with_the_cases_behind_and_leaves_nothing(story: Story) -> None:
    before = await story.world.fetch("audit", "SELECT id FROM moments ORDER BY id")
    seen = story.seen[-1]
    at, since = ("--at", seen.at.isoformat()), ("--since", story.seen[2].at.isoformat())
    shown = await on_the_command_line(story, *at)
    assert f"{sum(seen.areas.values())} of {len(seen.cases)} cases were open" in shown
    assert "who was late" in shown
    listed = json.loads((await on_the_command_line(story, *at, *since, "--list", "moved", "--json")).splitlines()[-1])
    assert listed["changes"]["moved"] == len(listed["items"]) >= 1
    cases = json.loads((await on_the_command_line(story, *at, "--list", "cases", "--json")).splitlines()[-1])
    assert [(row["id"], row["status"]) for row in cases["items"]] == before_after(seen)
    assert await story.world.fetch("audit", "SELECT id FROM moments ORDER BY id") == before
