"""The whole district at a moment, or between two: worked out as the audit does it, and nothing kept."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import asyncpg

from deploy.registry import all_folds
from services.audit import district
from services.audit.district import Listing, Page
from services.audit.log.moments import keep
from services.audit.log.removed import refuse_archived_moment
from services.audit.scope import EVERYTHING

LISTS: Mapping[str, Listing] = {"cases": district.CASES, "handoffs": district.PARTS, "clocks": district.DUES}
PAGE = 500


async def read_district(
    admin_url: str, at: datetime, since: datetime | None, of: str | None, progress: Callable[[int, int], None]
) -> dict[str, Any]:
    """Its figures; what has changed `since`; with `of` the whole list of that name, or of that change.

    Raises MomentArchived.
    """
    connection = await asyncpg.connect(admin_url, server_settings={"search_path": "audit", "jit": "off"})
    transaction = connection.transaction(isolation="repeatable_read")
    try:
        await transaction.start()
        await refuse_archived_moment(connection, at if since is None else min(at, since))
        moment = await keep(connection, all_folds(), at, progress)
        before = None if since is None else await keep(connection, all_folds(), since, progress)
        await district.are_there(connection, [moment])
        found: dict[str, Any] = {"at": at, "figures": _plain(await district.figures(connection, EVERYTHING, moment))}
        if before is not None:
            found |= {"since": since, "changes": await district.changed(connection, EVERYTHING, (before, moment))}
        if of is not None:
            found["items"] = await _items(connection, of, moment, before)
        return found
    finally:
        await transaction.rollback()
        await connection.close()


async def _items(connection: asyncpg.Connection, of: str, moment: int, before: int | None) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    while True:
        page = Page(items[-1]["id"] if items else None, PAGE)
        if of in LISTS:
            rows = await district.listed(connection, EVERYTHING, moment, LISTS[of], {}, page)
        else:
            rows = await district.changes(connection, EVERYTHING, (before or moment, moment), of, page)
        items += map(dict, rows[:PAGE])
        if len(rows) <= PAGE:
            return items


def _plain(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: list(map(dict, value)) if isinstance(value, list) else value for name, value in figures.items()}
