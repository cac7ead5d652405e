"""P8: lists, boards and searches at a million cases beside the same at ten thousand."""

import asyncio
import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

import asyncpg
import httpx

from deploy.bench.figures import Figure
from deploy.bench.stage import Stage
from deploy.embedded import keyring
from deploy.generator.filling import fill

FEW = 10_000
MANY = int(os.environ.get("LIANZHI_BENCH_CASES", "1000000"))
ROUNDS, WARM = 40, 5
MOST_MS, MOST_TIMES = 30.0, 1.5
SERVICES = ("directory", "dispatch")
WHO = {"office": "city.tang", "street": "subdistrict.gu", "district": "supervise.mao"}
"""A handler of the busiest office, one of a street's office, and the supervisor of the whole district."""
WHAT: Mapping[str, tuple[str, str]] = {
    "worklist": ("worklist of 100", "handoffs?limit=100"),
    "board": ("board: cases by kind and state", "figures/cases"),
    "map": ("board: open cases by place", "map/cases"),
    "late": ("late clocks", "clocks?overdue=true"),
    "cases": ("cases, newest first", "cases"),
    "states": (
        "cases by state, place and dates",
        "cases?status=closed&area=500104002&opened_from={year}-01-01T00:00:00Z",
    ),
    "overdue": ("a department's overdue cases", "cases?department=city_management_bureau&overdue=true"),
    "matter": ("cases of a matter in a grid", "cases?category=sanitation.drain&area=50010400200303"),
    "colour": ("cases with a red clock", "cases?colour=red"),
    "offer": ("cases that need an offer", "cases?needs_offer=true"),
    "search": ("search by words", "cases?q=下水道 跃进村"),
    "code": ("search by the beginning of a code", "cases?q=500104-{month}"),
}
Times = Mapping[tuple[str, str], float]


def measure(seconds: float) -> Sequence[Figure]:
    """`seconds` does not matter: each question is put so many times. One run, filled twice."""
    with Stage(SERVICES) as stage:
        stage.until_district("dispatch")
        filled(stage, FEW)
        few = _asked(stage)
        filled(stage, MANY)
        many = _asked(stage)
    return [_figure(what, few, many) for what in WHAT]


def filled(stage: Stage, cases: int) -> None:
    asyncio.run(_fill(stage.admin_url, cases))


def _asked(stage: Stage) -> Times:
    passwords = stage.secrets[keyring.DEMO]
    directory, dispatch = (stage.addresses.url(name) for name in SERVICES)
    found: dict[tuple[str, str], float] = {}
    with httpx.Client(trust_env=False, timeout=60) as client:
        for who, username in WHO.items():
            form = {"grant_type": "password", "username": username, "password": passwords}
            token = client.post(f"{directory}/v1/token", data=form).raise_for_status().json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            for what, (_, path) in WHAT.items():
                now = datetime.now(UTC)
                url = f"{dispatch}/v1/{path.format(year=now.year, month=f'{now:%y%m}')}"
                found[what, who] = _median(partial(_ask, client, url))
    return found


async def _fill(url: str, cases: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, cases, seed=1, at=datetime.now(UTC))
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _ask(client: httpx.Client, url: str) -> None:
    client.get(url).raise_for_status()


def _median(ask: Callable[[], object]) -> float:
    """Milliseconds of one question after the other, the first few aside."""
    took = []
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[WARM:])


def _figure(what: str, few: Times, many: Times) -> Figure:
    """Of the profile that takes longest at the greater size; all of them go to the file."""
    who = max(WHO, key=lambda each: many[what, each])
    slow, floor = many[what, who], few[what, who]
    worst = max(many[what, each] / few[what, each] for each in WHO)
    more = {f"{size}_{each}_ms": times[what, each] for each in WHO for size, times in (("few", few), ("many", many))}
    met = slow <= MOST_MS and worst <= MOST_TIMES
    return Figure(
        f"P8_{what}", f"{WHAT[what][0]}, {MANY:,} cases beside {FEW:,}", slow, f"ms, p50, {who}",
        floor, worst, f"≤ {MOST_TIMES:g} ×, ≤ {MOST_MS:g} ms", met, more,
    )  # fmt: skip
