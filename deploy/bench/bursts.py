"""Lives that begin on time whatever became of those before: `python -m deploy.bench.bursts`.

The script of seven rates that a peer was measured by and did not survive: calm, three spikes, calm between them.
"""

import asyncio
import sys
import time
from collections import Counter
from dataclasses import asdict, dataclass, field

import orjson
import uvloop

from deploy.bench.life import STEPS, Failed, Spec, live
from deploy.bench.load import percentile
from deploy.bench.wire import Connection, connect

RATES = (1, 15, 1, 25, 2, 35, 10)
"""Lives a second, one phase after the other; the spikes are every second one."""
TOO_MANY = 429
KEPT = 2.0
Pair = tuple[Connection, Connection]


@dataclass
class Result:
    """`phases`: of each its rate, lives begun and done, p95 in ms, slowest; `calm_after`: seconds after each spike."""

    phases: list[dict[str, float]] = field(default_factory=list)
    calm_after: list[float] = field(default_factory=list)
    refused: int = 0
    errors: dict[str, int] = field(default_factory=dict)


@dataclass
class Life:
    phase: int
    began: float
    took: float | None = None


class Bursts:
    """`spec.seconds` is the length of a phase; `times`: all rates times so much."""

    def __init__(self, spec: Spec, times: float) -> None:
        self.spec, self.times = spec, times
        self.lives: list[Life] = []
        self.free: list[tuple[Pair, float]] = []
        self.refused, self.errors = 0, Counter[str]()
        self._run = f"{time.time_ns():x}"

    async def run(self) -> Result:
        tasks: list[asyncio.Task[None]] = []
        begin = time.monotonic()
        for phase, rate in enumerate(RATES):
            count = max(1, round(rate * self.times * self.spec.seconds))
            for number in range(count):
                at = begin + (phase + number / count) * self.spec.seconds
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                tasks.append(asyncio.create_task(self._one(phase, len(tasks))))
        await asyncio.gather(*tasks)
        ends = [begin + (phase + 1) * self.spec.seconds for phase in range(len(RATES))]
        return Result(
            [self._phase(phase) for phase in range(len(RATES))],
            [self._calm_after(phase, ends[phase]) for phase in range(1, len(RATES) - 1, 2)],
            self.refused,
            dict(self.errors),
        )

    async def _one(self, phase: int, number: int) -> None:
        life = Life(phase, time.monotonic())
        self.lives.append(life)
        times = [life.began]
        try:
            pair = await self._pair()
            await live(self.spec, pair, times, f"{self._run}-{number}")
            self.free.append((pair, time.monotonic()))
        except Failed as failed:
            self.free.append((pair, time.monotonic()))
            if failed.args[0] == TOO_MANY:
                self.refused += 1
            else:
                self.errors[f"{STEPS[len(times) - 1]} {failed}"] += 1
        except OSError as error:
            self.errors[type(error).__name__] += 1
        else:
            life.took = times[-1] - life.began

    async def _pair(self) -> Pair:
        """Connections that a life has left just now: the server closes those that rest."""
        while self.free:
            pair, left = self.free.pop()
            if time.monotonic() - left < KEPT and all(connection.usable for connection in pair):
                return pair
        return await connect(self.spec.intake), await connect(self.spec.dispatch)

    def _phase(self, phase: int) -> dict[str, float]:
        begun = [life for life in self.lives if life.phase == phase]
        took = sorted(life.took * 1000 for life in begun if life.took is not None)
        found = {"rate": RATES[phase] * self.times, "begun": len(begun), "done": len(took)}
        return {**found, "p95_ms": percentile(took, 0.95), "slowest_ms": took[-1] if took else 0.0}

    def _calm_after(self, spike: int, end: float) -> float:
        """Until the last life begun after the spike that took half as long again as the calm before all spikes. Of that
        the first life, cold as everything is, says nothing."""
        before = [life.took or 0.0 for life in self.lives if life.phase == 0]
        calm = max(before[1:] or before) * 1.5
        late = [life for life in self.lives if life.phase == spike + 1 and (life.took is None or life.took > calm)]
        return max((life.began + (life.took or 0.0) - end for life in late), default=0.0)


async def main(spec: Spec, times: float) -> Result:
    return await Bursts(spec, times).run()


if __name__ == "__main__":
    given = orjson.loads(sys.stdin.buffer.read())
    times = given.pop("times")
    sys.stdout.buffer.write(orjson.dumps(asdict(uvloop.run(main(Spec(**given), times)))))
