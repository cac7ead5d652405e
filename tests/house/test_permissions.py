"""Every role on every route, and on those of a case every area and department: what callers meet."""

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from shared.procedure.actor import Role
from tests.house.matters import CATEGORIES, ROLES, Matter, Somebody, ask, prepare, shows, wrong
from tests.house.routes import OF_A_CASE, OF_NO_CASE, STREAMS, WITHOUT_A_GATE, Door, doors, of_no_case
from tests.kit.world import World, everyone, running

WHO = {
    Role.RESIDENT: None,
    Role.CLERK: "clerk.liu",
    Role.GRID_WORKER: "grid.luo",
    Role.DISPATCHER: "dispatch.cheng",
    Role.HANDLER: "city.tang",
    Role.SUPERVISOR: "supervise.mao",
    Role.AUDITOR: "audit.yan",
    Role.ADMINISTRATOR: "admin.ran",
    Role.SYSTEM: "system.city",
    Role.MESSENGER: "service.intake",
}


def test_every_route_says_who_may_call_it():
    bare = [str(door) for door in doors() if door.gate is None and door.path not in WITHOUT_A_GATE]
    assert bare == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("role", WHO, ids=lambda role: role.value)
async def test_a_role_passes_just_the_gates_that_name_it(district: World, role: Role):
    wrong = []
    for door in doors():
        if door.gate is None or (role is Role.RESIDENT and role in door.gate.roles):
            continue  # open to all; a receipt's tracking code may still be asked for
        path = door.path.replace("{id}", "0")
        for name in _parameters(door.path):
            path = path.replace("{" + name + "}", "0")
        async with district.client(door.service, WHO[role]) as someone:
            if str(door) in STREAMS:
                answer = await begun(district, door, WHO[role])
            else:
                answer = await someone.request(door.method, path, json={} if door.method != "GET" else None)
        open_to = role in door.gate.roles or Role.RESIDENT in door.gate.roles
        refused = answer.status_code == (401 if role is Role.RESIDENT else 403) and not _by_scope(answer.json())
        if open_to == refused or answer.status_code >= 500:
            wrong.append(f"{door}: {answer.status_code}")
    assert wrong == []


async def begun(world: World, door: Door, who: str | None) -> httpx.Response:
    """How an answer without an end begins."""
    headers = {"Authorization": f"Bearer {await world.gatekeeper.token(who)}"} if who else {}
    async with (
        httpx.AsyncClient(base_url=world.urls[door.service], headers=headers, trust_env=False) as someone,
        someone.stream(door.method, door.path) as answer,
    ):
        if answer.status_code != httpx.codes.OK:
            await answer.aread()
    return answer


def _parameters(path: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]


def _by_scope(body: object) -> bool:
    """Refused for the area or department, not for the role: the gate had let it pass."""
    return isinstance(body, dict) and body.get("code") not in ("not-permitted", "not-signed-in")


def test_every_route_has_its_row_of_what_it_has_to_do_with_a_case():
    there = list(doors())
    assert [str(door) for door in there if (str(door) in OF_A_CASE) == of_no_case(door)] == []
    assert {*OF_A_CASE, *OF_NO_CASE} <= {str(door) for door in there}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world() -> AsyncIterator[World]:
    """Without the directory, so that tests appoint whom they like."""
    async with running(*(name for name in everyone() if name != "directory")) as running_world:
        yield running_world


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def matters(world: World) -> dict[str, Matter]:
    return await prepare(world)


def of_a_case(service: str) -> list[Door]:
    """Reading first: what is done may end what can be seen."""
    found = [door for door in doors() if door.service == service and str(door) in OF_A_CASE]
    return sorted(found, key=lambda door: (door.method, door.path.endswith("/erase")))


def concerned(door: Door) -> list[Role]:
    row = OF_A_CASE[str(door)]
    assert door.gate is not None
    return [role for role in ROLES if role in (row.roles or door.gate.roles)]


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", CATEGORIES)
async def test_the_right_role_with_another_area_or_department_or_of_the_accused_meets_nothing(
    world: World, matters: dict[str, Matter], service: str
):
    matter, met = matters[service], []
    for door in of_a_case(service):
        row = OF_A_CASE[str(door)]
        bystanders = [Somebody("right", role, matter.department) for role in ROLES if role not in concerned(door)]
        tied_wrongly = [who for role in concerned(door) for who in wrong(role, matter.department)]
        for who in (*tied_wrongly, *bystanders):
            answer = await ask(world, door, matter, who)
            if answer.status_code >= 500 or (answer.status_code != 403 and shows(row, answer, matter)):
                met.append(f"{door}: {who.tie} {who.role} {answer.status_code}")
    assert met == []


@pytest.mark.asyncio(loop_scope="session")
@pytest.mark.parametrize("service", CATEGORIES)
async def test_the_same_role_of_the_area_and_department_is_let_through(
    world: World, matters: dict[str, Matter], service: str
):
    """Else the refusals above would prove nothing."""
    matter, refused = matters[service], []
    for door in of_a_case(service):
        for role in concerned(door):
            answer = await ask(world, door, matter, Somebody("right", role, matter.department))
            if answer.status_code in (403, 404, 422, 500) or not shows(OF_A_CASE[str(door)], answer, matter):
                refused.append(f"{door}: {role} {answer.status_code} {answer.text[:120]}")
    assert refused == []


@pytest.mark.asyncio(loop_scope="session")
async def test_what_is_for_the_whole_district_is_refused_to_posts_for_a_part(world: World, matters: dict[str, Matter]):
    wide = [door for door in doors() if door.gate is not None and door.gate.whole_district]
    assert wide
    for door in wide:
        if door.service not in world.apps:
            continue
        for role in door.gate.roles if door.gate else ():
            path = door.path.replace("{id}", "0").replace("{key}", "k") + "?after=0"
            async with world.client(door.service, Somebody("right", role, matters["dispatch"].department).id) as part:
                answer = await part.request(door.method, path)
            assert (answer.status_code, answer.json()["code"]) == (403, "whole-district-only"), str(door)
