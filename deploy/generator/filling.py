"""Into dispatch's tables: what is made, in which order, and where not."""

from bisect import bisect
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import accumulate
from random import Random
from typing import Any, TypeVar

import asyncpg
from sqlalchemy import Table

from deploy.generator.district import District, Matter, known
from deploy.generator.logs import STAGE
from deploy.generator.shapes import CLOSED, OPEN, Shape
from deploy.generator.stories import Story
from deploy.generator.weaving import BESIDE, MARK, TABLES, Pattern, pattern
from services.dispatch.tables import TALLIES
from services.dispatch.tallies import RECOUNT
from shared.refusals.refusals import Refused

T = TypeVar("T")
YEARS = 4
PORTION = 5_000
WEEK = timedelta(weeks=1)
OVER_AFTER = timedelta(days=70)
"""By then a case that ends has ended: so long ago the youngest closed one began."""


_OTHERS = """
SELECT EXISTS (SELECT FROM dispatch.cases WHERE NOT starts_with(id, $1)) OR EXISTS (SELECT FROM dispatch.timeline)
    OR EXISTS (SELECT FROM dispatch.log WHERE aggregate = 'case' AND version = 1)
    OR EXISTS (SELECT FROM dispatch.pending WHERE aggregate = 'case' AND version = 1)
"""


class HoldsOthers(Exception):
    """There are cases or reports that were not made here, or facts of cases: nothing was touched."""


@dataclass
class Plan:
    """Which case comes next, by chance of one seed; the oldest first."""

    district: District
    cases: int
    seed: int
    facts: bool = False
    _patterns: dict[tuple[str, Matter, float], Pattern | None] = field(default_factory=dict)

    def made(self) -> Iterator[tuple[str, ...]]:
        """The lines of each table, a case at a time."""
        random, now = Random(self.seed), self.district.at  # noqa: S311
        matters = _skewed(self.district.matters())
        closed, going = (_by_share(shapes) for shapes in (CLOSED, OPEN))
        ending = round(self.cases * sum(s.share for s in CLOSED) / sum(s.share for s in (*CLOSED, *OPEN)))
        span = timedelta(days=365 * YEARS) - OVER_AFTER
        for number in range(self.cases):
            woven, places = None, tuple[str, ...]()
            while woven is None:
                shape, matter = (closed if number < ending else going)(random), matters(random)
                woven, places = self._pattern(shape, matter, random.choice(shape.days or (0.0,))), matter.places
            if number < ending:
                wanted = now - OVER_AFTER - span * (1 - number / ending)
                shift = WEEK * round((wanted - woven.opened_at) / WEEK) + timedelta(minutes=random.randrange(-200, 200))
            else:
                room = min(now - woven.last, timedelta(hours=20))
                shift = timedelta(seconds=random.random() * room.total_seconds())
            opened = int((woven.opened_at + shift).timestamp())
            id = f"{MARK}{opened:09x}-{number:07x}-{random.getrandbits(32):08x}"
            yield woven.made(id, _skewed(places)(random), shift, self.facts)

    def _pattern(self, shape: Shape, matter: Matter, days: float) -> Pattern | None:
        """Walked when it is first wanted; None for a way that the rules close to such a matter."""
        about = shape.name, matter, days
        if about not in self._patterns:
            self._patterns[about] = self._walked(shape, matter, days)
        return self._patterns[about]

    def _walked(self, shape: Shape, matter: Matter, days: float) -> Pattern | None:
        now = self.district.at
        began = now - timedelta(days=days) if days else _monday(now - OVER_AFTER - WEEK * 4)
        story = Story(self.district, matter, began, shape.complained_of)
        try:
            shape.live(story)
        except Refused:
            return None
        if story.at > now:
            return None
        return pattern(story.until(now) if days else story)


def _monday(day: datetime) -> datetime:
    """The morning of the Monday before."""
    monday = day - timedelta(days=day.weekday())
    return monday.astimezone(UTC).replace(hour=1, minute=30, second=0, microsecond=0)


def _skewed(values: Sequence[T]) -> Callable[[Random], T]:
    """The n-th n times rarer than the first."""
    return _chosen(values, [1 / number for number in range(1, len(values) + 1)])


def _by_share(shapes: Sequence[Shape]) -> Callable[[Random], Shape]:
    return _chosen(shapes, [float(shape.share) for shape in shapes])


def _chosen(values: Sequence[T], weights: Sequence[float]) -> Callable[[Random], T]:
    bounds = list(accumulate(weights))
    return lambda random: values[bisect(bounds, random.random() * bounds[-1], hi=len(bounds) - 1)]


Told = Callable[[int], object]
Into = Callable[[asyncpg.Connection], Awaitable[None]]
"""Where what lies in the stage goes: `logs.into_logs`, `logs.into_outbox`."""


async def fill(
    connection: asyncpg.Connection,
    cases: int,
    seed: int,
    at: datetime,
    told: Told = lambda done: None,
    facts: Into | None = None,
) -> None:
    """As the superuser, in place of what was made before; all or nothing. Raises HoldsOthers.

    `facts`: where goes what was told of them; without it nothing was. Facts cannot be taken back: what was made with
    them stays.
    """
    await refuse_others(connection)
    plan, tables = (
        Plan(await known(connection, at), cases, seed, facts is not None),
        (*TABLES, *(BESIDE if facts else ())),
    )
    made = 0
    async with connection.transaction():
        await connection.execute("SET LOCAL search_path = dispatch; SET LOCAL maintenance_work_mem = '512MB'")
        await connection.execute(f"TRUNCATE {', '.join(table.name for table in TABLES)}")
        indexes = await _without_indexes(connection)
        if facts is not None:
            await connection.execute(STAGE)
        portion: list[list[str]] = [[] for _ in tables]
        for lines in plan.made():
            made += 1
            for held, line in zip(portion, lines, strict=True):
                held.append(line)
            if made % PORTION == 0:
                await _copy(connection, tables, portion)
                told(made)
        await _copy(connection, tables, portion)
        for index in indexes:
            await connection.execute(index)
        await connection.execute(f"TRUNCATE tallies; {RECOUNT}")
        if facts is not None:
            await facts(connection)
    await connection.execute("VACUUM ANALYZE " + ", ".join(f"dispatch.{table.name}" for table in (*TABLES, TALLIES)))
    told(made)


async def refuse_others(connection: asyncpg.Connection) -> None:
    """Raises HoldsOthers."""
    if await connection.fetchval(_OTHERS, MARK):
        raise HoldsOthers


async def _copy(connection: asyncpg.Connection, tables: Sequence[Table], portion: list[list[str]]) -> None:
    for table, lines in zip(tables, portion, strict=True):
        columns = [column.name for column in table.columns]
        await connection.copy_to_table(
            table.name, source=BytesIO("".join(lines).encode()), columns=columns, format="text"
        )
        lines.clear()


async def _without_indexes(connection: asyncpg.Connection) -> list[str]:
    """Takes away what is quicker built once than kept up to date; how to make each again."""
    found: Sequence[Any] = await connection.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index"
        " WHERE indrelid = ANY($1::regclass[]) AND NOT indisunique",
        [f"dispatch.{table.name}" for table in TABLES],
    )
    for index in found:
        await connection.execute(f"DROP INDEX {index['name']}")
    return [index["made"] for index in found]
