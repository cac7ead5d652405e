"""HTTP of a witness and mirror."""

import time
from typing import Any

from anyio import to_thread
from fastapi import FastAPI, Request, Response

from deploy.witness.copy import LARGEST_BODY, Copy
from deploy.witness.seen import Offered, Refusal, Seen
from deploy.witness.settings import WitnessSettings
from services.audit.tree.notes import BadNote, Note
from services.audit.tree.tiles import read_path

TEXT = "text/plain; charset=utf-8"
LARGEST_CHECKPOINT = 64 * 1024


def create_witness(settings: WitnessSettings) -> FastAPI:
    """Of the logs it is told of, and no other."""
    app = FastAPI(title="见证：审计日志的见证与副本 / Witness: cosigns the audit log and keeps a copy", docs_url=None)
    cosigner, mirror = settings.cosigner(), settings.mirror()
    seen = [Seen(origin, keys, settings.witness_folder, cosigner) for origin, keys in settings.logs().items()]
    copies = {each.folder.name: Copy(each, mirror) for each in seen}
    by_origin = {each.seen.origin: each for each in copies.values()}

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> Response:
        return Response(refusal.text, refusal.status, media_type=refusal.kind)

    @app.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        offered = Offered.read(await _body(request, LARGEST_CHECKPOINT))
        origin = offered.note.text.partition("\n")[0]
        if origin not in by_origin:
            raise Refusal(404, "a log that is not watched here\n")
        line = await to_thread.run_sync(by_origin[origin].seen.add, offered, time.time)
        return Response(line, media_type=TEXT)

    @app.post("/add-entries")
    async def add_entries(request: Request) -> Response:
        body = await _body(request, LARGEST_BODY)
        origin = body[2 : 2 + int.from_bytes(body[:2])].decode(errors="replace")
        if origin not in by_origin:
            raise Refusal(404, "a log that is not watched here\n")
        line = await to_thread.run_sync(by_origin[origin].add, body, time.time())
        return Response(line, media_type=TEXT)

    @app.get("/{hashed}/checkpoint")
    async def checkpoint(hashed: str) -> Response:
        return _note(copies[hashed].seen.note if hashed in copies else None)

    @app.get("/mirror/{hashed}/checkpoint")
    async def mirrored(hashed: str) -> Response:
        return _note(copies[hashed].note if hashed in copies else None)

    @app.get("/mirror/{hashed}/tile/{path:path}")
    async def tile(hashed: str, path: str) -> Response:
        """Hashes only: entries are for auditors, who read them at the log itself."""
        wanted = read_path(path)
        if hashed not in copies or wanted is None or wanted.level is None or not copies[hashed].path(wanted).is_file():
            raise Refusal(404, "no such tile\n")
        data = await to_thread.run_sync(copies[hashed].path(wanted).read_bytes)
        return Response(data, media_type="application/octet-stream")

    @app.get("/readyz")
    async def readyz() -> dict[str, Any]:
        return {"ready": True, "logs": {origin: each.size for origin, each in by_origin.items()}}

    return app


async def _body(request: Request, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise Refusal(413, "too large\n")
    return bytes(body)


def _note(note: str | None) -> Response:
    if note is None:
        raise Refusal(404, "no checkpoint of that log\n")
    try:
        Note.read(note)
    except BadNote as wrong:
        raise Refusal(500, f"what is kept is no checkpoint: {wrong}\n") from wrong
    return Response(note, media_type=TEXT, headers={"Cache-Control": "no-cache"})
