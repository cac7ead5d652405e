"""What comes in while somebody screens, as it happens."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from services.intake.live import Changes, Feed
from services.intake.model.report import SCREENERS
from shared.web.call import Call, bearer_of
from shared.web.signed_in import holders

router = APIRouter(prefix="/v1/reports", tags=["screening"])
Screener = Annotated[Call, holders(*SCREENERS)]
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}, "description": "events"}}
Last = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=64, description="`id` of the last event that came")
]


@router.get("/changes", response_class=Response, responses=_STREAM)
async def changes(call: Screener, last: Last = None) -> Response:
    """Server-Sent Events: each report of mine to see that comes in or changes, with version and status; no texts.

    `ready` first (read your list after it); `change`; `anew`: read your list again; `end` with why. `Last-Event-ID`
    goes on from there.
    """
    bearer = await bearer_of(call.request)
    assert bearer is not None
    feed = call.runtime.extra(Feed)
    return Changes(call, feed, await feed.join(bearer, call.actor), last)
