"""Two sides of a comparison: of what they are, and what comes out."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.console.calling import Caller
from services.console.catalogue import Catalogue
from services.console.figures import Period, turnover
from services.console.words import WORDS
from shared.refusals.words import Language


@dataclass(frozen=True, slots=True)
class Side:
    period: Period
    area: str | None

    def days(self, number: str = "") -> dict[str, str]:
        """As the address has them."""
        return {f"from{number}": self.period.first.isoformat(), f"to{number}": self.period.last.isoformat()}


def sides_of(asked: Mapping[str, str], today: date) -> tuple[Side, Side]:
    """Without a second area the same area before; with one the same period there, unless another is asked for."""
    period, area, other_area = Period.of(asked, today), asked.get("area"), asked.get("area2")
    if other_area and not (asked.get("from2") or asked.get("to2")):
        return Side(period, area), Side(period, other_area)
    before = Period.of(asked, today, ("from2", "to2"), before=period)
    return Side(period, area), Side(before, other_area or area)


async def compared(
    caller: Caller, sides: tuple[Side, Side], asked: Mapping[str, str], catalogue: Catalogue, language: Language
) -> dict[str, Any]:
    """Raises NotSignedIn, Refusal."""
    beside = {"category": asked["category"]} if "category" in asked else {}
    own = [beside | ({"area": side.area} if side.area else {}) for side in sides]
    found = await asyncio.gather(
        *(turnover(caller, side.period, about) for side, about in zip(sides, own, strict=True))
    )
    rows = [_row(one, other) for one, other in zip(found[0]["items"], found[1]["items"], strict=True)]
    shown = [
        {
            "label": WORDS[key].said(language),
            "period": side.period,
            "area": catalogue.name("areas", side.area, language)
            if side.area
            else WORDS["compare.whole"].said(language),
        }
        for side, key in zip(sides, ("compare.one", "compare.other"), strict=True)
    ]
    definitions = [f"{row['name']}：{row['definition']}" for row in rows]
    return {"sides": shown, "rows": rows, "definitions": definitions, "as_of": found[0]["as_of"]}


def _row(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    most = max(one["count"], other["count"], 1)
    difference = one["count"] - other["count"]
    return {
        "name": one["name"],
        "definition": one["definition"],
        "sides": [{**each, "share": round(100 * each["count"] / most)} for each in (one, other)],
        "difference": difference,
        "percent": round(100 * difference / other["count"]) if other["count"] else None,
    }
