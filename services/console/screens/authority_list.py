"""The authority list from a table: what it would change, row by row, before anything is changed."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nicegui import events, run, ui

from services.console.desk import Desk
from services.console.look.screen import answered, piece
from shared.sheets import authorities
from shared.sheets.sheets import Unreadable
from shared.world.world import new_id

LARGEST = 5_000_000


def show(desk: Desk) -> None:
    with ui.element("div").classes("card body-pad stack"):
        _Import(desk).show()


class _Import:
    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.rows: list[dict[str, Any]] = []
        self.previewed: Mapping[str, Any] = {}

    def show(self) -> None:
        desk = self.desk
        piece(desk, "authority_head")
        # Quasar's own field cannot be named for a screen reader: a button of ours opens it.
        upload = ui.upload(auto_upload=True, max_file_size=LARGEST, on_upload=self._read)
        upload.props('accept=".csv,.xlsx,.xlsm"').style("display: none")
        with ui.element("div").classes("actions"):
            ui.button(desk.say("authority.file"), on_click=lambda: upload.run_method("pickFiles")).props(
                "unelevated no-caps"
            )
        self.revoke = ui.checkbox(desk.say("authority.revoke"), on_change=self._preview)
        self.place = ui.element("div").classes("stack")

    async def _read(self, event: events.UploadEventArguments) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"list{Path(event.file.name).suffix.lower()}"
            await event.file.save(path)
            try:
                read = await run.io_bound(authorities.read, path)
            except (Unreadable, ValueError) as unreadable:
                ui.notify(str(unreadable), type="negative", position="top", timeout=8000, close_button="×")
                return
        self.rows = list(read.rows) if read else []
        await self._preview()

    async def _preview(self) -> None:
        if self.rows:
            await self._ask("preview", {"rows": self.rows, "revoke_missing": self.revoke.value})

    async def _apply(self) -> None:
        about = {"rows": self.rows, "revoke_missing": self.revoke.value, "as_of": self.previewed["as_of"]}
        await self._ask("apply", about)

    async def _ask(self, what: str, body: Mapping[str, Any]) -> None:
        key = new_id() if what == "apply" else None
        previewed = await answered(self.desk.caller.post("directory", f"/v1/authorities/{what}", body, key))
        if previewed is None:
            return
        self.previewed = previewed
        self.place.clear()
        with self.place:
            piece(self.desk, "authority_preview", found=self.previewed)
            if not self.previewed["applied"]:
                ui.button(self.desk.say("authority.apply"), on_click=self._apply).props("unelevated no-caps")
