"""What the directory answers: entries on a day, people and systems, the book for guards."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson

from services.directory.model.book import Book, Name, Version
from shared.record.database import Connection

_ENTRIES = """
SELECT code, valid_from, valid_to, data FROM directory_versions
WHERE kind = $1 AND valid_from <= $2 AND (valid_to IS NULL OR valid_to > $2) AND data @> $3::jsonb
  AND starts_with(code, $4) AND ($5::text IS NULL OR code > $5)
ORDER BY code LIMIT $6
"""
_STAFF = """
SELECT a.id, i.login, i.name, a.department, a.status FROM accounts a JOIN identities i ON i.account = a.id
WHERE ($1::text[] IS NULL OR a.id = ANY($1)) AND ($2::text IS NULL OR a.department = $2)
  AND ($3::text IS NULL OR a.id > $3) AND ($1::text[] IS NOT NULL OR a.status = 'staff')
ORDER BY a.id LIMIT $4
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Entries of a kind on a day; `data` is contained, the code begins with `prefix` and follows `after`."""

    kind: str
    on: date
    data: Mapping[str, Any]
    prefix: str = ""
    after: str | None = None
    limit: int = 500


async def entries(connection: Connection, wanted: Wanted) -> list[dict[str, Any]]:
    rows = await connection.fetch(
        _ENTRIES,
        wanted.kind,
        wanted.on,
        orjson.dumps({name: value for name, value in wanted.data.items() if value is not None}).decode(),
        wanted.prefix,
        wanted.after,
        wanted.limit,
    )
    return [{**row, "data": orjson.loads(row["data"])} for row in rows]


async def entry(connection: Connection, kind: str, code: str) -> tuple[int, list[dict[str, Any]]] | None:
    """The version of the aggregate, and all versions by date."""
    row = await connection.fetchrow("SELECT version FROM directory_entries WHERE kind = $1 AND code = $2", kind, code)
    if row is None:
        return None
    found = await connection.fetch(
        "SELECT code, valid_from, valid_to, data FROM directory_versions WHERE kind = $1 AND code = $2"
        " ORDER BY valid_from",
        kind,
        code,
    )
    return row["version"], [{**version, "data": orjson.loads(version["data"])} for version in found]


async def book(connection: Connection, workflows: frozenset[int]) -> Book:
    """Everything that stands or has stood: a district has some hundred entries."""
    rows = await connection.fetch(
        "SELECT kind, code, valid_from, valid_to, data FROM directory_versions ORDER BY valid_from"
    )
    found: dict[Name, list[Version]] = {}
    for row in rows:
        version = Version(valid_from=row["valid_from"], valid_to=row["valid_to"], data=orjson.loads(row["data"]))
        found.setdefault((row["kind"], row["code"]), []).append(version)
    holders = await connection.fetch("SELECT id FROM accounts WHERE status <> 'closed'")
    return Book(found, frozenset(row["id"] for row in holders), workflows)


_TURN = 0x6C7AB00C


async def take_turn(connection: Connection) -> None:
    """Nobody else gets past here until the turn, or the connection, is ended."""
    await connection.execute("SELECT pg_advisory_lock($1)", _TURN)


async def end_turn(connection: Connection) -> None:
    await connection.execute("SELECT pg_advisory_unlock($1)", _TURN)


async def root_area(connection: Connection) -> str | None:
    """The area that contains all others."""
    found: str | None = await connection.fetchval(
        "SELECT code FROM directory_versions WHERE kind = 'area' ORDER BY length(code), code LIMIT 1"
    )
    return found


async def staff(
    connection: Connection, ids: Sequence[str] | None, department: str | None, after: str | None, limit: int
) -> list[dict[str, Any]]:
    """Those asked for by id, also who has left and systems; else the staff there is."""
    rows = await connection.fetch(_STAFF, ids, department, after, limit)
    return [dict(row) for row in rows]


async def staff_by_login(connection: Connection, logins: Sequence[str]) -> list[dict[str, Any]]:
    """Those of them who may sign in."""
    rows = await connection.fetch(
        "SELECT a.id, i.login, i.name FROM accounts a JOIN identities i ON i.account = a.id"
        " WHERE i.login = ANY($1) AND a.status = 'staff'",
        list(logins),
    )
    return [dict(row) for row in rows]


async def posts_held(connection: Connection, account: str, since: date) -> list[str]:
    """Posts that somebody holds on that day or later."""
    rows = await connection.fetch(
        "SELECT code FROM directory_versions WHERE kind = 'post' AND data @> $1::jsonb"
        " AND (valid_to IS NULL OR valid_to > $2) ORDER BY code",
        orjson.dumps({"holder": account}).decode(),
        since,
    )
    return [row["code"] for row in rows]


async def account_of(connection: Connection, login: str) -> str | None:
    found: str | None = await connection.fetchval("SELECT account FROM identities WHERE login = $1", login)
    return found


async def accounts_by_login(connection: Connection) -> dict[str, str]:
    rows = await connection.fetch("SELECT login, account FROM identities")
    return {row["login"]: row["account"] for row in rows}


async def loaded(connection: Connection) -> dict[str, str]:
    """The digest of each entry as it was last loaded from a file."""
    rows = await connection.fetch("SELECT DISTINCT ON (entry) entry, digest FROM loaded ORDER BY entry, loaded_at DESC")
    return {row["entry"]: row["digest"] for row in rows}


async def authorities(connection: Connection) -> dict[str, str]:
    """The state of every entry of the authority list, by code."""
    rows = await connection.fetch("SELECT code, state::text FROM directory_entries WHERE kind = 'authority'")
    return {row["code"]: row["state"] for row in rows}
