"""Two people on one matter: whoever decides on an older version of it is told what there is now."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from shared.procedure.actor import Role
from tests.house.matters import Matter, Somebody, ask, prepare
from tests.house.routes import OF_A_CASE, Door, doors
from tests.kit.world import World, everyone, running

STEPPING = ("dispatch", "petition", "police", "justice", "emergency")
NO_STEP = ("/v1/search",)
OF_NO_VERSION = ("/erase", "/handoffs/urge", "/handoffs/offer")
"""Of contents, which a version does not change; of several cases at once."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    async with running(*(name for name in everyone() if name != "directory")) as running_world:
        yield running_world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def matters(world: World) -> dict[str, Matter]:
    return await prepare(world)


def steps(service: str, of_no_version: bool = False) -> list[Door]:
    found = [door for door in doors() if door.service == service and door.method == "POST" and str(door) in OF_A_CASE]
    return [d for d in found if d.path.endswith(OF_NO_VERSION) == of_no_version and d.path not in NO_STEP]


def somebody(door: Door, matter: Matter) -> Somebody:
    assert door.gate is not None
    roles = OF_A_CASE[str(door)].roles or door.gate.roles
    first = next(role for role in (Role.DISPATCHER, Role.HANDLER, *sorted(roles)) if role in roles)
    return Somebody("right", first, matter.department)


async def with_version(world: World, door: Door, matter: Matter, version: str) -> httpx.Response:
    return await ask(world, door, matter, somebody(door, matter), {"If-Match": version})


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", STEPPING)
async def test_every_step_refuses_an_older_version_with_what_there_is_now(
    world: World, matters: dict[str, Matter], service: str
):
    matter, wrong = matters[service], []
    assert steps(service)
    for door in steps(service):
        older = await with_version(world, door, matter, '"1"')
        problem = older.json()
        if (older.status_code, problem.get("code"), problem.get("expected")) != (412, "changed", 1):
            wrong.append(f"{door}: {older.status_code} {older.text[:100]}")
            continue
        present = problem["present"]
        assert present["version"] == problem["current"] > 1, str(door)
        assert present["status"], str(door)
        assert matter.ids["case_id"] == present["case_id"], str(door)
    assert wrong == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", STEPPING)
async def test_the_version_that_one_has_just_been_told_is_taken(world: World, matters: dict[str, Matter], service: str):
    """Whatever else the step is refused for."""
    for door in steps(service):
        told = (await with_version(world, door, matters[service], '"1"')).json()["current"]
        answer = await with_version(world, door, matters[service], f'"{told}"')
        assert answer.status_code != 412, f"{door}: {answer.text[:100]}"
        assert answer.status_code < 500, f"{door}: {answer.text[:100]}"


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", STEPPING)
async def test_where_there_is_no_one_version_a_condition_is_refused_and_not_passed_over(
    world: World, matters: dict[str, Matter], service: str
):
    assert steps(service, of_no_version=True)
    for door in steps(service, of_no_version=True):
        answer = await with_version(world, door, matters[service], '"1"')
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), str(door)
        assert answer.json()["field"] == "If-Match", str(door)


@pytest.mark.asyncio(loop_scope="session")
async def test_one_of_many_offers_says_its_own_version(world: World, matters: dict[str, Matter]):
    matter = matters["dispatch"]
    dispatcher = Somebody("right", Role.DISPATCHER, matter.department)
    async with world.client("dispatch", dispatcher.id) as someone:
        case_id = matter.ids["case_id"]
        version = (await someone.get(f"/v1/cases/{case_id}")).json()["version"]
        offer = {"case_id": case_id, "department": "fire_rescue_brigade", "part": "co"}
        body = {"offers": [{**offer, "expected": version - 1}, {**offer, "expected": version}]}
        items = (await someone.post("/v1/handoffs/offer", json=body)).json()["items"]
    assert (items[0]["done"], items[0]["problem"]["code"]) == (False, "changed")
    assert items[1].get("problem", {}).get("code") != "changed"
