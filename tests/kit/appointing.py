"""People that the district does not have: other areas, other departments, another home than their post's."""

from dataclasses import dataclass
from typing import Any

from tests.kit import reference
from tests.kit.world import World


@dataclass(frozen=True)
class Person:
    """`home` is the department in their token; None: as the directory would say, that of the post."""

    id: str
    role: str
    department: str
    area: str = "500104"
    home: str | None = None


async def appoint(world: World, *people: Person) -> None:
    """Into every service's copy of the directory; for worlds where the directory itself does not run."""
    rows = tuple(
        (
            "post",
            f"{person.id}:1",
            reference.EVER,
            None,
            {"holder": person.id, "role": person.role, "department": person.department, "area": person.area},
        )
        for person in people
    )
    world.gatekeeper.homes.update({person.id: person.home or person.department for person in people})
    await _put(world, rows)


async def seal(world: World, category: str, *circle: str) -> None:
    """From now on only these departments may know of such matters, of those that are there already, too."""
    found = [row for row in reference.rows() if row[:2] == ("category", category)]
    await _put(world, tuple((*about, {**entry, "circle": list(circle)}) for *about, entry in found))


async def _put(world: World, rows: tuple[Any, ...]) -> None:
    for service in world.apps:
        async with world.admin(service) as connection:
            await reference.put(connection, service, rows)
        runtime = world.runtime(service)
        await runtime.reference.load(runtime.database)
