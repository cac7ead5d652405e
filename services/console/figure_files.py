"""Figures as a spreadsheet, as they are on the screen."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.console import figures
from services.console.calling import Caller
from services.console.catalogue import Catalogue
from services.console.comparing import compared, sides_of
from services.console.figures import Period
from services.console.words import WORDS
from shared.web import spreadsheets

Asked = Mapping[str, str]
Table = tuple[Sequence[str], Sequence[Sequence[Any]]]
"""Heads of the columns, and the rows."""


@dataclass(frozen=True, slots=True)
class Reader:
    """Who asks, what areas are called, which day it is."""

    caller: Caller
    catalogue: Catalogue
    today: date

    def say(self, key: str, **filled: Any) -> str:
        text = WORDS[key].said(self.caller.language)
        return text.format(**filled) if filled else text


async def _flow(reader: Reader, asked: Asked) -> Table:
    found = await figures.flow(reader.caller, Period.of(asked, reader.today), _beside(asked))
    heads = [reader.say(f"flow.{name}") for name in ("from", "to", "way", "count")]
    return heads, [[r["came_from_name"], r["department_name"], r["came_by_name"], r["count"]] for r in found["items"]]


async def _ageing(reader: Reader, asked: Asked) -> Table:
    found = await figures.ageing(reader.caller, Period.of(asked, reader.today), _beside(asked))
    ages = found["handoffs"]["ages"]
    heads = [reader.say("column.office"), *(age["name"] for age in ages), reader.say("board.open")]
    none = {"count": 0}
    rows = [
        [one["name"], *(one["ages"].get(age["age"], none)["count"] for age in ages), one["total"]]
        for one in found["handoffs"]["offices"]
    ]
    cases = [reader.say("ageing.cases"), *(age["count"] for age in found["cases"]["ages"])]
    return heads, [[*cases, sum(cases[1:])], *rows]


async def _map(reader: Reader, asked: Asked) -> Table:
    found = await figures.places(reader.caller, asked)
    counts, language = found["counts"], reader.caller.language
    rows = [
        [code, area["name"][language], sum(n for place, n in counts.items() if place.startswith(code))]
        for code, area in sorted(reader.catalogue.areas.items())
    ]
    return [reader.say("map.code"), reader.say("column.place"), reader.say("wall.open")], rows


async def _compare(reader: Reader, asked: Asked) -> Table:
    sides = sides_of(asked, reader.today)
    found = await compared(reader.caller, sides, asked, reader.catalogue, reader.caller.language)
    said = [
        f"{one['area']} {reader.say('period.said', first=one['period'].first, last=one['period'].last)}"
        for one in found["sides"]
    ]
    heads = [reader.say("compare.figure"), *said, reader.say("compare.difference")]
    return heads, [[row["name"], *(one["count"] for one in row["sides"]), row["difference"]] for row in found["rows"]]


def _beside(asked: Asked) -> dict[str, str]:
    return {name: value for name, value in asked.items() if name not in ("from", "to")}


FILES: Mapping[str, Callable[[Reader, Asked], Awaitable[Table]]] = {
    "flow": _flow,
    "ageing": _ageing,
    "map": _map,
    "compare": _compare,
}


async def file_of(what: str, caller: Caller, catalogue: Catalogue, asked: Asked) -> bytes:
    """CSV. Raises NotSignedIn, Refusal."""
    today = figures.district_day(datetime.fromisoformat(await figures.now_of(caller)))
    heads, rows = await FILES[what](Reader(caller, catalogue, today), asked)
    named = [dict(zip(heads, row, strict=True)) for row in rows]
    return spreadsheets.head(heads) + spreadsheets.lines(heads, named)
