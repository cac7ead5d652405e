"""Whether the log is whole: its checkpoint and witness, the inspection, alarms, and how far each source is."""

import asyncio
from collections.abc import Mapping
from typing import Any

from nicegui import PageArguments

from services.console.desk import Desk
from services.console.look.following import Following
from services.console.look.screen import screen

BEGUN = "(e) => e.target.closest('[data-inspect]') && emit()"


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    proof = _Proof(desk)
    (await proof.show()).on("click", lambda: proof.begin("audit", "/v1/inspection"), js_handler=BEGUN)


class _Proof(Following):
    template = "integrity"

    async def read(self) -> Mapping[str, Any]:
        ask = self.desk.caller
        checkpoint, alarms, gaps, inspection = await asyncio.gather(
            ask.read("audit", "/log/checkpoint"),
            ask.get("audit", "/v1/alarms", {"limit": 20}),
            ask.get("audit", "/v1/gaps"),
            ask.get("audit", "/v1/inspection"),
        )
        lines = checkpoint.text.splitlines()
        signers = [line.split(" ")[1] for line in lines if line.startswith("— ")]
        about = {"origin": lines[0], "size": int(lines[1]), "root": lines[2], "signers": signers}
        found = {"checkpoint": about, "alarms": alarms["items"], "gaps": gaps["items"], "sources": gaps["sources"]}
        return {**found, "inspection": inspection, "running": inspection["running"]}
