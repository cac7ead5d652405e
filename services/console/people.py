"""Who somebody is, by the directory: names are asked for where they are shown, and kept nowhere."""

from collections.abc import Iterable

from services.console.calling import NAMES, Refusal
from services.console.desk import Desk
from shared.refusals.words import ROLES

AT_ONCE = 200
_SERVICE = "service:"


async def names_of(desk: Desk, ids: Iterable[str | None]) -> dict[str, str]:
    """By id; of services and residents what they are. Whom the directory does not know keeps no name."""
    wanted = {id for id in ids if id}
    people = sorted(id for id in wanted if not id.startswith(_SERVICE) and id not in ROLES)
    named = {id: ROLES[id].said(desk.language) for id in wanted & ROLES.keys()}
    named |= {id: _service(desk, id.removeprefix(_SERVICE)) for id in wanted if id.startswith(_SERVICE)}
    for first in range(0, len(people), AT_ONCE):
        try:
            page = await desk.caller.get("directory", "/v1/staff", {"ids": ",".join(people[first : first + AT_ONCE])})
        except Refusal:
            continue
        named |= {person["id"]: person["name"] for person in page["items"]}
    return named


def _service(desk: Desk, name: str) -> str:
    return NAMES[name].said(desk.language) if name in NAMES else name
