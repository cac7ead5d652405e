"""The log as C2SP tlog-tiles has it: checkpoint, key and hashes open to all, entries for auditors."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field

from services.audit import views
from services.audit.api.asking import Auditor, scope_of
from services.audit.log import tiles
from services.audit.log.publish import Publisher, published
from services.audit.log.removed import refuse_archived_entries
from services.audit.refusals import EntriesWithheld, NothingPublished, TreeDamaged
from services.audit.tables import EXPORT
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.entries import to_entry
from services.audit.tree.notes import Note
from services.audit.tree.tiles import Tile, exists, pack_bundle, read_path
from shared.accesses.opening import taken
from shared.record.database import Connection
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.signed_in import anyone

router = APIRouter(prefix="/log", tags=["log"])
Anyone = Annotated[Call, anyone()]
TilePath = Annotated[str, Path(max_length=80, examples=["0/000", "x001/234.p/17"])]
TEXT = "text/plain; charset=utf-8"
BYTES = "application/octet-stream"
Documented = dict[int | str, dict[str, Any]]
_NOTE: Documented = {200: {"content": {"text/plain": {}}, "description": "text, a line each"}}
_HASHES: Documented = {200: {"content": {BYTES: {}}, "description": "hashes of 32 bytes each"}}
_BUNDLE: Documented = {200: {"content": {BYTES: {}}, "description": "entries, each behind its length in two bytes"}}


class KeyEver(BaseModel):
    key: str = Field(description="a `vkey` (C2SP signed-note)")
    since: datetime = Field(description="when it was first used")
    signs: bool = Field(description="whether it signs now")


class KeysEver(BaseModel):
    items: list[KeyEver]


@router.get("/checkpoint", response_class=Response, responses=_NOTE)
async def checkpoint(call: Anyone) -> Response:
    """The log's size and root, signed by it and cosigned by its witnesses (C2SP tlog-checkpoint)."""
    async with call.runtime.database.plain() as connection:
        note, _ = await last_published(connection)
    return Response(note, media_type=TEXT, headers={"Cache-Control": "no-cache"})


@router.get("/key", response_class=Response, responses=_NOTE)
async def key(call: Anyone) -> Response:
    """The keys that sign checkpoints now, one `vkey` a line (C2SP signed-note)."""
    keys = call.runtime.extra(Publisher).keys
    return Response("".join(f"{key.text()}\n" for key in keys), media_type=TEXT)


@router.get("/keys")
async def keys(call: Anyone) -> KeysEver:
    """Every key that has ever signed a checkpoint, the first one first: what was signed long ago is checked by it."""
    async with call.runtime.database.plain() as connection:
        rows = await views.log_keys(connection)
    now = {key.text() for key in call.runtime.extra(Publisher).keys}
    return KeysEver(items=[KeyEver(**dict(row), signs=row["key"] in now) for row in rows])


@router.get("/witnesses", response_class=Response, responses=_NOTE)
async def witnesses(call: Anyone) -> Response:
    """The keys of the witnesses that are asked, one `vkey` a line. Whoever trusts them has them from themselves."""
    told = [witness.key.text() for witness in call.runtime.extra(Publisher).witnesses]
    return Response("".join(f"{key}\n" for key in told), media_type=TEXT)


@router.get("/tile/entries/{path:path}", response_class=Response, responses=_BUNDLE)
async def entries(path: TilePath, call: Auditor) -> Response:
    """An entry bundle: the facts themselves, exactly as they came."""
    async with call.runtime.database.plain() as connection:
        tile = await _published_tile(connection, f"entries/{path}")
        if await views.is_withheld(connection, scope_of(call), tile.leaves()):
            raise EntriesWithheld
        await refuse_archived_entries(connection, tile.leaves())
        rows = await tiles.read_entries(connection, tile.leaves())
    await taken(call, EXPORT, "entries", len(rows), path)
    bundle = pack_bundle([to_entry(row["headers"], row["value"]) for row in rows])
    return Response(bundle, media_type=BYTES, headers={"Cache-Control": "private, max-age=31536000, immutable"})


@router.get("/tile/{path:path}", response_class=Response, responses=_HASHES)
async def tile(path: TilePath, call: Anyone) -> Response:
    """Hashes of the tree, by level and number."""
    async with call.runtime.database.plain() as connection:
        wanted = await _published_tile(connection, path)
        try:
            [hashes] = (await tiles.read(connection, [wanted])).values()
        except tiles.Missing as missing:
            raise TreeDamaged(missing.tile.path()) from None
    return Response(hashes, media_type=BYTES, headers={"Cache-Control": "public, max-age=31536000, immutable"})


async def last_published(connection: Connection) -> tuple[str, Checkpoint]:
    """The last checkpoint, as a note and as what it says. Raises NothingPublished."""
    note = await published(connection)
    if note is None:
        raise NothingPublished
    return note, Checkpoint.read(Note.read(note).text)


async def _published_tile(connection: Connection, path: str) -> Tile:
    """Raises NotFound for what is no tile of the published log."""
    wanted = read_path(path)
    _, checkpoint = await last_published(connection)
    if wanted is None or not exists(wanted, checkpoint.size):
        raise NotFound("tile")
    return wanted
