"""A search over HTTP: what is asked, and the answer: recorded first, then given; alike in every service but for what it
shows of a text."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from fastapi import Response
from pydantic import BaseModel, Field

from shared.record.aggregate import Aggregate, Write
from shared.record.recorder import Request as Writes
from shared.refusals.refusals import NotFound
from shared.search.asking import Asked, TextsWanted
from shared.search.looking import Found
from shared.search.recording import SearchTexts, digest_of
from shared.web.call import Call
from shared.web.paging import decode_typed, encode_cursor
from shared.world.world import new_id

T = TypeVar("T", bound=BaseModel)


class FoundTexts(BaseModel, Generic[T]):
    items: Sequence[T] = Field(description="newest first")
    next: str | None = Field(description="there may be more, older ones; null: all has been looked through")
    searched_back_to: datetime | None = Field(description="how far this answer has looked, where there is a `next`")
    not_yet_since: datetime | None = Field(
        description="what was written since then cannot be found yet; null: everything can"
    )


def asked_by(call: Call, body: TextsWanted, cursor: str | None) -> Asked:
    """Raises TooShort, NumberOfAPerson; NotFound for a place or matter that there is not."""
    (before,) = decode_typed(cursor, int) or (None,)
    asked = Asked.of(body, before)
    for kind, code in (("area", body.area), ("category", body.category)):
        if code is not None and call.runtime.reference.get(kind, code, call.at) is None:
            raise NotFound(kind)
    return asked


async def answer(call: Call, searches: Aggregate[Any], asked: Asked, found: Found[Any], items: Sequence[T]) -> Response:
    """No answer without its fact. Raises Refused."""
    command = SearchTexts(
        **call.stamp, search_id=new_id(), digest=digest_of(call.runtime.vault, asked), found=len(found.hits)
    )
    await call.runtime.recorder.record(Writes((Write(searches, command.search_id, [command]),), call.trail()))
    shown = FoundTexts[Any](
        items=items,
        next=None if found.next is None else encode_cursor(found.next),
        searched_back_to=found.back_to,
        not_yet_since=found.not_yet_since,
    )
    return Response(shown.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})
