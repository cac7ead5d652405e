"""What operators and machines ask every service: health, readiness, metrics, parked facts, sending again."""

from typing import Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest

from shared.record.database import TRANSIENT
from shared.record.rights import bypass
from shared.refusals.refusals import Invalid
from shared.web.parked import Operator
from shared.web.parked import router as parked
from shared.web.runtime import Runtime

router = APIRouter()
router.routes.extend(parked.routes)

DURATION = Histogram(
    "http_request_seconds", "Time to answer", ["route", "method", "status"], buckets=(0.005, 0.02, 0.1, 0.5, 2, 10)
)
_SEALED = Gauge("relay_sealed_position", "Position sealed last")
_SENT = Gauge("relay_sent_position", "Position sent last")
_LAG = Gauge("listen_lag_records", "Records not read yet", ["topic", "partition"])
_PARKED = Gauge("listen_parked_facts", "Facts that wait")


@router.get("/healthz", tags=["operations"])
async def healthz() -> dict[str, str]:
    """The process answers."""
    return {"status": "alive"}


@router.get("/readyz", tags=["operations"])
async def readyz(request: Request, response: Response) -> dict[str, Any]:
    """Whether requests can be taken: the database answers a role that cannot alter the log, and reactions run."""
    runtime: Runtime = request.app.state.runtime
    database = await _database_problem(runtime)
    listens = bool(runtime.service.reactions.topics)
    ready = database is None and (runtime.listener.joined or not listens)
    response.status_code = 200 if ready else 503
    return {
        "ready": ready,
        "service": runtime.service.name,
        "database": database or "reachable",
        "relay": "leading" if runtime.relay.leading else "standing by",
        "listening": runtime.listener.joined if listens else None,
    }


async def _database_problem(runtime: Runtime) -> str | None:
    try:
        async with runtime.database.plain() as connection:
            return await bypass(connection)
    except TRANSIENT as error:
        return f"unreachable: {type(error).__name__}"


@router.get("/metrics", tags=["operations"], include_in_schema=False)
async def metrics(request: Request) -> Response:
    runtime: Runtime = request.app.state.runtime
    _SEALED.set(runtime.relay.sealed)
    _SENT.set(runtime.relay.sent)
    for (topic, partition), behind in (await runtime.listener.lag()).items():
        _LAG.labels(topic, partition).set(behind)
    async with runtime.database.plain() as connection:
        _PARKED.set(await connection.fetchval("SELECT count(*) FROM parked"))
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


@router.post("/v1/relay/resend", tags=["operations"], status_code=202)
async def resend(call: Operator, after: int) -> dict[str, int]:
    """Send everything after a position once more: fills a hole that somebody made in a topic. Doubles are ignored."""
    last = await call.runtime.relay.resend_after(after)
    if last is not None:
        raise Invalid("after", f"0 to {last}", f"应在 0 与 {last} 之间")
    return {"after": after}
