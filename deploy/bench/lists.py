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
    "handoffs": ("board: open hand-offs by department and colour", "figures/handoffs"),
    "month": ("cases of a month, counted", "figures/cases?opened_from={year}-{last:02d}-01T00:00:00Z"),
    "department": ("cases of a department, counted", "figures/cases?department=city_management_bureau"),
    "answered": ("what reporters answered, counted", "figures/follow-up"),
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
Rows = dict[tuple[str, str], int]


def measure(seconds: float) -> Sequence[Figure]:
    """`seconds` does not matter: each question is put so many times. One run, filled twice."""
    with Stage(SERVICES) as stage:
        stage.until_district("dispatch")
        filled(stage, FEW)
        few, rows = _asked(stage, {})
        filled(stage, MANY)
        many, _ = _asked(stage, {})
        alike, _ = _asked(stage, rows)
    return [_figure(what, few, many, alike) for what in WHAT]


def filled(stage: Stage, cases: int) -> None:
    asyncio.run(_fill(stage.admin_url, cases))


def _asked(stage: Stage, rows: Mapping[tuple[str, str], int]) -> tuple[Times, Rows]:
    """Milliseconds of each question, and how many rows its page had; `rows`: how many to ask for, else a full page."""
    passwords = stage.secrets[keyring.DEMO]
    directory, dispatch = (stage.addresses.url(name) for name in SERVICES)
    found: dict[tuple[str, str], float] = {}
    had: Rows = {}
    with httpx.Client(trust_env=False, timeout=60) as client:
        for who, username in WHO.items():
            form = {"grant_type": "password", "username": username, "password": passwords}
            token = client.post(f"{directory}/v1/token", data=form).raise_for_status().json()["access_token"]
            client.headers["Authorization"] = f"Bearer {token}"
            for what, (_, path) in WHAT.items():
                now = datetime.now(UTC)
                url = httpx.URL(f"{dispatch}/v1/{path.format(year=now.year, month=f'{now:%y%m}', last=now.month)}")
                if rows.get((what, who)):
                    url = url.copy_set_param("limit", rows[what, who])
                answer = client.get(url).raise_for_status().json()
                had[what, who] = len(answer["items"]) if "next" in answer else 0
                found[what, who] = _median(partial(_ask, client, url))
    return found, had


async def _fill(url: str, cases: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, cases, seed=1, at=datetime.now(UTC))
        await connection.execute("VACUUM (ANALYZE)")  # as a database is in which these cases came one by one
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()


def _ask(client: httpx.Client, url: httpx.URL) -> None:
    client.get(url).raise_for_status()


def _median(ask: Callable[[], object]) -> float:
    """Milliseconds of one question after the other, the first few aside."""
    took = []
    for _ in range(WARM + ROUNDS):
        began = time.perf_counter()
        ask()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took[WARM:])


def _figure(what: str, few: Times, many: Times, alike: Times) -> Figure:
    """The figure is a full page's, of the profile that takes longest at the greater size; all of them go to the file.

    The ratio is between pages of as many rows: a filter that finds three cases of ten thousand and a page of a million
    would compare the rows that are sent, not the search for them.
    """
    who = max(WHO, key=lambda each: many[what, each])
    slow, floor = many[what, who], few[what, who]
    worst = max(alike[what, each] / few[what, each] for each in WHO)
    sizes = (("few", few), ("many", many), ("alike", alike))
    more = {f"{size}_{each}_ms": times[what, each] for each in WHO for size, times in sizes}
    met = slow <= MOST_MS and worst <= MOST_TIMES
    return Figure(
        f"P8_{what}", f"{WHAT[what][0]}, {MANY:,} cases beside {FEW:,}", slow, f"ms, p50, {who}",
        floor, worst, f"≤ {MOST_TIMES:g} ×, ≤ {MOST_MS:g} ms", met, more,
    )  # fmt: skip
