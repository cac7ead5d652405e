"""A case as every office told it, in order; and as it stood at any moment."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from services.dispatch.facts import CaseOpened, CaseRouted, CaseWithdrawn
from services.intake.facts import ReportAccepted, ReportRegistered
from shared.facts.fact import Fact
from tests.audit.conftest import minutes
from tests.audit.telling import Telling, telling
from tests.kit.world import World

CASE, CODE, AREA = "0190-case-1", "DZ-2021-000042", "500104002"
ABOUT: dict[str, Any] = {"category": "parking.fire_lane", "area": AREA, "channel": "hotline", "contents": ()}


def registered(minute: float) -> Fact:
    return ReportRegistered(
        at=minutes(minute), by="hotline.he", report_id="report-1", case_id=CASE, receipt_no="R1", **ABOUT
    )


def accepted(minute: float) -> Fact:
    return ReportAccepted(
        at=minutes(minute), by="clerk.liu", report_id="report-1", case_id=CASE, receipt_no="R1", **ABOUT
    )


def opened(minute: float) -> Fact:
    return CaseOpened(
        at=minutes(minute),
        by="service:dispatch",
        case_id=CASE,
        code=CODE,
        report_id="report-1",
        kind="livelihood",
        **ABOUT,
    )


def routed(minute: float) -> Fact:
    return CaseRouted(
        at=minutes(minute), by="service:dispatch", case_id=CASE, rule="R-7", lead="police", co_handlers=()
    )


def withdrawn(minute: float, case_id: str = CASE) -> Fact:
    return CaseWithdrawn(at=minutes(minute), by="service:dispatch", case_id=case_id)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: World) -> AsyncIterator[World]:
    """Two offices tell of one case; dispatch's second fact bears an earlier time than its first."""
    bootstrap = world.servers.bootstrap
    async with telling(bootstrap, "intake") as intake, telling(bootstrap, "dispatch") as dispatch:
        await intake.send(intake.write(registered(0), "report", "report-1"))
        await dispatch.tell(opened(6), routed(5), withdrawn(30))
        await intake.send(intake.write(accepted(5.5), "report", "report-1"))
        await dispatch.tell(withdrawn(1, "0190-never-opened"))
        await world.until(lambda: _received(world, intake, dispatch))
        yield world


async def _received(world: World, *sources: Telling) -> bool:
    rows = await world.fetch("audit", "SELECT source, count FROM sources")
    counts = {row["source"]: row["count"] for row in rows}
    return all(counts.get(source.source) == source.position for source in sources)


async def get(world: World, path: str, user: str = "audit.yan", language: str = "zh", **query: Any) -> dict[str, Any]:
    async with world.client("audit", user) as client:
        answer = await client.get(path, params=query, headers={"Accept-Language": language})
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def names(page: dict[str, Any]) -> list[str]:
    return [item["type"].split(".")[2] for item in page["items"]]


IN_ORDER = ["report-registered", "report-accepted", "case-opened", "case-routed", "case-withdrawn"]


async def test_the_history_merges_the_offices_by_time_and_keeps_each_ones_order(told: World) -> None:
    history = await get(told, f"/v1/cases/{CODE}/history")
    assert names(history) == IN_ORDER
    first = history["items"][2]
    assert (first["source"], first["position"], first["actor"]) == (
        "/services/dispatch",
        1,
        "service:dispatch",
    )
    assert first["data"]["code"] == CODE
    assert await get(told, f"/v1/cases/{CASE}/history") == history


async def test_each_fact_is_told_as_a_sentence_in_the_language_of_the_reader(told: World) -> None:
    english = await get(told, f"/v1/cases/{CODE}/history", language="en")
    # Neither the office nor the rule is one of the directory's: no code is read.
    assert [fact["told"] for fact in english["items"]] == [
        "registered the report: Parking in a fire lane, Yuejincun Subdistrict (hotline)",
        "accepted the report: Parking in a fire lane, Yuejincun Subdistrict",
        "opened the case: Parking in a fire lane, Yuejincun Subdistrict",
        "routed by the catalogue: an office leads",
        "withdrawn by the reporter, which ends the case",
    ]
    chinese = await get(told, f"/v1/cases/{CODE}/film")
    assert [scene["fact"]["told"] for scene in chinese["items"]][-2:] == [
        "按交办目录分流：某单位主办",
        "反映人撤回，案件终止",
    ]
    searched = await get(told, "/v1/facts", type="lianzhi.dispatch.case-withdrawn.v1", key=CASE)
    assert [fact["told"] for fact in searched["items"]] == ["反映人撤回，案件终止"]


async def test_the_history_ends_where_asked_and_pages(told: World) -> None:
    assert names(await get(told, f"/v1/cases/{CODE}/history", until=minutes(10).isoformat())) == IN_ORDER[:4]
    found, cursor = [], None
    while page := await get(told, f"/v1/cases/{CODE}/history", limit=2, **({"after": cursor} if cursor else {})):
        found += names(page)
        if (cursor := page["next"]) is None:
            break
    assert found == IN_ORDER


async def states(world: World, minute: float) -> dict[str, Any]:
    answer = await get(world, f"/v1/cases/{CODE}/state", at=minutes(minute).isoformat())
    return {item["aggregate"]: item for item in answer["items"]}


async def test_the_state_is_what_it_was_at_that_time(told: World) -> None:
    assert (await states(told, -1)) == {}
    assert list(await states(told, 3)) == ["report"]
    then = await states(told, 20)
    assert then["case"]["version"] == 2
    assert then["case"]["state"]["status"] == "routed"
    assert then["case"]["state"]["lead"] == "police"
    later = await states(told, 40)
    assert later["case"]["state"]["status"] == "withdrawn"
    assert later["report"]["problem"] is None


async def test_a_supervisor_reads_the_cases_of_the_own_area_only(told: World) -> None:
    for user, case, status in (
        ("supervise.mao", CODE, 200),
        ("audit.yan", "0190-never-opened", 200),
        ("supervise.mao", "0190-never-opened", 200),
        ("dispatch.cheng", CODE, 403),
        (None, CODE, 401),
        ("audit.yan", "DZ-2021-999999", 404),
    ):
        async with told.client("audit", user) as client:
            for what in ("history", "state"):
                assert (await client.get(f"/v1/cases/{case}/{what}")).status_code == status, (
                    user,
                    case,
                    what,
                )


async def test_the_command_shows_a_case_as_it_was(told: World) -> None:
    environment = {"ADMIN_DATABASE_URL": told.admin_url, "COLUMNS": "160"}
    asked = ["replay", "--case", CODE, "--at", minutes(20).isoformat()]
    shown = await asyncio.to_thread(CliRunner().invoke, app, asked, env=environment)
    assert shown.exit_code == 0
    assert "case-routed" in shown.stdout
    assert "case-withdrawn" not in shown.stdout
    assert "按交办目录分流" in shown.stdout.replace("\n", "")
    told_again = await asyncio.to_thread(CliRunner().invoke, app, [*asked, "--json"], env=environment)
    states = {state["aggregate"]: state for state in json.loads(told_again.stdout)["states"]}
    assert states["case"]["state"]["status"] == "routed"
    unknown = await asyncio.to_thread(CliRunner().invoke, app, ["replay", "--case", "none"], env=environment)
    assert unknown.exit_code == 1


def about(office: str, case: str) -> Fact:
    return CaseOpened(
        at=minutes(50),
        by="service:dispatch",
        kind="livelihood",
        case_id=case,
        code=case.upper(),
        report_id=f"report-{case}",
        complained_of=office,
        barred=(office,),
        **ABOUT,
    )


async def test_people_of_the_office_complained_of_do_not_read_the_case_here_either(told: World) -> None:
    async with telling(told.servers.bootstrap, "police") as another:
        ours, theirs = about("political_legal_committee", "about-us"), about("police_bureau", "about-them")
        await another.send(another.write(ours), another.write(theirs))
        await told.until(lambda: _known(told, "about-us", "about-them"))
    for user in ("supervise.mao", "audit.yan"):
        async with told.client("audit", user) as client:
            assert (await client.get("/v1/cases/about-us/history")).status_code == 404
            assert (await client.get("/v1/cases/about-them/history")).status_code == 200


async def _known(told: World, *keys: str) -> bool:
    return len(await told.fetch("audit", "SELECT DISTINCT key FROM entries WHERE key = ANY($1)", list(keys))) == len(
        keys
    )


async def test_a_film_shows_what_each_fact_changed(told: World) -> None:
    film = await get(told, f"/v1/cases/{CODE}/film")
    scenes = film["items"]
    kinds = [scene["fact"]["type"].split(".")[2] for scene in scenes]
    assert kinds == ["report-registered", "report-accepted", "case-opened", "case-routed", "case-withdrawn"]
    assert film["scenes"] == len(scenes)
    by_kind = {kind: {c["path"]: c for c in scene["changes"]} for kind, scene in zip(kinds, scenes, strict=True)}
    assert by_kind["case-opened"]["/code"] == {"path": "/code", "before": None, "after": CODE}
    assert by_kind["case-routed"]["/status"]["after"] == "routed"
    assert by_kind["case-withdrawn"]["/status"] == {"path": "/status", "before": "routed", "after": "withdrawn"}
    later = await get(told, f"/v1/cases/{CODE}/film", after=2, limit=1)
    assert later["items"] == [scenes[3]]


async def test_the_difference_of_two_moments_is_what_was_told_between_them(told: World) -> None:
    found = await get(
        told, f"/v1/cases/{CODE}/differences", **{"from": minutes(20).isoformat(), "to": minutes(40).isoformat()}
    )
    assert found["facts"] == 1
    [case] = found["items"]
    assert (case["source"], case["before"], case["after"]) == ("/services/dispatch", 2, 3)
    assert {"path": "/status", "before": "routed", "after": "withdrawn"} in case["changes"]
    same = await get(
        told, f"/v1/cases/{CODE}/differences", **{"from": minutes(31).isoformat(), "to": minutes(40).isoformat()}
    )
    assert (same["facts"], same["items"]) == (0, [])
    async with told.client("audit", "audit.yan") as auditor:
        backwards = {"from": minutes(9).isoformat(), "to": minutes(8).isoformat()}
        assert (await auditor.get(f"/v1/cases/{CODE}/differences", params=backwards)).status_code == 422
