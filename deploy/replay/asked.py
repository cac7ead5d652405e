"""Rebuilds that somebody asked for on the page: done with the administrator's rights, told of while they go on.

`python -m deploy.replay.asked` does what waits and ends; with `--stay` it waits for more. ADMIN_DATABASE_URL: where.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import asyncpg
import orjson
import structlog

from services.audit.log.rebuilding import CHANNEL, PLACE
from shared.record.database import outages_passed_over
from shared.refusals.refusals import Refused

log = structlog.get_logger("operator")
AGAIN_AFTER = 1.0
TOLD_EVERY = 0.5
"""Seconds between two words of how far it is."""
_SAID = orjson.dumps(
    {"zh": "重建中断，没有完成；请重新开始", "en": "It was broken off before its end: begin it again"}
).decode()
_WAITS = "SELECT id FROM rebuilds WHERE ended_at IS NULL AND began_at IS NULL"
_BROKEN_OFF = "UPDATE rebuilds SET ended_at = now(), refusal = $1::jsonb WHERE ended_at IS NULL"
_BEGIN = "UPDATE rebuilds SET began_at = now() WHERE ended_at IS NULL AND began_at IS NULL RETURNING id"
_ADVANCE = "UPDATE rebuilds SET progress = $2::jsonb WHERE id = $1"
# What was said to be broken off stays so, though whoever did it may still have come to an end.
_END = """
UPDATE rebuilds SET ended_at = now(), progress = $2::jsonb, report = $3::jsonb, refusal = $4::jsonb
WHERE id = $1 AND ended_at IS NULL
"""
Progress = dict[str, tuple[int, int]]
"""By service: facts read, facts in all."""


async def serve(admin_url: str, perform: Callable[[], Awaitable[object]]) -> None:
    """Until cancelled, have `perform` called whenever one waits; a second operator waits for the place of the first."""
    while True:
        with outages_passed_over():
            await _serve(admin_url, perform)
        await asyncio.sleep(AGAIN_AFTER)


async def _serve(admin_url: str, perform: Callable[[], Awaitable[object]]) -> None:
    connection, asked = await _connect(admin_url), asyncio.Event()
    try:
        await connection.execute("SELECT pg_advisory_lock($1, $2)", *PLACE)
        connection.add_termination_listener(lambda _: asked.set())
        await connection.add_listener(CHANNEL, lambda *_: asked.set())
        await connection.execute(f"{_BROKEN_OFF} AND began_at IS NOT NULL", _SAID)
        while not connection.is_closed():
            asked.clear()
            id = await connection.fetchval(_WAITS)
            if id is None:
                await asked.wait()
            else:
                await perform()
                await connection.execute(f"{_BROKEN_OFF} AND id = $2", _SAID, id)
    finally:
        await connection.close()


async def _in_a_process_of_its_own() -> None:
    """What reading millions of facts takes up is given back with its end, however it ends."""
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "deploy.replay.asked")
    await process.wait()


async def perform(admin_url: str) -> None:
    """The one that waits, to its end; nothing if none does."""
    connection = await _connect(admin_url)
    try:
        id = await connection.fetchval(_BEGIN)
        if id is not None:
            await _rebuild(admin_url, connection, id)
    finally:
        await connection.close()


async def _rebuild(admin_url: str, connection: asyncpg.Connection, id: int) -> None:
    from deploy.replay.check import check  # all services, which who only waits does without

    progress: Progress = {}

    def advance(name: str, read: int, facts: int) -> None:
        progress[name] = (progress.get(name, (0, 0))[0] + read, facts)

    over = asyncio.Event()
    telling = asyncio.create_task(_tell(connection, id, progress, over))
    report = refusal = None
    try:
        report = orjson.dumps((await check(admin_url, progress=advance)).as_json()).decode()
    except Refused as refused:
        refusal = orjson.dumps({"zh": refused.message("zh"), "en": refused.message("en")}).decode()
    finally:
        over.set()
        await telling
    await connection.execute(_END, id, _as_json(progress), report, refusal)
    log.info("a rebuild that was asked for has ended", rebuild=id, refused=refusal is not None)


async def _tell(connection: asyncpg.Connection, id: int, progress: Progress, over: asyncio.Event) -> None:
    while not over.is_set():
        await connection.execute(_ADVANCE, id, _as_json(progress))
        with suppress(TimeoutError):
            async with asyncio.timeout(TOLD_EVERY):
                await over.wait()


def _as_json(progress: Progress) -> str:
    return orjson.dumps([(name, *counts) for name, counts in progress.items()]).decode()


async def _connect(admin_url: str) -> asyncpg.Connection:
    return await asyncpg.connect(admin_url, server_settings={"search_path": "audit"})


def main() -> None:
    admin_url = os.environ["ADMIN_DATABASE_URL"]
    asyncio.run(serve(admin_url, _in_a_process_of_its_own) if "--stay" in sys.argv else perform(admin_url))


if __name__ == "__main__":
    main()
