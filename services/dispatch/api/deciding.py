"""What a dispatcher decides by: who might act and on what ground, what is like it, whether a task may go elsewhere."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from services.dispatch import alike, routing, show, suggesting
from services.dispatch import bodies as b
from services.dispatch.alike import Acted
from services.dispatch.api.asking import find, keep, open_file, record, taking
from services.dispatch.model import Case, words
from services.dispatch.model import commands as c
from services.dispatch.model.state import case_of
from services.dispatch.scope import Scope
from services.dispatch.suggesting import Ground, Suggested
from shared.procedure.actor import Role
from shared.reference.tree import place_above
from shared.refusals.refusals import NotFound, Refused
from shared.web.call import Call
from shared.web.problems import told
from shared.web.signed_in import holders

router = APIRouter(prefix="/v1", tags=["dispatch"])
Deciding = Annotated[Call, holders(Role.DISPATCHER, Role.SUPERVISOR)]
MOST_ASKED = 200
To = Annotated[str, Query(max_length=8000, description=f"departments, at most {MOST_ASKED}, with commas between them")]


@router.get("/cases/{ref}/suggestions")
async def suggestions(ref: str, call: Deciding) -> dict[str, Any]:
    """Why it waits for a person's decision, and who might act: by the catalogue, by the authority list, whose duty it
    is, who led the newest cases of the matter in the same street or town. Of each, why it could not be offered to it.
    """
    _, case = await find(call, ref)
    acted = await _acted(call, case)
    await open_file(call, case, "case")
    found = suggesting.suggestions(call.runtime.reference, case, acted, call.at)
    reason = case.queued_for
    return {
        "reason": reason,
        "reason_name": show.word(call, words.QUEUED, reason) if reason and reason in words.QUEUED else None,
        "items": [_suggested(call, each) for each in found],
    }


async def _acted(call: Call, case: Case) -> list[Acted]:
    """In the street or town, or where there was none, in all that one sees."""
    scope, near = Scope.of(call.actor), place_above(call.runtime.reference, case.area, "subdistrict", call.at)
    near = near if near != case.area else place_above(call.runtime.reference, case.area, "town", call.at)
    async with call.runtime.database.reading() as connection:
        found = await alike.acted(connection, scope, case, near)
        return found or await alike.acted(connection, scope, case, "")


def _suggested(call: Call, each: Suggested) -> dict[str, Any]:
    return {
        "department": each.department,
        "department_name": show.name_of(call, "department", each.department),
        "part": each.part,
        "grounds": [_ground(call, ground) for ground in each.grounds],
        "problem": _problem(call, each.refused),
    }


def _ground(call: Call, ground: Ground) -> dict[str, Any]:
    entry = ground.by.entry if ground.by else {}
    return {
        "kind": ground.kind,
        "kind_name": show.word(call, words.SUGGESTED, ground.kind),
        "basis": entry.get(f"basis_{call.language}"),
        "from": ground.by.valid_from.isoformat() if ground.by else None,
        "count": ground.acted.count if ground.acted else None,
        "of": ground.acted.of if ground.acted else None,
    }


def _problem(call: Call, refused: Refused | None) -> dict[str, Any] | None:
    return told(call.request, refused) if refused else None


@router.get("/cases/{ref}/alike")
async def cases_alike(ref: str, call: Deciding) -> dict[str, Any]:
    """Cases of the same matter in the same community within thirty days that go on: perhaps the same, reported twice.
    What is nearest in time comes first; nothing of those that one may not see."""
    _, case = await find(call, ref)
    community = place_above(call.runtime.reference, case.area, "community", call.at)
    async with call.runtime.database.reading() as connection:
        found = await alike.alike(connection, Scope.of(call.actor), case, community)
    await open_file(call, case, "links")
    shown = show.rows(call, found)
    return {"items": [{**row, "why": _why(call, case, row)} for row in shown]}


def _why(call: Call, case: Case, row: dict[str, Any]) -> list[str]:
    apart = abs(row["opened_at"] - case.opened_at).days if case.opened_at else 0
    place = "same_grid" if row["area"] == case.area else "same_community"
    said = [show.word(call, words.ALIKE, each) for each in ("same_matter", place)]
    return [*said, show.word(call, words.ALIKE, "days_apart").format(days=apart)]


@router.get("/handoffs/{handoff_id}/ways")
async def ways(handoff_id: str, to: To, call: Deciding) -> dict[str, Any]:
    """Whether this task could be passed on to each of these departments now, and why not: tried, nothing is done."""
    _, case = await find(call, case_of(handoff_id))
    if case.handoff(handoff_id) is None:
        raise NotFound("handoff")
    why, _ = keep(call, handoff_id, "transfer", "")
    asked = _several(to)
    made = [(code, routing.passing_on(*_about(call), code, handoff_id=handoff_id, why=why)(case)) for code in asked]
    await open_file(call, case, "case")
    return {"items": [_way(call, each) for each in suggesting.tried(case, made)]}


def _way(call: Call, each: suggesting.Tried) -> dict[str, Any]:
    name = show.name_of(call, "department", each.department)
    problem = _problem(call, each.refused)
    return {"department": each.department, "department_name": name, "problem": problem}


def _several(codes: str) -> Sequence[str]:
    return list(dict.fromkeys(code for code in codes.split(",") if code))[:MOST_ASKED]


def _about(call: Call) -> tuple[Any, Any]:
    return call.runtime.reference, call.stamp


@router.post("/handoffs/{handoff_id}/pass-on")
async def pass_on(handoff_id: str, body: b.TransferBody, call: Annotated[Call, taking(c.OfferHandoff)]) -> Response:
    """To another department: transferred, where it was taken on; where it was not yet, taken back and offered anew, in
    one."""
    why, row = keep(call, handoff_id, "transfer", body.reason)
    passing_on = routing.passing_on(*_about(call), body.to, handoff_id=handoff_id, why=why)
    return await record(call, case_of(handoff_id), passing_on, row)
