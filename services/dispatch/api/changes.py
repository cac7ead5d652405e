"""What changes while somebody looks, as it happens; and who else looks."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from services.dispatch.api.asking import Reader, find
from services.dispatch.live import presence
from services.dispatch.live.feed import Feed
from services.dispatch.live.stream import Changes, by_post
from services.dispatch.scope import Scope
from shared.web.call import Call, bearer_of
from shared.web.signed_in import holders

router = APIRouter(prefix="/v1", tags=["dispatch"])
Working = Annotated[Call, holders(*presence.WRITING)]
_STREAM: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {}}, "description": "events"}}
Last = Annotated[
    str | None, Header(alias="Last-Event-ID", max_length=64, description="`id` of the last event that came")
]


@router.get("/changes", response_class=Response, responses=_STREAM)
async def changes(call: Reader, last: Last = None) -> Response:
    """Server-Sent Events: each case that changes for me, with version, hand-offs and kinds of fact; nothing written.

    `ready` first (read your lists after it); `change`, with `gone` when I no longer see it; `presence` of a case that I
    have open; `anew`: too much has happened, read your lists again; `end` with why. `Last-Event-ID` goes on from there.
    """
    bearer = await bearer_of(call.request)
    assert bearer is not None
    feed = call.runtime.extra(Feed)
    return Changes(call, feed, await feed.join(bearer, call.actor), last)


@router.put("/cases/{case_id}/presence")
async def present(case_id: str, call: Working) -> dict[str, Any]:
    """I have this case open, for the next 30 seconds; who else has. Among those who see all of it, and work on it."""
    _, case = await find(call, case_id)
    mine = presence.present_as(call.actor, case)
    if mine is None or Scope.of(call.actor).view(case) is not case:
        return {"others": [], "seconds": presence.SECONDS}
    async with call.runtime.database.plain() as connection:
        await presence.put(connection, case.case_id, mine)
        there = await presence.current(connection, case.case_id)
    call.runtime.extra(Feed).somebody_came()
    others = [each for each in there.get(case.case_id, {}).values() if each.person != call.actor.id]
    return {"others": by_post(call, others), "seconds": presence.SECONDS}
