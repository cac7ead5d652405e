"""The whole log inspected: begun, followed, and what it found."""

from datetime import datetime
from typing import Annotated, get_args

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.audit.log.inspect import Kind
from services.audit.log.inspecting import Inspections
from shared.procedure.actor import Role
from shared.refusals.words import Word, Words
from shared.web.call import Call
from shared.web.signed_in import holders_of_the_whole

router = APIRouter(prefix="/v1/inspection", tags=["log"])
Inspector = Annotated[Call, holders_of_the_whole(Role.AUDITOR, Role.ADMINISTRATOR)]
SAID: Words = {
    "missing": Word("条目缺失", "entries are missing"),
    "added": Word("未经编号的条目", "entries that nobody numbered"),
    "altered": Word("条目被改动", "an entry was altered"),
    "misfiled": Word("条目的检索栏与其内容不符", "an entry is filed under what it does not say"),
    "tile": Word("哈希块被改动或缺失", "a tile was altered or is missing"),
    "cut": Word("日志比已签署的短", "the log is shorter than what was signed"),
    "forked": Word("日志与已签署的不一致", "the log is not the one that was signed"),
    "set_back": Word("见证方所存的检查点被回退", "what the witness has seen was set back"),
}
assert SAID.keys() == set(get_args(Kind))


class ShownDamage(BaseModel):
    kind: Kind
    said: str = Field(description="in words")
    place: str = Field(description="entries, a tile's path, or whose checkpoint", examples=["entries", "0/012"])
    first: int = Field(description="index of the first entry concerned")
    last: int


class ShownInspection(BaseModel):
    running: bool
    read: int = Field(description="entries read by the one that runs")
    inspected_at: datetime | None = Field(description="as of when the last one was; none before the first night")
    seconds: float
    size: int | None = Field(description="entries that it looked at")
    sound: bool | None = Field(description="whether nothing was found; none before the first")
    damages: list[ShownDamage]
    apart: list[str] = Field(description="witnesses that could not be had for comparing")


@router.get("")
async def inspection(call: Inspector) -> ShownInspection:
    """The last inspection, and how far the running one is."""
    return _shown(call)


@router.post("", status_code=202)
async def begin(call: Inspector) -> ShownInspection:
    """Begin one now; it goes on when the answer is given. One that runs already is not disturbed."""
    call.runtime.extra(Inspections).begin()
    return _shown(call)


def _shown(call: Call) -> ShownInspection:
    found = call.runtime.extra(Inspections)
    damages = [
        ShownDamage(
            kind=each.kind,
            said=SAID[each.kind].said(call.language),
            place=each.place,
            first=each.first,
            last=each.last,
        )
        for each in (found.last.damages if found.last else [])
    ]
    return ShownInspection(
        running=found.is_running(),
        read=found.read,
        inspected_at=found.at,
        seconds=found.seconds,
        size=found.last.size if found.last else None,
        sound=not damages if found.last else None,
        damages=damages,
        apart=found.apart,
    )
