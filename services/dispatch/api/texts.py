"""Texts kept here: read by who may, told to the reporter, destroyed."""

from typing import Annotated

from fastapi import APIRouter, Response

from services.dispatch import views
from services.dispatch.api.asking import Reader, case_about, open_file, taking
from services.dispatch.model import commands as c
from services.dispatch.scope import Scope
from services.dispatch.tables import CASE
from shared.contents.contents import Described, open_content
from shared.procedure.step import Command
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.erasing import ContentId, ErasedContent, Erasure, erase_content
from shared.web.telling import tell_reporter

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.get("/contents/{content_id}")
async def content(content_id: str, call: Reader) -> Response:
    """A note, reason or result of a case, or of a hand-off, that I may see."""
    async with call.runtime.database.plain() as connection:
        case = await views.case_of_content(connection, Scope.of(call.actor), content_id)
    if case is None:
        raise NotFound("content")
    found = await open_content(call.runtime.database, call.runtime.vault, content_id)
    await open_file(call, case, "content", content_id)
    return Response(found.data, headers={"Cache-Control": "no-store"}, media_type=found.media_type)


@router.get("/replies/{content_id}", response_class=Response)
async def reply(content_id: ContentId, call: Annotated[Call, taking(c.TellReporter)]) -> Response:
    """A result, or why a case was refused, for the reporter who asks intake for it; that it was told is a fact."""

    def telling(content: Described) -> Command:
        return c.TellReporter(**call.stamp, content_id=content.id, kind=content.kind)

    return await tell_reporter(call, CASE, content_id, telling, case_about)


@router.post("/contents/{content_id}/erase", response_model=ErasedContent)
async def erase(content_id: ContentId, body: Erasure, call: Annotated[Call, taking(c.EraseContent)]) -> ErasedContent:
    """Destroy the key to a text of a case; that it was done, and on what ground, is a fact."""

    def erasing(content: Described) -> Command:
        return c.EraseContent(**call.stamp, content_id=content_id, ground=body.ground)

    return await erase_content(call, CASE, content_id, erasing, case_about)
