"""Which versions of the procedures there are, where and since when each is in force, and by which basis."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from fastapi import APIRouter

from services.dispatch import show, workflows
from services.dispatch.api.asking import Reader
from services.dispatch.model import MODEL, words
from shared.clocks.zone import DISTRICT_ZONE
from shared.procedure.workflow import Workflow
from shared.reference.reference import Version
from shared.web.call import Call

router = APIRouter(prefix="/v1", tags=["dispatch"])


@router.get("/workflows")
async def all_workflows(call: Reader, on: date | None = None) -> dict[str, Any]:
    """Every version, what it has that the one before has not, and what puts it into force. `on`: as of that day."""
    day = on or call.at.astimezone(DISTRICT_ZONE).date()
    items = [_shown(call, number, day) for number in range(1, len(MODEL.workflows) + 1)]
    return {"on": day.isoformat(), "items": items}


@router.get("/workflows/in-force")
async def workflow_in_force(call: Reader, category: str, area: str, on: date | None = None) -> dict[str, Any]:
    """Under which version a case of this matter and place would be opened, today or `on` another day, and why."""
    day = on or call.at.astimezone(DISTRICT_ZONE).date()
    found = workflows.in_force(call.runtime.reference, category, area, day)
    by = _entry(call, found.entry, day) if found.entry else None
    return {"on": day.isoformat(), **_named(call, found.workflow), "by": by}


def _shown(call: Call, number: int, day: date) -> Mapping[str, Any]:
    workflow, before = MODEL.workflows[number - 1], MODEL.workflows[number - 2] if number > 1 else None
    return {
        **_named(call, number),
        "about": show.word(call, words.WORKFLOWS, str(number)),
        "other_steps": [] if before is None else _other_steps(call, workflow, before),
        "in_force": [_entry(call, v, day) for v in workflows.entries(call.runtime.reference, number)],
        "where_nothing_is_said": number == workflows.FIRST,
    }


def _named(call: Call, number: int) -> dict[str, Any]:
    return show.with_names(call, {"workflow": number})


def _other_steps(call: Call, workflow: Workflow, before: Workflow) -> list[dict[str, str]]:
    """Steps that people take, and of which a row is not as it was."""
    steps: dict[str, str] = {}
    for old, new in zip(before.procedures, workflow.procedures, strict=True):
        other = (row.command for row in new.steps if row not in old.steps)
        steps |= {command.step_name(): show.word(call, new.words, command.step_name()) for command in other}
    return [{"step": step, "step_name": name} for step, name in sorted(steps.items())]


def _entry(call: Call, version: Version, day: date) -> dict[str, Any]:
    """`holds`: on that day, unless a later version of the entry has taken its place."""
    entry, reference = version.entry, call.runtime.reference
    place = {"code": version.code, "category": entry.get("category"), "area": entry["area"]}
    return {
        **show.with_names(call, place),
        "valid_from": version.valid_from.isoformat(),
        "valid_to": version.valid_to.isoformat() if version.valid_to else None,
        "holds": reference.get(workflows.KIND, version.code, day) is version,
        "basis": entry[f"basis_{call.language}"],
    }
