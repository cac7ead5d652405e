"""One end of P2's hop: the real runtime of `intake` or `dispatch`, with a stopwatch at its commits.

`python -m deploy.bench.hop SERVICE` takes lines of JSON and answers each with one. Times are of the machine's
monotonic clock, in seconds.
"""

import asyncio
import sys
import time
from typing import Any

import orjson
import structlog
import uvloop

from deploy.registry import load_service
from services.intake.model.commands import AcceptReport, RegisterReport
from services.intake.tables import REPORT
from shared.contents.contents import keep_text
from shared.facts.envelope import Trail
from shared.procedure.actor import RESIDENT, Actor, Post, Role
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.record.rows import Row
from shared.web.runtime import Runtime
from shared.web.settings import Settings
from shared.world.world import new_id

CLERK = Actor("bench", (Post(Role.CLERK, "governance_center", ""),), "governance_center")
AT_ONCE = 256


class Timed(Runtime):
    """Remembers when each key was first committed since `times` was emptied."""

    times: dict[str, float]

    def after_commit(self, keys: set[str], facts: bool = True) -> None:
        now = time.monotonic()
        super().after_commit(keys, facts)
        for key in keys:
            self.times.setdefault(key, now)


class End:
    """Answers the lines."""

    def __init__(self, runtime: Timed) -> None:
        self.runtime = runtime
        self.reports: list[tuple[str, str]] = []

    async def answer(self, line: dict[str, Any]) -> dict[str, Any]:
        match line["do"]:
            case "ready":
                return {"joined": self.runtime.listener.joined}
            case "register":
                await self._register(line["count"])
                return {}
            case "accept":
                return await self._accept(line["rate"])
            case "begin":
                self.runtime.times.clear()
                return {}
            case _:
                return {"times": self.runtime.times}

    async def _register(self, count: int) -> None:
        self.reports = [(new_id(), new_id()) for _ in range(count)]
        for at in range(0, count, AT_ONCE):
            some = self.reports[at : at + AT_ONCE]
            await asyncio.gather(*(self._record(id, *self._registering(id, case)) for id, case in some))

    def _registering(self, id: str, case_id: str) -> tuple[Command, Row]:
        now = self.runtime.now()
        text, row = keep_text(self.runtime.vault, id, "narrative", "路灯不亮，晚上看不清。", now)
        command = RegisterReport(
            at=now,
            actor=RESIDENT,
            report_id=id,
            case_id=case_id,
            receipt_no=id,
            category="sanitation.garbage",
            area="50010400200301",
            channel="web",
            contents=(text,),
        )
        return command, row

    async def _accept(self, rate: float) -> dict[str, Any]:
        """Each at its time, whether or not those before are done."""
        began, running = time.monotonic(), []
        for number, (id, _) in enumerate(self.reports):
            left = began + number / rate - time.monotonic()
            if left > 0:
                await asyncio.sleep(left)
            command = AcceptReport(at=self.runtime.now(), actor=CLERK)
            running.append(asyncio.create_task(self._record(id, command)))
        await asyncio.gather(*running)
        took = time.monotonic() - began
        return {"cases": [case for _, case in self.reports], "rate": len(self.reports) / took}

    async def _record(self, id: str, command: Command, *rows: Row) -> None:
        await self.runtime.recorder.record(Request((Write(REPORT, id, [command], also=rows),), Trail()))


async def main(name: str) -> None:
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        wrapper_class=structlog.make_filtering_bound_logger(30),
    )
    runtime = Timed(load_service(name), Settings())
    runtime.times = {}
    await runtime.start()
    end = End(runtime)
    while line := await asyncio.to_thread(sys.stdin.buffer.readline):
        sys.stdout.buffer.write(orjson.dumps(await end.answer(orjson.loads(line))) + b"\n")
        sys.stdout.buffer.flush()
    await runtime.stop()


if __name__ == "__main__":
    uvloop.run(main(sys.argv[1]))
