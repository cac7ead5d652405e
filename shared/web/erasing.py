"""Erasing one content for a ground that the law names: first the fact that says so, then the key."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from shared.contents.contents import Described, describe, erase
from shared.contents.refs import ErasureGround
from shared.procedure.step import Command
from shared.record.aggregate import Aggregate, Write
from shared.record.recorder import Request as Writes
from shared.web.call import Call

ContentId = Annotated[str, Path(max_length=64)]


class Erasure(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"ground": "asked_by_person"}]})
    ground: ErasureGround = Field(description="个人信息保护法 Art 47; the fact carries it")


class ErasedContent(BaseModel):
    content_id: str
    erased_at: datetime = Field(description="the commitment in the log stays as it is")


async def erase_content(
    call: Call,
    owner: Aggregate[Any],
    id: str,
    erasing: Callable[[Described], Command],
    place: Callable[[str], str] = str,
) -> ErasedContent:
    """`place`: the aggregate's id, from what the content is about.

    Whether the caller may is decided each time; asked again, it answers the same and tells nothing more.
    Raises NotFound, Refused.
    """
    call.without_version()
    known = await describe(call.runtime.database, id)

    def commands(state: Any) -> Sequence[Command]:
        command = erasing(known)
        owner.model.decide(state, command)
        return [] if known.erased_at else [command]

    # Without the caller's Idempotency-Key: a repeated answer would not say whether the key has gone, too.
    await call.runtime.recorder.record(Writes((Write(owner, place(known.about), commands),), call.trail()))
    if known.erased_at is None:
        await erase(call.runtime.database, [id], call.at)
        known = await describe(call.runtime.database, id)
    assert known.erased_at is not None
    return ErasedContent(content_id=id, erased_at=known.erased_at)
