"""Proofs: that an entry is in the log, and that the log of now begins with the log of then."""

from base64 import b64encode
from typing import Annotated

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel, Field

from services.audit import views
from services.audit.api.cases import Reader
from services.audit.api.tiles import Anyone, last_published
from services.audit.log import tiles
from services.audit.refusals import NotYetProven, TreeDamaged
from services.audit.tree.checkpoints import Checkpoint, Proof
from shared.record.database import Connection
from shared.refusals.refusals import Invalid, NotFound
from shared.signing import merkle
from shared.signing.merkle import Range

router = APIRouter(prefix="/v1/proofs", tags=["proofs"])
Index = Annotated[int | None, Query(ge=0, lt=2**63, description="the entry's index in the log")]
Source = Annotated[str | None, Query(max_length=200, examples=["/services/dispatch"])]
Position = Annotated[int | None, Query(ge=1, lt=2**63, description="with `source`, instead of `index`")]
Size = Annotated[int, Query(ge=0, lt=2**63)]
PROOF = "text/plain"


class InclusionProof(BaseModel):
    """RFC 6962, section 2.1.1."""

    index: int
    size: int
    leaf: str = Field(description="SHA-256 over a zero byte and the entry, base64")
    hashes: list[str] = Field(description="from the leaf's sibling up, base64")
    checkpoint: str = Field(description="of that size, a signed note")


class ConsistencyProof(BaseModel):
    """RFC 6962, section 2.1.2."""

    old: int
    size: int
    old_root: str
    root: str
    hashes: list[str]


@router.get("/inclusion", response_model=InclusionProof)
async def inclusion(
    call: Reader,
    index: Index = None,
    source: Source = None,
    position: Position = None,
    accept: Annotated[str, Header()] = "",
) -> InclusionProof | Response:
    """That an entry is in the log of the last checkpoint; as C2SP tlog-proof if text/plain is asked for.

    By its index, or by source and position. It tells nothing of the entry but its hash.
    """
    async with call.runtime.database.plain() as connection:
        place = index if index is not None else await _index_of(connection, source, position)
        note, checkpoint = await last_published(connection)
        if place >= checkpoint.size:
            raise NotYetProven(checkpoint.size)
        leaf, *hashes = await looked_up(
            connection, [(place, place + 1), *merkle.inclusion(place, checkpoint.size)], checkpoint.size
        )
    if PROOF in accept:
        return Response(Proof(place, hashes, note).text(), media_type="text/plain; charset=utf-8")
    return InclusionProof(
        index=place, size=checkpoint.size, leaf=to_text(leaf), hashes=list(map(to_text, hashes)), checkpoint=note
    )


@router.get("/consistency")
async def consistency(call: Anyone, old: Size, size: Size | None = None) -> ConsistencyProof:
    """That the log of `size` entries (the published ones, if absent) begins with that of `old`."""
    async with call.runtime.database.plain() as connection:
        _, checkpoint = await last_published(connection)
        size = checkpoint.size if size is None else size
        if size > checkpoint.size:
            raise NotYetProven(checkpoint.size)
        if old > size:
            raise Invalid("old", "it is above `size`", "大于 size")
        hashes = await looked_up(connection, merkle.consistency(old, size), size)
        roots = [await _root(connection, each, checkpoint) for each in (old, size)]
    return ConsistencyProof(
        old=old, size=size, old_root=to_text(roots[0]), root=to_text(roots[1]), hashes=list(map(to_text, hashes))
    )


async def looked_up(connection: Connection, ranges: list[Range], size: int) -> list[bytes]:
    """Raises TreeDamaged."""
    try:
        return await tiles.hashes_of(connection, ranges, size)
    except tiles.Missing as missing:
        raise TreeDamaged(missing.tile.path()) from None


async def _root(connection: Connection, size: int, published: Checkpoint) -> bytes:
    if size == published.size:
        return published.root
    return (await looked_up(connection, [(0, size)], size))[0] if size else merkle.EMPTY


async def _index_of(connection: Connection, source: str | None, position: int | None) -> int:
    if source is None or position is None:
        raise Invalid("index", "give it, or source and position", "请给出 index，或者 source 和 position")
    index = await views.index_of(connection, source, position)
    if index is None:
        raise NotFound("fact")
    return index


def to_text(hash: bytes) -> str:
    return b64encode(hash).decode()
