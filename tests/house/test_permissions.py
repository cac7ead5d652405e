"""Every role on every route: the gate in the route's signature is what callers meet."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.routing import APIRoute

from deploy.registry import SERVICES, load_service
from shared.procedure.actor import Role
from shared.web.call import Gate
from shared.web.operations import router as operations
from tests.kit.world import World

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
}
WITHOUT_A_GATE = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/.well-known/openid-configuration",
    "/v1/jwks",
    "/v1/token",
}


@dataclass(frozen=True)
class Door:
    service: str
    method: str
    path: str
    gate: Gate | None

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


def doors() -> Iterator[Door]:
    for name in SERVICES:
        for router in (*load_service(name).routers, operations):
            for route in router.routes:
                assert isinstance(route, APIRoute)
                gates = [d.call for d in route.dependant.dependencies if isinstance(d.call, Gate)]
                for method in sorted(route.methods):
                    yield Door(name, method, route.path_format, gates[0] if gates else None)


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
            answer = await someone.request(door.method, path, json={} if door.method != "GET" else None)
        open_to = role in door.gate.roles or Role.RESIDENT in door.gate.roles
        refused = answer.status_code == (401 if role is Role.RESIDENT else 403) and not _by_scope(answer.json())
        if open_to == refused or answer.status_code >= 500:
            wrong.append(f"{door}: {answer.status_code}")
    assert wrong == []


def _parameters(path: str) -> list[str]:
    return [part.split("}")[0].split(":")[0] for part in path.split("{")[1:]]


def _by_scope(body: object) -> bool:
    """Refused for the area or department, not for the role: the gate had let it pass."""
    return isinstance(body, dict) and body.get("code") not in ("not-permitted", "not-signed-in")
