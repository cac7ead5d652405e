"""Maps as lines and links: no tiles of anybody, and each place is reached by keyboard too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians

from services.console.catalogue import Catalogue
from services.console.figures import address
from shared.refusals.words import Language

WIDTH = 1000.0
"""Of a map, in units of its own."""
LEVELS = ("subdistrict", "community", "grid")
SHADES = 4
Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Place:
    """`path`: of its outline; `x`, `y`: where its number stands; `shade`: 0 without cases, up to 4 with most."""

    code: str
    name: str
    path: str
    x: float
    y: float
    count: int
    shade: int
    href: str


@dataclass(frozen=True, slots=True)
class Map:
    """`layers` by level, the widest places first; `beside`: cases of a level that lie in none of its places."""

    height: float
    layers: Mapping[str, Sequence[Place]]
    beside: Mapping[str, int]
    total: int


def draw_map(
    catalogue: Catalogue, language: Language, counts: Mapping[str, int], query: Mapping[str, str]
) -> Map | None:
    """`counts` by area; `query`: how their list is asked. None where no area has an outline."""
    if not catalogue.outlines:
        return None
    frame = _Frame.around([ring for polygons in catalogue.outlines.values() for rings in polygons for ring in rings])
    total = sum(counts.values())
    layers = {level: _layer(catalogue, language, counts, query, level, frame) for level in LEVELS}
    beside = {level: total - sum(place.count for place in places) for level, places in layers.items()}
    return Map(frame.height, {level: places for level, places in layers.items() if places}, beside, total)


def _layer(
    catalogue: Catalogue,
    language: Language,
    counts: Mapping[str, int],
    query: Mapping[str, str],
    level: str,
    frame: "_Frame",
) -> list[Place]:
    codes = sorted(code for code in catalogue.outlines if catalogue.areas.get(code, {}).get("level") == level)
    sums = {code: sum(count for area, count in counts.items() if area.startswith(code)) for code in codes}
    most = max(sums.values(), default=0)
    return [_place(catalogue, language, (code, sums[code], most), query, frame) for code in codes]


def _place(
    catalogue: Catalogue, language: Language, counted: tuple[str, int, int], query: Mapping[str, str], frame: "_Frame"
) -> Place:
    code, count, most = counted
    polygons = [[frame.put(ring) for ring in rings] for rings in catalogue.outlines[code]]
    path = "".join(_line(ring) for rings in polygons for ring in rings)
    x, y = _inside(max((rings[0] for rings in polygons), key=_size))
    shade = -(-count * SHADES // most) if count else 0
    href = address("cases", {**query, "area": code})
    return Place(code, catalogue.name("areas", code, language), path, x, y, count, shade, href)


@dataclass(frozen=True, slots=True)
class _Frame:
    """From longitude and latitude: near enough to true for one district."""

    west: float
    north: float
    east_scale: float
    north_scale: float
    height: float

    @classmethod
    def around(cls, rings: Iterable[Ring]) -> "_Frame":
        places = [place for ring in rings for place in ring]
        west, east = min(p[0] for p in places), max(p[0] for p in places)
        south, north = min(p[1] for p in places), max(p[1] for p in places)
        scale = WIDTH / max(east - west, 1e-9)
        upright = scale / cos(radians((south + north) / 2))
        return cls(west, north, scale, upright, round((north - south) * upright, 1))

    def put(self, ring: Ring) -> list[tuple[float, float]]:
        return [((east - self.west) * self.east_scale, (self.north - north) * self.north_scale) for east, north in ring]


def _line(ring: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in ring) + "Z"


def _size(ring: Sequence[tuple[float, float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def _inside(ring: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """The middle of its widest stretch at half its height."""
    y = (min(p[1] for p in ring) + max(p[1] for p in ring)) / 2
    crossings = sorted(
        a[0] + (y - a[1]) / (b[1] - a[1]) * (b[0] - a[0]) for a, b in pairwise(ring) if (a[1] > y) != (b[1] > y)
    )
    spans = list(zip(crossings[::2], crossings[1::2], strict=False))
    west, east = max(spans, key=lambda span: span[1] - span[0], default=(ring[0][0], ring[0][0]))
    return round((west + east) / 2, 1), round(y, 1)
