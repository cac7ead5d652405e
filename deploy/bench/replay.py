"""P6: folding a million facts of cases into state, beside reading and decoding them; the district at a moment."""

import asyncio
import gc
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import groupby
from statistics import median
from typing import Any

import asyncpg
import psutil
from pydantic_core import from_json

from deploy.bench.figures import Figure
from deploy.bench.stage import Stage
from deploy.generator.filling import fill
from deploy.generator.logs import into_logs
from deploy.migrate import migrate_all
from deploy.registry import all_folds
from services.audit.log import moments
from services.audit.log.fold import fold
from shared.facts.envelope import source_of
from shared.procedure.folds import Folds

CASES = 66_000
"""With fifteen facts each, a million."""
PARTS, PORTION = 4, 1_000
LEAST_TIMES = 0.5
_PART = """
SELECT aggregate_id, version, type, time, actor, department, value FROM entries
WHERE source = $1 AND aggregate = 'case' AND aggregate_id >= $2 AND aggregate_id < $3 ORDER BY aggregate_id, version
"""
_BOUNDS = """
SELECT array_agg(id ORDER BY id) FROM (
    SELECT min(id) AS id FROM (SELECT id COLLATE "C" AS id, ntile($1) OVER (ORDER BY id COLLATE "C") AS part
                               FROM dispatch.cases) numbered GROUP BY part) bounds
"""
Work = Callable[[list[Any]], int]


def measure(seconds: float) -> list[Figure]:
    """`seconds` does not matter: every fact is read once for the floor and once for the figure."""
    with Stage(("directory", "dispatch")) as stage:
        stage.until_district("dispatch")
        return asyncio.run(_measure(stage))


async def _measure(stage: Stage) -> list[Figure]:
    """In a database of its own on the same server, in which no service runs."""
    url = stage.admin_url.rpartition("/")[0] + "/replayed"
    await _prepare(stage, url)
    gc.collect()
    gc.freeze()  # what was made for filling is no part of a replay, and would be looked through again and again
    connection = await asyncpg.connect(url, server_settings={"search_path": "audit", "jit": "off"})
    try:
        folding = await _folding(connection, all_folds())
        return [folding, await _district(connection, all_folds())]
    finally:
        await connection.close()


async def _prepare(stage: Stage, url: str) -> None:
    admin = await asyncpg.connect(stage.admin_url)
    try:
        await admin.execute("CREATE DATABASE replayed")
        known = await admin.fetch("SELECT kind, code, valid_from, valid_to, entry::text FROM dispatch.reference")
    finally:
        await admin.close()
    await migrate_all(url, ["dispatch", "audit"], stage.secrets)
    connection = await asyncpg.connect(url)
    try:
        await connection.executemany(
            "INSERT INTO dispatch.reference (kind, code, valid_from, valid_to, entry) VALUES ($1, $2, $3, $4, $5)",
            [tuple(row) for row in known],
        )
        await fill(connection, CASES, seed=1, at=datetime.now(UTC), facts=into_logs)
        await connection.execute("VACUUM ANALYZE audit.entries")
    finally:
        await connection.close()


async def _folding(connection: asyncpg.Connection, folds: Folds) -> Figure:
    """In turn, part by part, so that both meet the same machine and the same warm pages."""
    bounds = [*await connection.fetchval(_BOUNDS, PARTS), "\U0010ffff"]
    model = folds.find(source_of("dispatch"), "case")

    def decoded(facts: list[Any]) -> int:
        for fact in facts:
            from_json(fact["value"])
        return len(facts)

    def folded(facts: list[Any]) -> int:
        _, problem = fold(model, facts)
        if problem is not None:
            raise ValueError(problem)
        return len(facts)

    floors, figures, memory = [], [], list[float]()
    await _rate(connection, (bounds[0], bounds[1]), folded, [])
    for part in range(PARTS):
        between = (bounds[part], bounds[part + 1])
        floors.append(await _rate(connection, between, decoded, []))
        figures.append(await _rate(connection, between, folded, memory))
    floor, figure = median(floors), median(figures)
    more = {"memory_first_mib": memory[0], "memory_most_mib": max(memory), "floors": floors, "figures": figures}
    grown = f"{max(memory) - memory[0]:.0f} MiB more at most"
    return Figure(
        "P6", f"replay: fold every fact of {CASES:,} cases into state; {grown}", figure, "facts/s", floor,
        figure / floor, f"≥ {LEAST_TIMES:g} × reading and decoding", figure / floor >= LEAST_TIMES, more,
    )  # fmt: skip


async def _rate(connection: asyncpg.Connection, between: tuple[str, str], work: Work, memory: list[float]) -> float:
    """Facts a second, read case by case and put to work; how much memory there was in use at each portion."""
    done, began = 0, time.perf_counter()
    async with connection.transaction():
        cursor = await connection.cursor(_PART, source_of("dispatch"), *between)
        held: list[Any] = []
        while chunk := await cursor.fetch(PORTION):
            groups = [list(facts) for _, facts in groupby([*held, *chunk], lambda fact: fact["aggregate_id"])]
            held = groups.pop()
            done += sum(map(work, groups))
            memory.append(psutil.Process().memory_info().rss / 2**20)
        done += work(held)
    gc.collect()
    return done / (time.perf_counter() - began)


async def _district(connection: asyncpg.Connection, folds: Folds) -> Figure:
    """From nothing, and a day earlier from there."""
    now, took = datetime.now(UTC), list[float]()
    facts, memory = 0, list[float]()

    def advance(read: int, of: int) -> None:
        nonlocal facts
        facts = max(facts, of)
        memory.append(psutil.Process().memory_info().rss / 2**20)

    for at in (now, now - timedelta(days=1)):
        began = time.perf_counter()
        await moments.keep(connection, folds, at, advance)
        took.append(time.perf_counter() - began)
    more = {"facts": facts, "next_day_s": took[1], "memory_first_mib": memory[0], "memory_most_mib": max(memory)}
    what = f"the district at a moment, {CASES:,} cases, from nothing; a day earlier from there: {took[1]:.1f} s"
    return Figure("P6_DISTRICT", what, took[0], "s", more=more)
