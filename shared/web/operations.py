"""What operators and machines ask every service: health, readiness, metrics, what waits or is missing, resending."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Histogram

from shared.record.database import is_environment
from shared.record.rights import bypass
from shared.refusals.failures import describe
from shared.refusals.refusals import Invalid
from shared.web.completeness import Completeness
from shared.web.figures import failing_for
from shared.web.parked import Operator, Watcher
from shared.web.parked import router as parked
from shared.web.runtime import Runtime

router = APIRouter()
router.routes.extend(parked.routes)

DURATION = Histogram(
    "http_request_seconds", "Time to answer", ["route", "method", "status"], buckets=(0.005, 0.02, 0.1, 0.5, 2, 10)
)
FAILING = 5.0
"""Seconds after which a failure that the relay or the listener does not get over is told."""


@router.get("/healthz", tags=["operations"])
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", tags=["operations"])
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Whether requests can be taken: the database answers a role that cannot alter the log, and reactions have begun.

    A relay or a listener that fails later does not stop requests, which are safe in the database: it is `degraded`;
    so it is when facts are missing, a row was changed beside them, or what the service itself watches is wrong.
    """
    runtime: Runtime = request.app.state.runtime
    database = await _database_problem(runtime)
    listens = bool(runtime.service.reactions.topics)
    ready = database is None and (runtime.listener.joined or not listens)
    degraded = {"relay": failing_for(runtime.relay), "listener": failing_for(runtime.listener) if listens else 0.0}
    failing = {name: f"failing for {seconds:.0f} s" for name, seconds in degraded.items() if seconds > FAILING}
    if differing := runtime.checks.problem():
        failing["record"] = differing
    failing |= {name: told for name, watch in runtime.service.watches.items() if (told := watch(runtime)) is not None}
    response.status_code = 200 if ready else 503
    return {
        "ready": ready,
        "degraded": failing,
        "service": runtime.service.name,
        "database": database or "reachable",
        "relay": "leading" if runtime.relay.leading else "standing by",
        "listening": runtime.listener.joined and "listener" not in failing if listens else None,
    }


async def _database_problem(runtime: Runtime) -> str | None:
    try:
        async with asyncio.timeout(2), runtime.database.plain() as connection:
            return await bypass(connection)
    except Exception as error:  # whatever it is, it is the answer
        return f"does not fit: {describe(error)}" if is_environment(error) else f"unreachable: {describe(error)}"


@router.get("/metrics", tags=["operations"], include_in_schema=False)
async def metrics(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    return Response(await runtime.figures.text(), media_type=CONTENT_TYPE_LATEST)


@router.post("/v1/relay/resend", tags=["operations"], status_code=202)
async def resend(call: Operator, after: int) -> dict[str, int]:
    """Send everything after a position once more: fills a hole that somebody made in a topic. Doubles are ignored."""
    last = await call.runtime.relay.resend_after(after)
    if last is not None:
        raise Invalid("after", f"0 to {last}", f"应在 0 与 {last} 之间")
    return {"after": after}


@router.get("/v1/completeness", tags=["operations"])
async def completeness(call: Watcher) -> Completeness:
    """What the last check of this replica found. It runs every night at three, in the replica that leads."""
    return call.runtime.checks.last


@router.post("/v1/completeness", tags=["operations"])
async def check_completeness(call: Operator) -> Completeness:
    """Check now, however many facts there are: it may take minutes."""
    return await call.runtime.checks.run(call.runtime)
