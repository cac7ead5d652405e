"""Who has a case open at the moment: in a table, so that replicas agree; for half a minute, and no fact."""

from collections.abc import Mapping
from dataclasses import dataclass

from services.dispatch.model import MODEL, Case
from shared.procedure.actor import Actor, Role, Where
from shared.record.aggregate import load
from shared.record.database import Connection

SECONDS = 30
WRITING = frozenset({Role.CLERK, Role.GRID_WORKER, Role.DISPATCHER, Role.HANDLER, Role.SUPERVISOR})
"""Who works on cases. Who inspects is not shown to who is inspected."""

_PUT = """
INSERT INTO presence (case_id, person, department, role, seen_at) VALUES ($1, $2, $3, $4, now())
ON CONFLICT (case_id, person) DO UPDATE SET department = $3, role = $4, seen_at = now()
"""
_CURRENT = f"""
SELECT case_id, person, department, role FROM presence
WHERE seen_at > now() - interval '{SECONDS} seconds' AND ($1::text IS NULL OR case_id = $1) ORDER BY case_id, person
"""


@dataclass(frozen=True, slots=True)
class Present:
    """By post."""

    person: str
    department: str
    role: str


People = Mapping[str, Mapping[str, Present]]
"""By case and person."""


def present_as(actor: Actor, case: Case) -> Present | None:
    """By the post that works on it, if it is one whose holders work on cases."""
    at_work = {handoff.department for handoff in case.open_handoffs()}
    posts = [post for post in actor.posts if post.role in WRITING and post.covers(Where(case.area))]
    best = min(posts, key=lambda post: post.department not in at_work, default=None)
    return Present(actor.id, best.department, best.role.value) if best else None


async def put(connection: Connection, case_id: str, each: Present) -> None:
    await connection.execute(f"DELETE FROM presence WHERE seen_at <= now() - interval '{SECONDS} seconds'")
    await connection.execute(_PUT, case_id, each.person, each.department, each.role)


async def current(connection: Connection, case_id: str | None = None) -> People:
    found: dict[str, dict[str, Present]] = {}
    for row in await connection.fetch(_CURRENT, case_id):
        found.setdefault(row["case_id"], {})[row["person"]] = Present(row["person"], row["department"], row["role"])
    return found


async def cases(connection: Connection, ids: list[str]) -> dict[str, Case]:
    rows = await connection.fetch("SELECT id, state FROM cases WHERE id = ANY($1)", ids)
    return {row["id"]: load(MODEL, row["state"]) for row in rows}
