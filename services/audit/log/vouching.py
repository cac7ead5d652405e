"""Whether a year may be taken out of the live log: only what the log itself says to be archived, before witnesses."""

from collections.abc import Sequence

import httpx
import orjson

from services.audit import views
from services.audit.facts import MonthArchived
from services.audit.log.archiving import months_of, open_year
from services.audit.log.months import Month
from services.audit.log.publish import Publisher
from services.audit.refusals import CopyBehind, MonthNotArchived, YearNotOver
from services.audit.tree.notes import BadNote
from shared.record.database import Connection
from shared.refusals.refusals import NotFound

_TOLD = "SELECT index, value FROM entries WHERE type = $1 AND key = $2 ORDER BY index DESC LIMIT 1"


async def vouched_for(connection: Connection, publisher: Publisher, year: int, published: int) -> list[Month]:
    """Its months. `published`: the size of the last checkpoint.

    Raises YearNotOver, NotFound, MonthNotArchived, CopyBehind.
    """
    now = await open_year(connection)
    if now is None or year >= now:
        raise YearNotOver(year)
    found = await months_of(connection, year)
    if not found:
        raise NotFound("year")
    for month in found:
        if not await _is_archived(connection, month, published):
            raise MonthNotArchived(month.name, year)
    await _refuse_without_copies(publisher, found)
    return found


async def _is_archived(connection: Connection, month: Month, published: int) -> bool:
    """As a whole, by the latest fact about it, which is in the log that was cosigned last."""
    known = await views.archive(connection, month.name)
    told = await connection.fetchrow(_TOLD, MonthArchived.type(), month.name)
    if known is None or told is None or told["index"] >= published:
        return False
    fact = orjson.loads(told["value"])
    return bool(month.range == (fact["first"], fact["behind"]) and fact["sha256"] == known["sha256"])


async def _refuse_without_copies(publisher: Publisher, going: Sequence[Month]) -> None:
    """A witness that keeps a copy has all of it; later nobody could send it."""
    for witness in publisher.beside():
        if witness.mirror_key is None:
            continue
        try:
            await witness.learn(publisher.keys)
        except (httpx.HTTPError, BadNote) as away:
            raise CopyBehind(witness.key.name, 0) from away
        if witness.mirrored < going[-1].behind:
            raise CopyBehind(witness.key.name, witness.mirrored)
