"""Clients of P3, each taking one report after the other through its life: `python -m deploy.bench.life`."""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from itertools import pairwise

import orjson
import uvloop

from deploy.bench.load import percentile
from deploy.bench.wire import Connection, connect, request

STEPS = ("create", "accept", "complete", "find")
REPORT = {
    "category": "sanitation.garbage",
    "area": "50010400200301",
    "text": "五栋旁边的垃圾收集点已经三天没有清运，污水流到路面，气味很大，请尽快安排清运和冲洗。",
    "channel": "hotline",
    "reporter": {"name": "陈某某", "phone": "199-0000-0001"},
    "accept": True,
}
RESULT = {"result": "已清运并冲洗，现场拍照留存，收集点改为每日两次清运，报料人确认。"}


@dataclass(frozen=True)
class Spec:
    """Ports of the services, tokens of the two people, and for how long."""

    intake: int
    dispatch: int
    clerk: str
    handler: str
    clients: int
    seconds: float
    warm: float


@dataclass
class Result:
    """Lives of four answers of 2xx; latencies in milliseconds, of each step and of the whole."""

    lives: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    p50: dict[str, float] = field(default_factory=dict)
    p99: dict[str, float] = field(default_factory=dict)


class Failed(Exception):
    """An answer that was not 2xx."""


class Lives:
    def __init__(self, spec: Spec) -> None:
        self.spec = spec
        self.took: dict[str, list[float]] = {step: [] for step in (*STEPS, "life")}
        self.errors: Counter[str] = Counter()
        begin = time.monotonic()
        self.counted_from, self.end = begin + spec.warm, begin + spec.warm + spec.seconds
        self._numbers = iter(range(sys.maxsize))
        self._run = f"{time.time_ns():x}"

    async def run(self) -> Result:
        await asyncio.gather(*(self._client() for _ in range(self.spec.clients)))
        ordered = {step: sorted(values) for step, values in self.took.items()}
        return Result(
            len(ordered["life"]),
            dict(self.errors),
            {step: percentile(values, 0.5) for step, values in ordered.items()},
            {step: percentile(values, 0.99) for step, values in ordered.items()},
        )

    async def _client(self) -> None:
        intake, dispatch = await connect(self.spec.intake), await connect(self.spec.dispatch)
        while time.monotonic() < self.end:
            times = [time.monotonic()]
            try:
                await live(self.spec, (intake, dispatch), times, f"{self._run}-{next(self._numbers)}")
            except Failed as failed:
                self.errors[f"{STEPS[len(times) - 1]} {failed}"] += 1
            except OSError as error:
                self.errors[type(error).__name__] += 1
                return
            if len(times) > len(STEPS) and self.counted_from <= times[-1] < self.end:
                self._count(times)
        intake.close()
        dispatch.close()

    def _count(self, times: list[float]) -> None:
        for step, (began, ended) in zip(STEPS, pairwise(times), strict=True):
            self.took[step].append((ended - began) * 1000)
        self.took["life"].append((times[-1] - times[0]) * 1000)


async def live(spec: Spec, to: tuple[Connection, Connection], times: list[float], key: str) -> None:
    """One life through intake and dispatch: the time of each answer joins `times`. Raises Failed, OSError."""
    intake, dispatch = to
    by_clerk = {"Authorization": f"Bearer {spec.clerk}", "Idempotency-Key": key}
    by_handler = {"Authorization": f"Bearer {spec.handler}"}
    made = await _ask(intake, times, "POST", "/v1/reports", by_clerk, REPORT)
    case = orjson.loads(made)["case_id"]
    waiting = by_handler | {"Prefer": "wait=10"}
    await _ask(dispatch, times, "POST", f"/v1/handoffs/{case}.1/accept", waiting)
    await _ask(dispatch, times, "POST", f"/v1/handoffs/{case}.1/complete", by_handler, RESULT)
    await _ask(dispatch, times, "GET", f"/v1/cases/{case}", by_handler)


async def _ask(
    connection: Connection,
    times: list[float],
    method: str,
    path: str,
    headers: dict[str, str],
    body: object = None,
) -> bytes:
    given = b"" if body is None else orjson.dumps(body)
    status, answer = await connection.ask(request(method, path, given, headers))
    if not 200 <= status < 300:
        raise Failed(status)
    times.append(time.monotonic())
    return answer


async def main(spec: Spec) -> Result:
    return await Lives(spec).run()


if __name__ == "__main__":
    found = uvloop.run(main(Spec(**orjson.loads(sys.stdin.buffer.read()))))
    sys.stdout.buffer.write(orjson.dumps(asdict(found)))
