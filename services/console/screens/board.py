"""The board: open work by department and colour, cases by state; every figure opens the list behind it."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from nicegui import PageArguments

from services.console.desk import Desk
from services.console.look.screen import piece, screen
from services.console.look.templates import render

COLOURS = ("lapsed", "red", "yellow", "green")


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    shown = piece(desk, "board", **await _figures(desk))

    async def heard(change: Mapping[str, Any]) -> None:
        shown.set_content(render(desk, "board", **await _figures(desk)))

    desk.watch(shown, heard)


async def _figures(desk: Desk) -> dict[str, Any]:
    """Raises NotSignedIn, Refusal."""
    handoffs, cases = await asyncio.gather(
        desk.caller.get("dispatch", "/v1/figures/handoffs"), desk.caller.get("dispatch", "/v1/figures/cases")
    )
    desk.heard(handoffs["as_of"])
    states: dict[str, int] = defaultdict(int)
    for row in cases:
        states[row["status"]] += row["count"]
    departments = by_department(handoffs["items"])
    total = {colour: sum(each["colours"][colour] for each in departments) for colour in COLOURS}
    about = {"departments": departments, "total": total, "states": states}
    return {**about, "as_of": handoffs["as_of"], "colours": COLOURS}


def by_department(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Open work of each, what is latest first."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        each = found.setdefault(
            row["department"],
            {
                "code": row["department"],
                "name": row["department_name"],
                "open": 0,
                "offered": 0,
                "colours": dict.fromkeys(COLOURS, 0),
            },
        )
        each["open"] += row["count"]
        each["offered"] += row["count"] if row["status"] == "offered" else 0
        if row["colour"]:
            each["colours"][row["colour"]] += row["count"]
    return sorted(found.values(), key=lambda each: (*(-each["colours"][colour] for colour in COLOURS), each["code"]))
