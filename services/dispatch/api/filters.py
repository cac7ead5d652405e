"""Filters that people keep for themselves, and use by their names: `saved=` of the lists."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response

from services.dispatch import saved
from services.dispatch.api.asking import LONGEST_NAME, Reader, Wanted, narrowing, with_saved
from services.dispatch.saved import Saved
from shared.refusals.refusals import NotFound

router = APIRouter(prefix="/v1/filters", tags=["dispatch"])
_WORD = r"[^\s\x00-\x1f\x7f-\x9f]+"
Name = Annotated[str, Path(min_length=1, max_length=LONGEST_NAME, pattern=f"^{_WORD}( {_WORD})*$")]
List = Annotated[Literal["cases", "handoffs", "clocks"], Query(description="which list it is of")]


@router.get("")
async def filters(call: Reader) -> dict[str, Any]:
    """One's own, by name; `query` is what their list is asked with."""
    async with call.runtime.database.plain() as connection:
        kept = await saved.saved_of(connection, call.actor.id)
    return {"items": [_shown(each) for each in kept]}


@router.put("/{name}")
async def keep(name: Name, call: Reader, wanted: Wanted, list: List = "cases", first: bool = False) -> dict[str, Any]:
    """Keeps what stands in this query, as `list` takes it, in place of what had that name; with `first` the list opens
    with it, and with no other any more."""
    asked = await with_saved(call, wanted, list)
    await narrowing(call, asked, list)
    kept = Saved(name, list, asked.filter, asked.q, first)
    async with call.runtime.database.transaction() as connection:
        await saved.keep(connection, call.actor.id, kept)
    return _shown(kept)


@router.delete("/{name}", status_code=204)
async def forget(name: Name, call: Reader) -> Response:
    async with call.runtime.database.plain() as connection:
        if not await saved.forget(connection, call.actor.id, name):
            raise NotFound("filter")
    return Response(status_code=204)


def _shown(kept: Saved) -> dict[str, Any]:
    return {"name": kept.name, "list": kept.list, "query": kept.query(), "first": kept.first}
