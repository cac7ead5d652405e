"""What operators and machines ask every service: health, readiness, metrics, parked facts, sending again."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, Histogram, generate_latest
from pydantic import BaseModel, Field

from shared.listen import waiting
from shared.procedure.actor import Role
from shared.record.database import TRANSIENT
from shared.record.rights import bypass
from shared.refusals.refusals import Invalid
from shared.web.call import Call
from shared.web.runtime import Runtime
from shared.web.signed_in import holders_of_the_whole

router = APIRouter()
Operator = Annotated[Call, holders_of_the_whole(Role.ADMINISTRATOR)]
Watcher = Annotated[Call, holders_of_the_whole(Role.ADMINISTRATOR, Role.AUDITOR, Role.SUPERVISOR)]

DURATION = Histogram(
    "http_request_seconds", "Time to answer", ["route", "method", "status"], buckets=(0.005, 0.02, 0.1, 0.5, 2, 10)
)
_SEALED = Gauge("relay_sealed_position", "Position sealed last")
_SENT = Gauge("relay_sent_position", "Position sent last")
_LAG = Gauge("listen_lag_records", "Records not read yet", ["topic", "partition"])
_PARKED = Gauge("listen_parked_facts", "Facts that wait")


class Parked(BaseModel):
    id: int
    source: str
    position: int
    topic: str
    lane: int
    sequence: int
    key: str
    type: str
    cause: str
    problem: str
    parked_at: datetime
    tries: int


class Retried(BaseModel):
    handled: int = Field(description="facts handled, in order")
    stopped_by: str | None = Field(description="why the next one still waits")


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


@router.get("/v1/parked", tags=["operations"])
async def parked(call: Watcher) -> list[Parked]:
    """Facts that could not be handled and those behind them, oldest first."""
    return [Parked(**row) for row in await waiting.waiting(call.runtime.database)]


@router.post("/v1/parked/{key}/retry", tags=["operations"])
async def retry(key: str, call: Operator) -> Retried:
    """Handle the waiting facts of a case again, in order."""
    handled, stopped_by = await waiting.retry(call.runtime.database, call.runtime.ears, key)
    await call.runtime.reference.load(call.runtime.database)
    call.runtime.after_commit({key})
    return Retried(handled=handled, stopped_by=stopped_by)


@router.post("/v1/parked/{id}/skip", tags=["operations"], status_code=204)
async def skip(id: int, call: Operator) -> None:
    """Drop the first waiting fact of a case; that it was dropped becomes a fact."""
    await waiting.skip(call.runtime.database, call.runtime.skipped, id, (call.actor.id, call.at))
    call.runtime.after_commit(set())


@router.get("/v1/quarantine", tags=["operations"])
async def quarantine(call: Watcher) -> list[dict[str, Any]]:
    """Records whose case cannot even be read."""
    return await waiting.quarantined(call.runtime.database)


@router.post("/v1/relay/resend", tags=["operations"], status_code=202)
async def resend(call: Operator, after: int) -> dict[str, int]:
    """Send everything after a position once more: fills a hole that somebody made in a topic. Doubles are ignored."""
    last = await call.runtime.relay.resend_after(after)
    if last is not None:
        raise Invalid("after", f"0 to {last}", f"应在 0 与 {last} 之间")
    return {"after": after}
