"""What the directory has for everybody: departments, areas, matters, by code. Looked at again every minute."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.console.calling import Caller, Services
from shared.refusals.words import Language

KINDS = ("departments", "areas", "categories", "clocks")
OLD = 60.0
PAGE = 200
Entries = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Catalogue:
    departments: Entries = field(default_factory=dict)
    areas: Entries = field(default_factory=dict)
    categories: Entries = field(default_factory=dict)
    clocks: Entries = field(default_factory=dict)
    outlines: Mapping[str, list[list[list[list[float]]]]] = field(default_factory=dict)
    """Of areas, each as polygons with their rings."""

    def name(self, kind: str, code: str | None, language: Language) -> str:
        """The code itself for what the directory does not have (any more)."""
        entry = getattr(self, kind).get(code)
        return str(entry["name"][language]) if entry else code or ""

    def options(self, kind: str, language: Language) -> dict[str, str]:
        """Names by code, for a choice."""
        return {code: str(entry["name"][language]) for code, entry in getattr(self, kind).items()}

    def grids(self, language: Language) -> dict[str, str]:
        """The smallest areas, each with those that it lies in."""
        inner = {code for code, area in self.areas.items() if area.get("level") == "grid"}
        return {code: " · ".join(self.way_to(code, language)) for code in sorted(inner)}

    def way_to(self, code: str, language: Language) -> list[str]:
        """Names of the areas that it lies in, without the district itself, down to its own."""
        above = [code[:length] for length in range(1, len(code)) if code[:length] in self.areas]
        inner = [each for each in above if self.areas[each].get("level") != "district"]
        return [self.name("areas", each, language) for each in (*inner, code)]


class Catalogues:
    """One per process."""

    def __init__(self, services: Services) -> None:
        self._caller = Caller(services, None, "zh")
        self._found: Catalogue | None = None
        self._at = 0.0
        self._looking = asyncio.Lock()

    async def get(self) -> Catalogue:
        """Raises Refusal when there is none yet and the directory cannot be reached."""
        async with self._looking:
            if self._found is None or time.monotonic() - self._at > OLD:
                *lists, outlines = await asyncio.gather(*(self._all(kind) for kind in KINDS), self._outlines())
                entries = dict(zip(KINDS, lists, strict=True))
                self._found, self._at = Catalogue(**entries, outlines=outlines), time.monotonic()
        return self._found

    async def _outlines(self) -> dict[str, Any]:
        found = await self._caller.get("directory", "/v1/outlines")
        return {each["id"]: _polygons(each["geometry"]) for each in found["features"]}

    async def _all(self, kind: str) -> Entries:
        found: dict[str, Mapping[str, Any]] = {}
        cursor: str | None = None
        while True:
            page = await self._caller.get("directory", f"/v1/{kind}", {"limit": PAGE, "cursor": cursor})
            found |= {entry["code"]: entry for entry in page["items"]}
            cursor = page["next"]
            if not cursor:
                return found


def _polygons(shape: Mapping[str, Any]) -> Any:
    return [shape["coordinates"]] if shape["type"] == "Polygon" else shape["coordinates"]
