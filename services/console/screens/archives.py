"""Archives of the log: closed years in files that anybody can verify; archived here, followed, and taken away."""

from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments
from nicegui.events import GenericEventArguments

from services.console.desk import Desk
from services.console.look.following import Following
from services.console.look.screen import screen

PATH = "/v1/archives"
SUBMITTED = "(e) => { e.preventDefault(); emit(e.target.querySelector('[name=year]').value); }"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    archives = _Archives(desk)

    async def begin(event: GenericEventArguments) -> None:
        if str(event.args).isdecimal():
            await archives.begin("audit", f"{PATH}/{event.args}")

    (await archives.show()).on("submit", begin, js_handler=SUBMITTED)


class _Archives(Following):
    template = "archives"

    async def read(self) -> Mapping[str, Any]:
        found = await self.desk.caller.get("audit", PATH)
        rows, more = list(found["items"]), found["next"]
        while more:
            page = await self.desk.caller.get("audit", PATH, {"cursor": more})
            rows, more = [*rows, *page["items"]], page["next"]
        may_take = self.desk.person.is_any("auditor")
        return {"about": found, "running": found["running"], "rows": rows, "may_take": may_take}
