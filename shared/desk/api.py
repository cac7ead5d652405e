"""The routes of an office that works by the shared task procedure."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Response

from shared.accesses.recording import Opening
from shared.desk.calls import PassOnCall
from shared.desk.desk import Desk, take, written
from shared.desk.model import (
    AcceptTask,
    AskExtension,
    FinishTask,
    NoteProgress,
    ReturnTask,
    StartTask,
)
from shared.desk.reading import reading_router
from shared.desk.shapes import Answer, HandoffId, MoreTime, Note, Reason, Result, TaskDetail
from shared.procedure.step import Command
from shared.record.aggregate import Aggregate
from shared.search.recording import Search
from shared.web.call import Call
from shared.web.signed_in import doing

TASK_STEPS: Mapping[type[Command], str] = {
    PassOnCall: "pass-on",
    AcceptTask: "accept",
    StartTask: "start",
    NoteProgress: "progress",
    AskExtension: "extension",
    FinishTask: "finish",
    ReturnTask: "return",
}


def task_router(aggregate: Aggregate[Any], opening: Aggregate[Opening], search: Aggregate[Search]) -> APIRouter:
    """The whole API of an office that works by the shared task procedure."""
    paths = {command: path for command, path in TASK_STEPS.items() if command in aggregate.model.commands}
    desk = Desk(aggregate, opening, search, "/v1/tasks", paths, TaskDetail)
    router = reading_router(desk)
    _plain_steps(router, desk)
    _written_steps(router, desk)
    if PassOnCall in paths:
        _calls(router, desk)
    return router


def _calls(router: APIRouter, desk: Desk) -> None:
    model, path = desk.aggregate.model, f"{desk.path}/{{handoff_id}}"

    @router.post(f"{path}/pass-on", response_model=Answer)
    async def pass_on(handoff_id: HandoffId, call: Annotated[Call, doing(model, PassOnCall)]) -> Response:
        """已转报: I have told the emergency number; the reporter reads that it was done."""
        return await take(call, desk, handoff_id, [PassOnCall(**call.stamp)])


def _plain_steps(router: APIRouter, desk: Desk) -> None:
    model, path = desk.aggregate.model, f"{desk.path}/{{handoff_id}}"

    @router.post(f"{path}/accept", response_model=Answer)
    async def accept(handoff_id: HandoffId, call: Annotated[Call, doing(model, AcceptTask)]) -> Response:
        """签收."""
        return await take(call, desk, handoff_id, [AcceptTask(**call.stamp)])

    @router.post(f"{path}/start", response_model=Answer)
    async def start(handoff_id: HandoffId, call: Annotated[Call, doing(model, StartTask)]) -> Response:
        """开始办理."""
        return await take(call, desk, handoff_id, [StartTask(**call.stamp)])


def _written_steps(router: APIRouter, desk: Desk) -> None:
    model, path = desk.aggregate.model, f"{desk.path}/{{handoff_id}}"

    @router.post(f"{path}/progress", response_model=Answer)
    async def progress(
        handoff_id: HandoffId, body: Note, call: Annotated[Call, doing(model, NoteProgress)]
    ) -> Response:
        """办理进展."""
        ref, rows = written(call, handoff_id, "progress", body.note)
        return await take(call, desk, handoff_id, [NoteProgress(**call.stamp, note=ref)], rows)

    @router.post(f"{path}/extension", response_model=Answer)
    async def extension(
        handoff_id: HandoffId, body: MoreTime, call: Annotated[Call, doing(model, AskExtension)]
    ) -> Response:
        """申请延期; the centre grants or refuses it."""
        ref, rows = written(call, handoff_id, "extension", body.reason)
        asked = AskExtension(**call.stamp, days=body.days, reason=ref)
        return await take(call, desk, handoff_id, [asked], rows)

    @router.post(f"{path}/finish", response_model=Answer)
    async def finish(handoff_id: HandoffId, body: Result, call: Annotated[Call, doing(model, FinishTask)]) -> Response:
        """办结."""
        ref, rows = written(call, handoff_id, "result", body.result)
        return await take(call, desk, handoff_id, [FinishTask(**call.stamp, result=ref)], rows)

    @router.post(f"{path}/return", response_model=Answer)
    async def give_back(
        handoff_id: HandoffId, body: Reason, call: Annotated[Call, doing(model, ReturnTask)]
    ) -> Response:
        """退单."""
        ref, rows = written(call, handoff_id, "return", body.reason)
        return await take(call, desk, handoff_id, [ReturnTask(**call.stamp, reason=ref)], rows)
