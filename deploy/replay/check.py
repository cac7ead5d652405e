"""Live state against the state that the log gives."""

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack

import asyncpg

from deploy.registry import SERVICES, load_service
from deploy.replay.compare import compare
from deploy.replay.own_log import compare_log
from deploy.replay.rebuild import Rebuild
from deploy.replay.report import Report
from deploy.replay.snapshot import snapshot, wait_for_audit
from services.audit.log.removed import WHOLE, refuse_archived_entries
from shared.facts.envelope import source_of
from shared.web.service import Service

Progress = Callable[[str, int, int], None]
"""Service, facts read since the last call, facts in all as far as is known."""


async def check(
    admin_url: str,
    names: Iterable[str] | None = None,
    progress: Progress | None = None,
    patience: float = 60.0,
    load: Callable[[str], Service] = load_service,
    reference: bool = True,
) -> Report:
    """`names`: else every service that has tables here. `patience`: seconds to wait for the audit.

    Leaves nothing in the database: all is rolled back. `reference` False: not the copies of the directory.
    Raises EntriesArchived: what was taken out of the log cannot be built from it.
    """
    started, report = time.monotonic(), Report()
    log = await asyncpg.connect(admin_url, server_settings={"jit": "off", "work_mem": "64MB"})
    try:
        await log.execute("SET search_path = audit")
        await refuse_archived_entries(log, WHOLE)
        services = [load(name) for name in names or await _there(log, SERVICES)]
        async with AsyncExitStack() as stack:
            snapshots = [await stack.enter_async_context(snapshot(admin_url, service)) for service in services]
            for service in services:  # what there is to do is told before the audit is waited for
                await _progress(log, service, progress)
            told = await _sources(log, [service.name for service in services])
            report.missing = await wait_for_audit(log, told, patience)
            for taken in snapshots:
                rebuild = Rebuild(taken, log, report, reference)
                await rebuild.run(await _progress(log, taken.service, progress))
                await compare(rebuild)
                await compare_log(taken, log, report)
    finally:
        await log.close()
    report.seconds = round(time.monotonic() - started, 3)
    return report


async def _sources(log: asyncpg.Connection, names: Sequence[str]) -> list[str]:
    """These services and those whose reference data they keep a copy of."""
    found = set(names)
    for name in names:
        rows = await log.fetch(f"SELECT DISTINCT source FROM {name}.marks WHERE topic = 'reference'")
        found.update(row["source"].rpartition("/")[2] for row in rows)
    return await _there(log, sorted(found))


async def _there(log: asyncpg.Connection, names: Iterable[str]) -> list[str]:
    rows = await log.fetch("SELECT nspname FROM pg_namespace WHERE nspname = ANY($1)", list(names))
    known = {row["nspname"] for row in rows}
    return [name for name in names if name in known]


async def _progress(log: asyncpg.Connection, service: Service, progress: Progress | None) -> Callable[[int], None]:
    """Of the facts that are folded: no model is told of heads, or of what others have looked at."""
    if progress is None:
        return lambda read: None
    tell, name = progress, service.name
    counting = "SELECT count(*) FROM audit.entries WHERE source = $1 AND aggregate = ANY($2)"
    total = await log.fetchval(counting, source_of(name), [aggregate.name for aggregate in service.aggregates])
    tell(name, 0, total)
    return lambda read: tell(name, read, total)
