"""Figures as services count them, each with the list behind it: for screens, the wall and files."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from services.console.calling import Caller
from shared.clocks.zone import DISTRICT_ZONE

DAYS = 30
"""Of a period that nobody has chosen."""
GIVEN_UP = ("returned", "transferred", "recalled")
Asked = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Period:
    """Whole days of the district, the last one included."""

    first: date
    last: date

    @classmethod
    def of(
        cls, asked: Asked, today: date, names: tuple[str, str] = ("from", "to"), before: "Period | None" = None
    ) -> "Period":
        """As asked for; else the last thirty days, or as many right before another period."""
        default = before.earlier() if before else cls(today - timedelta(days=DAYS - 1), today)
        first, last = (_day(asked.get(name)) for name in names)
        last = last or (default.last if first is None or first <= default.last else first)
        first = first or min(default.first, last)
        return cls(min(first, last), max(first, last))

    def earlier(self) -> "Period":
        """The same length, right before."""
        return Period(self.first - (self.last - self.first) - timedelta(days=1), self.first - timedelta(days=1))

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def bounds(self, name: str = "") -> dict[str, str]:
        """`from` and `to` of a service's filter, the end not in it."""
        prefix = f"{name}_" if name else ""
        return {f"{prefix}from": _begin(self.first), f"{prefix}to": _begin(self.last + timedelta(days=1))}


def _begin(day: date) -> str:
    return datetime(day.year, day.month, day.day, tzinfo=DISTRICT_ZONE).isoformat()


def _day(text: str | None) -> date | None:
    """None for what is no day of this software's time."""
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError:
        return None
    return day if day and date(1949, 10, 1) <= day < date(2100, 1, 1) else None


def address(of: str, query: Asked) -> str:
    """Where the list is that a figure counts."""
    return f"/{of}?{urlencode(query)}"


async def flow(caller: Caller, period: Period, asked: Asked) -> dict[str, Any]:
    """Each way from office to office with its address. Raises NotSignedIn, Refusal."""
    found = await caller.get("dispatch", "/v1/figures/flow", {**asked, **period.bounds("offered")})
    items = [{**row, "href": address(found["list"], row["query"])} for row in found["items"]]
    return {**found, "items": sorted(items, key=lambda row: -row["count"]), "total": sum(r["count"] for r in items)}


def joined(items: Iterable[Mapping[str, Any]], by_way: bool) -> list[dict[str, Any]]:
    """One for each two offices, whichever way tasks went; `by_way`: one way was asked for."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for row in items:
        query = {name: value for name, value in row["query"].items() if by_way or name != "came_by"}
        one = found.setdefault(
            (row["came_from"], row["department"]), {**row, "count": 0, "href": address("handoffs", query)}
        )
        one["count"] += row["count"]
    return list(found.values())


async def ageing(caller: Caller, period: Period, asked: Asked) -> dict[str, Any]:
    """How old open work is, how often cases were passed on, what offices gave up. Raises NotSignedIn, Refusal."""
    ended = {**asked, **period.bounds("ended"), "status": ",".join(GIVEN_UP)}
    cases, handoffs, passes, given_up = await asyncio.gather(
        caller.get("dispatch", "/v1/figures/ageing", {**asked, "of": "cases"}),
        caller.get("dispatch", "/v1/figures/ageing", {**asked, "of": "handoffs"}),
        caller.get("dispatch", "/v1/figures/passes", asked),
        caller.get("dispatch", "/v1/figures/handoffs", ended),
    )
    return {
        "cases": _aged(cases),
        "handoffs": _by_office(handoffs),
        "passes": [{**row, "href": address("cases", row["query"])} for row in passes["items"]],
        "passed": passes,
        "given_up": _given_up(given_up["items"], ended),
        "as_of": cases["as_of"],
    }


def _aged(found: Mapping[str, Any]) -> dict[str, Any]:
    by_age = {row["age"]: row for row in found["items"]}
    ages = [
        {**age, "count": row["count"] if row else 0, "href": address("cases", row["query"]) if row else None}
        for age in found["ages"]
        for row in [by_age.get(age["age"])]
    ]
    return {**found, "ages": ages, "most": max((each["count"] for each in ages), default=0)}


def _by_office(found: Mapping[str, Any]) -> dict[str, Any]:
    """Whose oldest work is most stands first."""
    offices: dict[str, dict[str, Any]] = {}
    for row in found["items"]:
        one = offices.setdefault(row["department"], {"name": row["department_name"], "ages": {}, "total": 0})
        one["ages"][row["age"]] = {"count": row["count"], "href": address("handoffs", row["query"])}
        one["total"] += row["count"]
    oldest = [age["age"] for age in found["ages"]][::-1]
    count = lambda one: [-one["ages"].get(age, {"count": 0})["count"] for age in oldest]  # noqa: E731
    return {**found, "offices": sorted(offices.values(), key=count)}


def _given_up(rows: Iterable[Mapping[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    offices: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = offices.setdefault(
            row["department"], {"name": row["department_name"], "ways": defaultdict(int), "total": 0}
        )
        one["ways"][row["status"]] += row["count"]
        one["total"] += row["count"]
        one["href"] = {
            way: address("handoffs", {**asked, "department": row["department"], "status": way}) for way in GIVEN_UP
        }
    return sorted(offices.values(), key=lambda one: (-one["total"], one["name"]))


async def turnover(caller: Caller, period: Period, asked: Asked) -> dict[str, Any]:
    """Raises NotSignedIn, Refusal."""
    found = await caller.get("dispatch", "/v1/figures/turnover", {**asked, **period.bounds()})
    items = [{**row, "href": address(row["list"], row["query"])} for row in found["items"]]
    return {**found, "items": items, "period": period}


async def places(caller: Caller, asked: Asked) -> dict[str, Any]:
    """Open cases by place. Raises NotSignedIn, Refusal."""
    found: dict[str, Any] = await caller.get("dispatch", "/v1/map/cases", asked)
    return {**found, "counts": {row["area"]: row["count"] for row in found["items"]}}


async def now_of(caller: Caller) -> str:
    """What time it is in the district. Raises NotSignedIn, Refusal."""
    page = await caller.get("dispatch", "/v1/cases", {"limit": 1})
    return str(page["as_of"])


def district_day(now: datetime) -> date:
    return now.astimezone(DISTRICT_ZONE).date()
