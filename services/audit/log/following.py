"""Who follows the log: a fact when they begin, and one an hour of how much they took since.

What was taken is counted in the transaction before each answer; so that nothing is lost when they stop, what has not
been told after an hour is told for them.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import orjson

from services.audit.tables import EXPORT
from shared.accesses.recording import MakeExport
from shared.facts.envelope import Trail
from shared.procedure.actor import Actor, Post, Role
from shared.record.aggregate import Write
from shared.record.database import Connection, outages_passed_over
from shared.record.decide import Work
from shared.record.flush import flush
from shared.web.call import Call
from shared.web.runtime import Runtime
from shared.world.world import new_id

PERIOD = timedelta(hours=1)
LOOK_EVERY = 60.0
_KNOWN = "SELECT since, after, rows FROM followings WHERE follower = $1 AND digest = $2 FOR UPDATE"
_GOES_ON = "UPDATE followings SET after = $3, rows = rows + $4 WHERE follower = $1 AND digest = $2"
# Of what others added meanwhile nothing is lost: only what is told now is taken off.
_BEGINS = """
INSERT INTO followings (follower, digest, department, posts, since, after, rows) VALUES ($1, $2, $3, $4, $5, $6, 0)
ON CONFLICT (follower, digest) DO UPDATE SET department = EXCLUDED.department, posts = EXCLUDED.posts,
    since = EXCLUDED.since, after = EXCLUDED.after, rows = followings.rows - $7
"""
_OVER = """
DELETE FROM followings WHERE (follower, digest) IN (
    SELECT follower, digest FROM followings WHERE since <= $1 ORDER BY since LIMIT 100 FOR UPDATE SKIP LOCKED
) RETURNING follower, digest, department, posts, rows
"""


@dataclass(frozen=True, slots=True)
class Portion:
    """`digest`: of the filter; read from behind the index `after` on, so many `rows`."""

    digest: str
    after: int
    rows: int


async def follow(call: Call, portion: Portion) -> None:
    """Before the rows are given. Reading on from where one was is one access in an hour."""
    work, about = Work(), (call.actor.id, portion.digest)
    async with call.runtime.database.transaction() as connection:
        known = await connection.fetchrow(_KNOWN, *about)
        goes_on = known is not None and timedelta() <= call.at - known["since"] < PERIOD
        if known is not None and goes_on and known["after"] <= portion.after:
            await connection.execute(_GOES_ON, *about, portion.after, portion.rows)
            return
        untold = known["rows"] if known is not None else 0
        told = Portion(portion.digest, portion.after, portion.rows + untold)
        await _tell(connection, work, (call.actor, call.at), told)
        await flush(connection, work)
        kept = call.actor.department, _written(call.actor.posts)
        await connection.execute(_BEGINS, *about, *kept, call.at, portion.after, untold)
    call.runtime.after_commit(work.keys())


async def tell_what_is_over(runtime: Runtime, now: datetime) -> int:
    """For those who stopped more than an hour ago; answers how many were looked at."""
    work = Work()
    async with runtime.database.transaction() as connection:
        rows = await connection.fetch(_OVER, now - PERIOD)
        for row in rows:
            if row["rows"]:
                actor = Actor(row["follower"], _read(row["posts"]), row["department"])
                await _tell(connection, work, (actor, now), Portion(row["digest"], 0, row["rows"]))
        await flush(connection, work)
    runtime.after_commit(work.keys())
    return len(rows)


async def tell_followings(runtime: Runtime) -> None:
    """As long as the service runs."""
    while True:
        with outages_passed_over():
            while await tell_what_is_over(runtime, runtime.now()):
                pass
        await asyncio.sleep(LOOK_EVERY)


async def _tell(connection: Connection, work: Work, stamp: tuple[Actor, datetime], portion: Portion) -> None:
    actor, at = stamp
    of = {"of": "log", "rows": portion.rows, "digest": portion.digest}
    command = MakeExport(at=at, actor=actor, export_id=new_id(), **of)
    await work.hold(connection, [(EXPORT, command.export_id)])
    work.decide([Write(EXPORT, command.export_id, [command])], Trail())


def _written(posts: Sequence[Post]) -> str:
    return orjson.dumps([[post.role.value, post.department, post.area] for post in posts]).decode()


def _read(text: str) -> tuple[Post, ...]:
    return tuple(Post(Role(role), department, area) for role, department, area in orjson.loads(text))
