"""Scripts, styles and fonts, compressed once: what a new browser waits for before it shows anything."""

import re

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_BUILT = re.compile(r"/_nicegui/[^/]+/(static|components|libraries|resources|esm)/")
"""What NiceGUI serves by its version, and never changes."""
ASKED = ("range", "if-none-match", "if-modified-since")
"""With any of these headers the answer is not the whole file."""


class KeptFiles:
    """Passes on the first answer for each file, and gives the same bytes to everybody after that."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._kept: dict[tuple[str, bool], tuple[Message, bytes]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        key = _key(scope)
        if key is None:
            await self.app(scope, receive, send)
        elif (kept := self._kept.get(key)) is not None:
            start, body = kept
            await send({**start, "headers": list(start["headers"])})
            await send({"type": "http.response.body", "body": body})
        else:
            await self._first(key, scope, receive, send)

    async def _first(self, key: tuple[str, bool], scope: Scope, receive: Receive, send: Send) -> None:
        start: Message = {}
        body: list[bytes] = []

        async def sending(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body.append(message.get("body", b""))
                if not message.get("more_body") and start.get("status") == 200:
                    self._kept[key] = ({**start, "headers": list(start["headers"])}, b"".join(body))
            await send(message)

        await self.app(scope, receive, sending)


def _key(scope: Scope) -> tuple[str, bool] | None:
    """The file, and whether the browser takes it compressed; None for anything else."""
    if scope["type"] != "http" or scope["method"] != "GET" or not _is_file(scope["path"]):
        return None
    headers = Headers(scope=scope)
    if any(name in headers for name in ASKED):
        return None
    return scope["path"], "gzip" in headers.get("accept-encoding", "")


def _is_file(path: str) -> bool:
    return path.startswith("/static/") or _BUILT.match(path) is not None
