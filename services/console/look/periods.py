"""Which days figures are of, and pieces that follow what changes without haste."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from services.console.desk import Desk
from services.console.figures import Period, district_day, now_of
from services.console.look.filters import Filters
from services.console.look.screen import piece
from services.console.look.templates import render

COMMON = (7, 30, 90, 365)
CALM = 3.0
"""Seconds between two looks: sums over a year are not asked for with each change of one case."""


async def today_of(desk: Desk) -> date:
    """The district's, whose clock may stand elsewhere than the machine's. Raises NotSignedIn, Refusal."""
    desk.heard(await now_of(desk.caller))
    return district_day(desk.now())


def periods(filters: Filters, period: Period) -> None:
    """Common ones as links, any other by its days."""
    now = district_day(filters.desk.now())
    beside = {name: value for name, value in filters.asked.items() if name not in ("from", "to")}
    common = []
    for days in COMMON:
        one = Period(now - timedelta(days=days - 1), now)
        address = f"{filters.path}?{urlencode({**beside, 'from': one.first.isoformat(), 'to': one.last.isoformat()})}"
        common.append((days, address, one == period))
    piece(filters.desk, "periods", periods=common)
    filters.day("from", "period.from", period.first.isoformat())
    filters.day("to", "period.to", period.last.isoformat())


async def shown_live(desk: Desk, template: str, found: Callable[[], Awaitable[Mapping[str, Any]]]) -> None:
    """Raises NotSignedIn, Refusal."""
    shown = piece(desk, template, **await found())

    async def heard(change: Mapping[str, Any]) -> None:
        await asyncio.sleep(CALM)
        if not shown.is_deleted:
            shown.set_content(render(desk, template, **await found()))

    desk.watch(shown, heard)
