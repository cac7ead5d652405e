"""What cases are to one another: merged and parted, split, linked."""

from typing import Annotated, Any

from fastapi import APIRouter, Response

from services.dispatch import bodies as b
from services.dispatch import linking, show, views
from services.dispatch.api.asking import Reader, find, open_file, record_all, taking
from services.dispatch.model import commands as c
from services.dispatch.scope import Scope
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.world.world import new_id

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.get("/cases/{ref}/links")
async def links(ref: str, call: Reader) -> dict[str, Any]:
    """Other cases that have to do with it, as far as I may see them."""
    _, case = await find(call, ref)
    async with call.runtime.database.reading() as connection:
        found = await views.linked_cases(connection, Scope.of(call.actor), case.case_id)
    await open_file(call, case, "links")
    return {"items": show.linked(call, found)}


@router.post("/cases/{case_id}/merge")
async def merge(case_id: str, body: b.MergeBody, call: Annotated[Call, taking(c.MergeCase)]) -> Response:
    """One matter, reported twice: the other case answers, each reporter of this one too."""
    one, (_, into) = await find(call, case_id), await find(call, body.into)
    return await record_all(call, linking.merging(call.runtime.reference, call.stamp, one, into), show.outcome(call))


@router.post("/cases/{case_id}/unmerge")
async def unmerge(case_id: str, call: Annotated[Call, taking(c.UnmergeCase)]) -> Response:
    """It was another matter after all: it waits to be routed anew."""
    _, case = await find(call, case_id)
    writes = linking.parting(call.runtime.reference, call.stamp, case)
    return await record_all(call, writes if case.merged_into else writes[:1], show.outcome(call))


@router.post("/cases/{case_id}/split")
async def split(case_id: str, body: b.SplitBody, call: Annotated[Call, taking(c.LinkCase)]) -> Response:
    """Two matters in one: a part becomes a case of its own, and this one is closed after it."""
    _, case = await find(call, case_id)
    reference = call.runtime.reference
    if reference.get("category", body.category, call.at) is None:
        raise NotFound("category")
    if body.area is not None and reference.get("area", body.area, call.at) is None:
        raise NotFound("area")
    child = {"case_id": new_id(), "category": body.category, "area": body.area}
    return await record_all(call, linking.splitting(reference, call.stamp, case, **child), show.outcome(call))


@router.post("/cases/{case_id}/links")
async def link(case_id: str, body: b.LinkBody, call: Annotated[Call, taking(c.LinkCase)]) -> Response:
    """Both cases say so."""
    (_, case), (_, other) = await find(call, case_id), await find(call, body.other)
    async with call.runtime.database.plain() as connection:
        way = await views.way_on(connection, other.case_id, body.kind)
    in_line = way if body.kind != "same_matter" else frozenset()
    writes = linking.linking(call.stamp, body.kind, case, other, in_line)
    return await record_all(call, writes, show.outcome(call))


@router.post("/cases/{case_id}/links/remove")
async def unlink(case_id: str, body: b.UnlinkBody, call: Annotated[Call, taking(c.UnlinkCase)]) -> Response:
    (_, case), (_, other) = await find(call, case_id), await find(call, body.other)
    return await record_all(call, linking.unlinking(call.stamp, body.kind, case, other.case_id), show.outcome(call))
