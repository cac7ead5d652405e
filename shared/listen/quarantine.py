"""Records that nobody could read: listed, opened, dealt with. The record itself stays; what was done is a fact."""

from datetime import datetime
from functools import cache
from typing import Any

import orjson

from shared.contents.contents import keep_text, open_contents
from shared.contents.refs import ContentRef
from shared.contents.vault import Vault
from shared.facts.envelope import Trail
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.record.database import Database
from shared.record.decide import Work, pending_fact
from shared.record.flush import flush
from shared.refusals.refusals import AlreadyThere, NotFound

Place = tuple[str, int, int]
"""Topic, partition, offset."""

# The decision is looked for where facts are: on their way into the log, or there.
WITH_DECISIONS = """
FROM (SELECT *, concat_ws('/', topic, partition, "offset") AS place FROM quarantine) AS q
LEFT JOIN LATERAL (
    SELECT attributes, data FROM log WHERE aggregate = 'quarantined' AND aggregate_id = place
    UNION ALL
    SELECT attributes, data FROM pending WHERE aggregate = 'quarantined' AND aggregate_id = place
) AS decision ON true
"""
_LIST = f"""
SELECT topic, partition, "offset", problem, quarantined_at, decision.data IS NOT NULL AS dealt_with {WITH_DECISIONS}
WHERE ($1::boolean IS NULL OR (decision.data IS NOT NULL) = $1)
  AND ($2::timestamptz IS NULL
       OR (quarantined_at, topic, partition, "offset") > ($2, $3::text, $4::integer, $5::bigint))
ORDER BY quarantined_at, topic, partition, "offset" LIMIT $6
"""
_ONE = f"""
SELECT key, headers, value, problem, quarantined_at, decision.attributes, decision.data {WITH_DECISIONS}
WHERE topic = $1 AND partition = $2 AND "offset" = $3
"""


class RecordDealtWith(Fact):
    """Somebody has seen to a record that could not be read; `why` stays with the service that read it."""

    topic = "accesses"
    about = "place"
    told = Sentence("处置一条无法读取的记录", "dealt with a record that could not be read")
    place: str
    why: ContentRef


@cache
def dealt_with_fact(service: str) -> type[RecordDealtWith]:
    """The service's own: `lianzhi.<service>.record-dealt-with.v1`."""
    home = {"__module__": f"services.{service}.facts"}
    return type("RecordDealtWith", (RecordDealtWith,), home, service=service)


async def quarantined(
    database: Database, dealt_with: bool | None, after: tuple[datetime, *Place] | None, limit: int
) -> list[dict[str, Any]]:
    """Oldest first, without what is in them; `dealt_with` or not, or both."""
    async with database.plain() as connection:
        rows = await connection.fetch(_LIST, dealt_with, *(after or (None,) * 4), limit)
    return [dict(row) for row in rows]


async def open_record(database: Database, vault: Vault, place: Place) -> dict[str, Any]:
    """All there is of one, to the byte; `decision` says who has dealt with it, when and why. Raises NotFound."""
    async with database.plain() as connection:
        row = await connection.fetchrow(_ONE, *place)
    if row is None:
        raise NotFound("record")
    decision = None
    if row["data"] is not None:
        said, why = orjson.loads(row["attributes"]), orjson.loads(row["data"])["why"]["id"]
        texts = await open_contents(database, vault, [why])
        decision = {"by": said["actor"], "at": said["time"], "why": texts[why].data.decode() if why in texts else None}
    return {**dict(row), "decision": decision}


async def deal_with(
    database: Database, vault: Vault, kind: type[RecordDealtWith], place: Place, by: tuple[str, datetime], why: str
) -> None:
    """Once. Raises NotFound, AlreadyThere."""
    actor, at = by
    about = "/".join(map(str, place))
    async with database.transaction() as connection:
        # Locked in a statement of its own: only the next one sees what another has decided meanwhile.
        lock = 'SELECT 1 FROM quarantine WHERE topic = $1 AND partition = $2 AND "offset" = $3 FOR UPDATE'
        if await connection.fetchval(lock, *place) is None:
            raise NotFound("record")
        known = await connection.fetchrow(_ONE, *place)
        if known is not None and known["data"] is not None:
            raise AlreadyThere("decision on this record")
        ref, row = keep_text(vault, about, "reason", why, at)
        fact = kind(at=at, by=actor, place=about, why=ref)
        work = Work(facts=[pending_fact(("quarantined", about, 1), fact, Trail())], rows=[row])
        await flush(connection, work)
