"""What was told last, of all cases that somebody sees: for a screen that tells it to a room."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson

from services.dispatch.live.steps import States, entries, head
from services.dispatch.scope import Scope
from services.dispatch.tables import CASE
from shared.facts.fact import read_time
from shared.identity.sealing import circle_of
from shared.record.database import Connection
from shared.reference.reference import Reference

LOOKED_AT = 150
"""Facts, of all aggregates: the newest that there are."""


async def latest(connection: Connection, scope: Scope, reference: Reference, at: datetime) -> list[Mapping[str, Any]]:
    """The newest first. A room may hear what each in it may read: nothing of sealed matters."""
    upto = await head(connection)
    rows = [row for row in await entries(connection, max(0, upto - LOOKED_AT), upto) if row["aggregate"] == CASE.name]
    steps = await States().steps(connection, rows)
    now = {step.case_id: step.after for step in steps}
    told: list[Mapping[str, Any]] = []
    for row, step in zip(rows, steps, strict=True):
        case = now[step.case_id]
        sealed = circle_of(reference, case.category, at)
        if step.open and not sealed and scope.view(case) is not None and scope.reads(case, step.about):
            attributes = orjson.loads(row["attributes"])
            about = {name: getattr(case, name) for name in ("code", "category", "area")}
            fact = {"type": row["type"], "department": attributes.get("department"), "data": orjson.loads(row["data"])}
            told.append({**about, **fact, "at": read_time(attributes["time"]), "case_id": step.case_id})
    return told[::-1]
