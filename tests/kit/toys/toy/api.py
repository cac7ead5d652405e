"""toy over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict

from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.signed_in import anyone, doing
from tests.kit.toys.toy.model import MODEL, Add, Close
from tests.kit.toys.toy.tables import COUNTERS

router = APIRouter()
Adding = Annotated[Call, doing(MODEL, Add)]
Closing = Annotated[Call, doing(MODEL, Close)]


class Amount(BaseModel):
    model_config = ConfigDict(extra="forbid")
    amount: int


@router.post("/v1/counters/{id}/add", status_code=201)
async def add(id: str, body: Amount, call: Adding) -> Response:
    command = Add(**call.stamp, counter_id=id, amount=body.amount)
    return await call.record(Write(COUNTERS, id, [command], call.expected), show=_show, status=201)


@router.post("/v1/counters/{id}/close")
async def close(id: str, call: Closing) -> Response:
    return await call.record(Write(COUNTERS, id, [Close(**call.stamp, counter_id=id)], call.expected), show=_show)


@router.get("/v1/counters/{id}")
async def show(id: str, call: Annotated[Call, anyone()]) -> dict[str, int]:
    async with call.runtime.database.plain() as connection:
        row = await connection.fetchrow("SELECT version, total FROM counter WHERE id = $1", id)
    if row is None:
        raise NotFound("counter")
    return dict(row)


def _show(outcome: Outcome) -> dict[str, object]:
    return {"id": outcome.id, "version": outcome.version, "total": outcome.state.total}
