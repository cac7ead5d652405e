"""P3: four calls take a case through its life, each durable before its answer, with every service running."""

import os
from collections.abc import Sequence
from dataclasses import asdict

import httpx
import psutil

from deploy.bench import bursts, life, processes
from deploy.bench.figures import Figure
from deploy.bench.processes import until
from deploy.bench.stage import Stage
from deploy.embedded import keyring
from deploy.embedded.forks import TITLE
from deploy.registry import SERVICES

CLIENTS = 48
CLERK, HANDLER = "clerk.liu", "city.tang"
DIGIT = 2.3
WANTED = 100.0
CALM_WITHIN = 30.0


def measure(seconds: float) -> Sequence[Figure]:
    """Also how long the second start takes, and the memory after the load."""
    with Stage(list(SERVICES)) as stage:
        stage.stop()
        again = stage.start()
        for name in ("intake", "dispatch"):
            stage.until_district(name)
        burst = {**asdict(spec(stage, seconds)), "times": 1.0}
        bursts_result = bursts.Result(**processes.ask("deploy.bench.bursts", burst))
        result = life.Result(**processes.ask("deploy.bench.life", asdict(spec(stage, seconds))))
        behind = until(lambda: stage.settled(*SERVICES), "every service has heard everything", 300)
        memory = _memory(stage)
    return [_figure(result, seconds, behind), _spikes(bursts_result), *_others(again, memory)]


def spec(stage: Stage, seconds: float) -> life.Spec:
    return life.Spec(
        stage.addresses.port("intake"),
        stage.addresses.port("dispatch"),
        _token(stage, CLERK),
        _token(stage, HANDLER),
        CLIENTS,
        seconds,
        min(3.0, seconds / 4),
    )


def _token(stage: Stage, username: str) -> str:
    form = {"grant_type": "password", "username": username, "password": stage.secrets[keyring.DEMO]}
    answer = httpx.post(f"{stage.addresses.url('directory')}/v1/token", data=form, timeout=30, trust_env=False)
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def _memory(stage: Stage) -> tuple[float, float]:
    """MiB: what all processes occupy, shared pages counted once (PSS); and what the services do."""
    everything, services = 0, 0
    for process in stage.processes():
        try:
            used = process.memory_full_info().pss
        except psutil.NoSuchProcess:
            continue
        everything += used
        services += used if " ".join(process.cmdline()).startswith(TITLE) else 0
    return everything / 2**20, services / 2**20


def _figure(result: life.Result, seconds: float, behind: float) -> Figure:
    cores = os.cpu_count() or 1
    rate = result.lives / seconds / cores
    more = {
        "lives": result.lives,
        "clients": CLIENTS,
        "cores": cores,
        "errors": result.errors,
        "p50_ms": {step: round(value, 1) for step, value in result.p50.items()},
        "p99_ms": {step: round(value, 1) for step, value in result.p99.items()},
        "all_heard_after_s": behind,
    }
    return Figure(
        "P3", "life cycle of four calls, all services running", rate, "lives/s per core",
        DIGIT, rate / DIGIT, f"≥ {WANTED:g}/s per core", rate >= WANTED and not result.errors, more,
    )  # fmt: skip


def _spikes(result: bursts.Result) -> Figure:
    """Nothing but answers, or a clear refusal, in the spikes, and calm soon after each."""
    longest = max(result.calm_after)
    more = {"phases": result.phases, "calm_after_s": result.calm_after, "refused_429": result.refused}
    return Figure(
        "P3_spikes", "seconds after a spike until calm; errors none", longest, "s",
        target=f"≤ {CALM_WITHIN:g} s, no errors", met=longest <= CALM_WITHIN and not result.errors,
        more={**more, "errors": result.errors},
    )  # fmt: skip


def _others(again: float, memory: tuple[float, float]) -> list[Figure]:
    everything, services = memory
    return [
        Figure("P10_start", "second start until everything is ready", again, "s"),
        Figure(
            "P10_memory", "memory of the whole run after the load", everything, "MiB, PSS",
            target="≤ 2,048 MiB", met=everything <= 2048, more={"services": services},
        ),
    ]  # fmt: skip
