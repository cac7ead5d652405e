"""Contents: what residents and officials wrote or attached, kept by the service that received it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import Column, DateTime, Integer, LargeBinary, MetaData, Table, Text

from shared.contents.refs import ContentRef, Erased
from shared.contents.vault import SealedBytes, Vault
from shared.record.beside import Beside
from shared.record.database import Database
from shared.record.rows import Row
from shared.refusals.refusals import NotFound
from shared.world.world import new_id, random_bytes

CONTENTS = Table(
    "contents",
    MetaData(),
    Column("id", Text, primary_key=True),
    Column("about", Text),
    Column("kind", Text),
    Column("media_type", Text),
    Column("size", Integer),
    Column("commitment", Text),
    Column("salt", LargeBinary),
    Column("wrapped_key", LargeBinary),
    Column("sealed", LargeBinary),
    Column("recorded_at", DateTime(timezone=True)),
    Column("visibility", Text),
)


def told_of(aggregate_id: str, fact: Any) -> Iterator[Mapping[str, Any]]:
    """The rows of this service that a fact refers to."""
    for name, value in fact:
        if name in fact.kept_elsewhere:
            continue
        for ref in value if isinstance(value, tuple) else (value,):
            if isinstance(ref, ContentRef):
                yield ref.model_dump()


IN_THE_LOG = Beside(
    CONTENTS,
    "what people wrote and attached: sealed, erasable, never in a fact",
    told_of,
    says=("kind", "commitment", "media_type", "size"),
)


@dataclass(frozen=True, slots=True)
class NewContent:
    """To be stored beside the command whose fact refers to it. `visibility` is the owner's word for who may read."""

    kind: str
    data: bytes
    media_type: str = "text/plain;charset=utf-8"
    visibility: str = "case"


def keep(vault: Vault, about: str, content: NewContent, at: datetime) -> tuple[ContentRef, Row]:
    """The reference for the fact, and the row for the same transaction."""
    id, salt = new_id(), random_bytes(32)
    sealed = vault.seal(content.data, id)
    commitment = sha256(salt + content.data).hexdigest()
    values = {
        "id": id,
        "about": about,
        "kind": content.kind,
        "media_type": content.media_type,
        "size": len(content.data),
        "commitment": commitment,
        "salt": salt,
        "wrapped_key": sealed.wrapped_key,
        "sealed": sealed.sealed,
        "recorded_at": at,
        "visibility": content.visibility,
    }
    ref = ContentRef(
        id=id,
        kind=content.kind,
        commitment=commitment,
        media_type=content.media_type,
        size=len(content.data),
    )
    return ref, Row(CONTENTS, values)


def keep_text(vault: Vault, about: str, kind: str, text: str, at: datetime) -> tuple[ContentRef, Row]:
    return keep(vault, about, NewContent(kind, text.encode()), at)


@dataclass(frozen=True, slots=True)
class Content:
    id: str
    about: str
    kind: str
    media_type: str
    visibility: str
    data: bytes


async def open_contents(database: Database, vault: Vault, ids: Sequence[str]) -> dict[str, Content]:
    """Those that exist and are not erased. Who may read them is for the caller to have decided."""
    async with database.plain() as connection:
        rows = await connection.fetch("SELECT * FROM contents WHERE id = ANY($1) AND erased_at IS NULL", list(ids))
    return {row["id"]: opened(vault, row) for row in rows}


async def open_content(database: Database, vault: Vault, id: str) -> Content:
    """Raises NotFound, Erased."""
    async with database.plain() as connection:
        row = await connection.fetchrow("SELECT * FROM contents WHERE id = $1", id)
    if row is None:
        raise NotFound("content")
    if row["erased_at"] is not None:
        raise Erased()
    return opened(vault, row)


@dataclass(frozen=True, slots=True)
class Described:
    """What is known of a content without opening it, also of an erased one."""

    id: str
    about: str
    kind: str
    visibility: str
    erased_at: datetime | None


async def describe(database: Database, id: str) -> Described:
    """Raises NotFound."""
    async with database.plain() as connection:
        row = await connection.fetchrow("SELECT id, about, kind, visibility, erased_at FROM contents WHERE id = $1", id)
    if row is None:
        raise NotFound("content")
    return Described(**row)


async def erase(database: Database, ids: Sequence[str], at: datetime) -> None:
    """Key, salt and ciphertext go; the row and the commitment in the facts stay, and when it was done first."""
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE contents SET erased_at = COALESCE(erased_at, $2), salt = NULL, wrapped_key = NULL, sealed = NULL"
            " WHERE id = ANY($1)",
            list(ids),
            at,
        )


def opened(vault: Vault, row: Any) -> Content:
    """`row` of `contents`, not erased."""
    data = vault.open(SealedBytes(row["wrapped_key"], row["sealed"]), row["id"])
    return Content(row["id"], row["about"], row["kind"], row["media_type"], row["visibility"], data)
