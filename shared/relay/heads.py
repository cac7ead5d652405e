"""Head facts: how far this source is. Contiguous positions cannot show a missing tail; a head fact does (G6)."""

from datetime import datetime
from functools import cache
from hashlib import sha256

import orjson

from shared.facts.envelope import Trail, attributes, source_of
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.record.database import Connection
from shared.world.world import new_id


class Head(Fact):
    """`position` is also the number of facts up to it; `hash` chains the data of each from the head fact before."""

    topic = "heads"
    about = "source"
    told = Sentence("确认已发布事实共{position}条", "confirmed how many facts there are so far: {position}")
    source: str
    position: int
    hash: str


@cache
def head_fact(service: str) -> type[Head]:
    """The service's own head fact: `lianzhi.<service>.head.v1`."""
    return type("Head", (Head,), {"__module__": f"services.{service}.facts"}, service=service)


async def add_head(connection: Connection, kind: type[Head], at: datetime) -> None:
    """Within a transaction of the sealer's."""
    row = await connection.fetchrow("SELECT position, heads, head_position, head_hash FROM sealing FOR UPDATE")
    assert row is not None
    digest = sha256(row["head_hash"].encode())
    async for record in connection.cursor(
        "SELECT data FROM log WHERE position > $1 AND position <= $2 ORDER BY position",
        row["head_position"],
        row["position"],
    ):
        digest.update(sha256(record["data"]).digest())
    hash = digest.hexdigest()
    source = source_of(kind.service)
    head = kind(at=at, by=f"service:{kind.service}", source=source, position=row["position"], hash=hash)
    about = ("head", source, row["heads"] + 1)
    await connection.execute(
        "INSERT INTO pending (aggregate, aggregate_id, version, topic, key, type, attributes, data)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        *about,
        head.topic,
        source,
        head.type(),
        orjson.dumps(attributes(head, new_id(), about, Trail())).decode(),
        head.data(),
    )
    await connection.execute("UPDATE sealing SET heads = heads + 1, head_position = position, head_hash = $1", hash)
