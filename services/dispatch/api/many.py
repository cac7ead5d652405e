"""Many at once, each for itself: what is refused of one holds up no other."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter

from services.dispatch import bodies as b
from services.dispatch import routing, show, views
from services.dispatch.api.asking import note_of, offered, taking
from services.dispatch.deadlines import Deciding
from services.dispatch.model import commands as c
from services.dispatch.model.state import LEAD, Case, case_of
from services.dispatch.scope import Scope
from services.dispatch.tables import CASE
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.rows import Row
from shared.refusals.refusals import NotFound, Refused
from shared.web.call import Call
from shared.web.problems import told

router = APIRouter(prefix="/v1", tags=["dispatch"])
Asked = tuple[str, Sequence[Command] | Deciding, int | None, tuple[Row, ...]]
"""Case, commands, the version that it should have, what is kept with it."""


async def _each(call: Call, asked: Sequence[Asked], about: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`about`: what names each in the answer. In their order, with how many were done."""
    call.without_version()
    async with call.runtime.database.reading() as connection:
        seen = await views.seen_cases(connection, Scope.of(call.actor), [case_id for case_id, *_ in asked])
    writes = [Write(CASE, *one[:3], also=one[3]) for one in asked if one[0] in seen]
    done = iter(await call.record_each(writes, show.outcome(call)))
    results = [next(done) if case_id in seen else NotFound("case") for case_id, *_ in asked]
    items = [{**name, **_result(call, result)} for name, result in zip(about, results, strict=True)]
    return {"done": sum(item["done"] for item in items), "items": items}


def _result(call: Call, result: Mapping[str, Any] | Refused) -> dict[str, Any]:
    if isinstance(result, Refused):
        return {"done": False, "problem": told(call.request, result)}
    return {"done": True, "version": result["version"], "status": result["status"]}


@router.post("/handoffs/urge")
async def urge_many(body: b.UrgeManyBody, call: Annotated[Call, taking(c.UrgeHandoff)]) -> dict[str, Any]:
    """催办, up to 200 at once."""
    asked = [(case_of(id), [c.UrgeHandoff(**call.stamp, handoff_id=id)], None, ()) for id in body.handoffs]
    return await _each(call, asked, [{"handoff_id": id} for id in body.handoffs])


@router.post("/handoffs/offer")
async def offer_many(body: b.OfferManyBody, call: Annotated[Call, taking(c.OfferHandoff)]) -> dict[str, Any]:
    """Several tasks, of one case or of many. A case in the queue is routed with its first one, the lead's."""
    asked = [(offer.case_id, *_offering(call, offer)) for offer in body.offers]
    return await _each(call, asked, [{"case_id": o.case_id, "department": o.department} for o in body.offers])


def _offering(call: Call, wanted: b.OfferInCase) -> tuple[Deciding, int | None, tuple[Row, ...]]:
    note, rows = note_of(call, wanted.case_id, wanted.note)
    one_more = offered(call, wanted, note)
    first = routing.by_hand(call.runtime.reference, call.stamp, [wanted.department], note=note)

    def commands(case: Case) -> Sequence[Command]:
        return first(case) if case.status == "queued" and wanted.part == LEAD else one_more(case)

    return commands, wanted.expected, rows
