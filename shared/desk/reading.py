"""Reading a desk over HTTP: the worklist, one matter, what was written about it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from shared.contents.contents import Described, open_content, open_contents
from shared.desk import access, views
from shared.desk.desk import Desk, open_matter
from shared.desk.matter import READERS, EraseContent, Matter, TellReporter
from shared.desk.naming import named, word
from shared.desk.search_route import add_search
from shared.desk.shapes import HandoffId, Worklist
from shared.procedure.actor import Where
from shared.procedure.law import laws
from shared.procedure.step import Command
from shared.refusals.refusals import Invalid, NotFound
from shared.web.call import Call
from shared.web.erasing import ContentId, ErasedContent, Erasure, erase_content
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import doing, holders
from shared.web.telling import tell_reporter
from shared.web.waiting import preferred_wait

Lister = Annotated[Call, holders(*access.LISTERS)]
Seer = Annotated[Call, holders(*access.SEERS)]
Reader = Annotated[Call, holders(*READERS)]
StatusQuery = Annotated[
    str, Query(max_length=40, description="`open`: what somebody here must still do; `all`; or one state")
]


def reading_router(desk: Desk) -> APIRouter:
    """Worklist, one matter, contents, their erasure, search in them."""
    router = APIRouter(tags=["desk"])
    _worklist_route(router, desk)
    _single_routes(router, desk)
    _telling_route(router, desk)
    _erasing_route(router, desk)
    add_search(router, desk)
    return router


def _worklist_route(router: APIRouter, desk: Desk) -> None:
    @router.get(desk.path, response_model=Worklist)
    async def worklist(
        call: Lister, status: StatusQuery = "open", cursor: Cursor = None, limit: Limit = 50
    ) -> dict[str, Any]:
        """What lies on the desk, due first: the caller's own department's, or all of a supervisor's area."""
        page = (_after(cursor), limit)
        wanted = _statuses(desk, status)
        async with call.runtime.database.reading() as connection:
            found = await views.worklist(connection, desk.aggregate.table, call.actor, wanted, page)
        return _page(desk, found, limit, call)


def _single_routes(router: APIRouter, desk: Desk) -> None:
    @router.get(f"{desk.path}/{{handoff_id}}", response_model=desk.detail)
    async def one(handoff_id: HandoffId, call: Seer, response: Response) -> BaseModel:
        """One matter with the office's own steps. `Prefer: wait=N` waits until it has arrived here."""
        found = await _seen(desk, call, handoff_id)
        detail = await _detail(desk, call, found)
        await open_matter(call, desk, found.matter, "matter")
        response.headers["ETag"] = f'"{found.version}"'
        return detail

    @router.get("/v1/contents/{id}", response_class=Response)
    async def content(id: str, call: Reader) -> Response:
        """What somebody here wrote: for the department's own people, and those who answer for the area."""
        async with call.runtime.database.plain() as connection:
            about = await views.content_about(connection, id)
            found = await views.stored(connection, desk.aggregate, about or "")
        if found is None or not access.may(call.actor, READERS, found.matter):
            raise NotFound("content")
        opened = await open_content(call.runtime.database, call.runtime.vault, id)
        await open_matter(call, desk, found.matter, "content", id)
        return Response(opened.data, headers={"Cache-Control": "no-store"}, media_type=opened.media_type)


def _telling_route(router: APIRouter, desk: Desk) -> None:
    @router.get("/v1/replies/{id}", response_class=Response)
    async def reply(id: ContentId, call: Annotated[Call, doing(desk.aggregate.model, TellReporter)]) -> Response:
        """A result or an opinion, for the reporter who asks intake for it; that it was told is a fact."""
        return await tell_reporter(
            call, desk.aggregate, id, lambda content: TellReporter(**call.stamp, content_id=content.id)
        )


def _erasing_route(router: APIRouter, desk: Desk) -> None:
    model = desk.aggregate.model

    @router.post("/v1/contents/{id}/erase", response_model=ErasedContent)
    async def erase(id: ContentId, body: Erasure, call: Annotated[Call, doing(model, EraseContent)]) -> ErasedContent:
        """Destroy the key to what somebody here wrote; that it was done, and on what ground, is a fact."""

        def erasing(content: Described) -> Command:
            return EraseContent(**call.stamp, content_id=id, ground=body.ground)

        return await erase_content(call, desk.aggregate, id, erasing)


async def _seen(desk: Desk, call: Call, handoff_id: str) -> views.Stored:
    """Raises NotFound, after the same wait for what is hidden as for what is not there."""

    async def look() -> views.Stored | None:
        async with call.runtime.database.plain() as connection:
            found = await views.stored(connection, desk.aggregate, handoff_id)
        return found if found is not None and access.may(call.actor, access.SEERS, found.matter) else None

    wait = preferred_wait(call.request.headers.get("prefer"))
    found = await call.runtime.changes.until(look, wait, handoff_id)
    if found is None:
        raise NotFound(desk.what)
    return found


async def _detail(desk: Desk, call: Call, found: views.Stored) -> BaseModel:
    matter: Matter = found.matter
    async with call.runtime.database.plain() as connection:
        steps = await views.history(connection, desk.aggregate, matter.handoff_id)
        added = await views.supplements(connection, matter.case_id)
    if access.may(call.actor, READERS, matter):
        await _add_texts(call, steps)
    return desk.detail.model_validate(
        {
            **matter.model_dump(),
            "version": found.version,
            "status_name": word(desk, call, matter.status),
            "category": named(call, "category", matter.category),
            "place": named(call, "area", matter.area),
            "supplements": added,
            "history": steps,
            "steps": _open_steps(desk, call, matter),
        }
    )


async def _add_texts(call: Call, steps: list[dict[str, Any]]) -> None:
    ids = [step["content"] for step in steps if step["content"]]
    texts = await open_contents(call.runtime.database, call.runtime.vault, ids) if ids else {}
    for step in steps:
        if step["content"] in texts:
            step["text"] = texts[step["content"]].data.decode()


def _open_steps(desk: Desk, call: Call, matter: Matter) -> list[dict[str, Any]]:
    where = Where(matter.area, frozenset({matter.department}))
    procedures = desk.aggregate.model.procedures
    open_rows = [row for p in procedures for row in p.open_to(matter, None, call.actor, where)]
    return [
        {
            "step": row.command.step_name(),
            "name": word(desk, call, row.command.step_name()),
            "path": f"{desk.path}/{matter.handoff_id}/{desk.paths[row.command]}",
            "laws": laws(row.law, call.language),
        }
        for row in open_rows
        if row.command in desk.paths
    ]


def _statuses(desk: Desk, status: str) -> frozenset[str]:
    if status == "open":
        return desk.open_statuses
    if status == "all":
        return desk.statuses
    if status not in desk.statuses:
        known = ", ".join(sorted(desk.statuses))
        raise Invalid("status", f"open, all, or one of {known}", f"应为 open、all 或：{known}")
    return frozenset({status})


def _after(cursor: str | None) -> views.After | None:
    parts = decode_typed(cursor, datetime, str)
    return views.After(*parts) if parts else None


def _page(desk: Desk, found: Any, limit: int, call: Call) -> dict[str, Any]:
    shown = [dict(row) for row in found[:limit]]
    last = shown[-1] if len(found) > limit else None
    for row in shown:
        row["handoff_id"] = row["id"]
        row["status_name"] = word(desk, call, row["status"])
        row["category"] = named(call, "category", row["category"])
        row["place"] = named(call, "area", row["area"])
    cursor = encode_cursor((last["due_at"] or views.NEVER).isoformat(), last["id"]) if last else None
    return {"items": shown, "next": cursor}
