"""Searches through texts, in whichever service keeps them."""

from itertools import count
from typing import Any

import httpx

from tests.kit.world import World

_rare = count(0x5000, 7)


def a_word() -> str:
    """Signs that no other text has next to each other."""
    return "".join(chr(next(_rare)) for _ in range(4))


async def marked(world: World, service: str) -> None:
    """All that was recorded can be found."""
    waiting = "(SELECT count(*) FROM pending) + (SELECT count(*) FROM log WHERE position > marking.position)"

    async def done() -> bool:
        (row,) = await world.fetch(service, f"SELECT {waiting} AS n FROM marking")
        return bool(row["n"] == 0)

    await world.until(done, 30, "all texts are marked")


async def mark_again(world: World, service: str) -> None:
    """All that the log tells of."""
    async with world.admin(service) as admin, admin.transaction():
        await admin.execute("UPDATE marking SET position = 0")
        await admin.execute("DELETE FROM text_marks")
    await marked(world, service)


async def ask(world: World, service: str, who: str | None, text: str, **more: Any) -> httpx.Response:
    query = {name: more.pop(name) for name in ("cursor", "limit") if name in more}
    async with world.client(service, who) as client:
        return await client.post("/v1/search", json={"text": text, **more}, params=query)


async def found(world: World, service: str, who: str, text: str, **more: Any) -> list[dict[str, Any]]:
    """Newest first, once all can be found."""
    await marked(world, service)
    answer = await ask(world, service, who, text, **more)
    assert answer.status_code == 200, answer.text
    assert answer.json()["not_yet_since"] is None
    items: list[dict[str, Any]] = answer.json()["items"]
    return items
