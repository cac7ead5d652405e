"""Whether the log is whole: its checkpoint and witness, the inspection, alarms, how far each source is; and whether
what every service holds is what its facts give: the rebuild."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments
from nicegui.events import GenericEventArguments

from services.console.desk import Desk
from services.console.look.following import Following
from services.console.look.screen import screen

BEGUN = "(e) => { const b = e.target.closest('[data-begin]'); b && emit(b.dataset.begin); }"
JOBS = {"inspection": "/v1/inspection", "rebuild": "/v1/rebuilds"}


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    proof = _Proof(desk)

    async def begin(event: GenericEventArguments) -> None:
        if event.args in JOBS:
            await proof.begin("audit", JOBS[event.args])

    (await proof.show()).on("click", begin, js_handler=BEGUN)


class _Proof(Following):
    template = "integrity"

    async def read(self) -> Mapping[str, Any]:
        ask = self.desk.caller
        checkpoint, alarms, gaps, inspection, rebuilds = await asyncio.gather(
            ask.read("audit", "/log/checkpoint"),
            ask.get("audit", "/v1/alarms", {"limit": 20}),
            ask.get("audit", "/v1/gaps"),
            ask.get("audit", "/v1/inspection"),
            ask.get("audit", "/v1/rebuilds", {"limit": 10}),
        )
        lines = checkpoint.text.splitlines()
        signers = [line.split(" ")[1] for line in lines if line.startswith("— ")]
        about = {"origin": lines[0], "size": int(lines[1]), "root": lines[2], "signers": signers}
        found = {"checkpoint": about, "alarms": alarms["items"], "gaps": gaps["items"], "sources": gaps["sources"]}
        running = inspection["running"] or rebuilds["running"]
        return {**found, "inspection": inspection, "rebuilds": rebuilds, "running": running}
