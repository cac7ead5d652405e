"""What an office wrote for a reporter, given out when the reporter reads it: the owner decides, and records it."""

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import Response

from shared.contents.contents import Described, describe, open_content
from shared.contents.refs import Erased
from shared.procedure.step import Command
from shared.record.aggregate import Aggregate, Write
from shared.record.recorder import Request as Writes
from shared.refusals.refusals import NotFound
from shared.web.call import Call

FOR_REPORTERS = frozenset({"result", "opinion", "refusal"})
"""Kinds of content that are replies; every other kind stays among the offices."""


async def tell_reporter(
    call: Call,
    desk: Aggregate[Any],
    id: str,
    telling: Callable[[Described], Command],
    place: Callable[[str], str] = str,
) -> Response:
    """The text. `place`: the aggregate's id, from what the content is about.

    That it was told is recorded the first time; whether it may be is decided each time.
    Raises NotFound, Erased, NotNow, NotPermitted.
    """
    known = await describe(call.runtime.database, id)
    if known.kind not in FOR_REPORTERS:
        raise NotFound("content")
    if known.erased_at is not None:
        raise Erased()

    def commands(state: Any) -> Sequence[Command]:
        command = telling(known)
        desk.model.decide(state, command)
        return [] if id in state.reporter_told else [command]

    await call.runtime.recorder.record(Writes((Write(desk, place(known.about), commands),), call.trail()))
    opened = await open_content(call.runtime.database, call.runtime.vault, id)
    return Response(opened.data, headers={"Cache-Control": "no-store"}, media_type=opened.media_type)
