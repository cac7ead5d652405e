"""P3 and its spikes at a million cases beside the same at ten thousand."""

import os
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from deploy.bench import bursts, life, processes
from deploy.bench.figures import Figure
from deploy.bench.lists import FEW, MANY, filled
from deploy.bench.lives import CALM_WITHIN, spec
from deploy.bench.processes import until
from deploy.bench.stage import Stage
from deploy.registry import SERVICES

PAIRS = 5
LEAST_TIMES = 0.9


@dataclass
class Run:
    """A whole run of its own, filled with so many cases."""

    stage: Stage
    lives: list[life.Result] = field(default_factory=list)
    spikes: list[bursts.Result] = field(default_factory=list)

    def live(self, seconds: float) -> None:
        self.lives.append(life.Result(**processes.ask("deploy.bench.life", asdict(spec(self.stage, seconds)))))
        self._rest()

    def burst(self, seconds: float) -> None:
        given = {**asdict(spec(self.stage, seconds)), "times": 1.0}
        self.spikes.append(bursts.Result(**processes.ask("deploy.bench.bursts", given)))
        self._rest()

    def _rest(self) -> None:
        """So that nothing of it runs while the other is measured."""
        until(lambda: self.stage.settled(*SERVICES), "every service has heard everything", 300)


def measure(seconds: float) -> Sequence[Figure]:
    """Two runs beside each other, filled alike but for how many, in pairs of which now one comes first, now the other:
    what else this machine does meets both. The spikes come first, as each run is fresh."""
    with Stage(list(SERVICES)) as small, Stage(list(SERVICES)) as great:
        few, many = Run(small), Run(great)
        for run, cases in ((few, FEW), (many, MANY)):
            for name in ("intake", "dispatch"):
                run.stage.until_district(name)
            filled(run.stage, cases)
        for run in (few, many):
            run.burst(seconds)
        for pair in range(PAIRS):
            for run in (few, many) if pair % 2 else (many, few):
                run.live(seconds)
    return [rate(few.lives, many.lives, seconds), spikes(few.spikes[0], many.spikes[0])]


def rate(few: Sequence[life.Result], many: Sequence[life.Result], seconds: float) -> Figure:
    """By the median of the pairs' ratios: what slows the machine for a while slows both of a pair."""
    cores = os.cpu_count() or 1
    small, great = ([each.lives / seconds / cores for each in results] for results in (few, many))
    ratio = statistics.median(g / s for g, s in zip(great, small, strict=True))
    errors = [each.errors for each in (*few, *many) if each.errors]
    more = {
        "few_rates": [round(each, 2) for each in small],
        "many_rates": [round(each, 2) for each in great],
        "few_p50_ms": _medians(few),
        "many_p50_ms": _medians(many),
        "errors": errors,
    }
    return Figure(
        "P3_size", f"life cycle at {MANY:,} cases beside {FEW:,}", statistics.median(great), "lives/s per core",
        statistics.median(small), ratio, f"≥ {LEAST_TIMES:g} ×", ratio >= LEAST_TIMES and not errors, more,
    )  # fmt: skip


def _medians(results: Sequence[life.Result]) -> dict[str, float]:
    return {step: round(statistics.median(each.p50[step] for each in results), 1) for step in results[0].p50}


def spikes(few: bursts.Result, many: bursts.Result) -> Figure:
    longest = max(many.calm_after)
    more = {
        "few_phases": few.phases,
        "many_phases": many.phases,
        "calm_after_s": many.calm_after,
        "refused_429": many.refused,
        "errors": many.errors,
    }
    return Figure(
        "P3_spikes_size", f"seconds after a spike until calm, {MANY:,} cases; errors none", longest, "s",
        max(few.calm_after), target=f"≤ {CALM_WITHIN:g} s, no errors",
        met=longest <= CALM_WITHIN and not many.errors, more=more,
    )  # fmt: skip
