"""Draws the outlines of an invented district, whose areas lie nowhere: `python -m deploy.outlines FOLDER`.

Each area is cut from the one that it lies in, by the number of grids in it; what a border lies between shares it. The
same areas give the same file. A real district brings its own (`POST /v1/outlines` of directory).
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import pairwise
from math import cos, hypot, pi, sin
from pathlib import Path
from typing import NamedTuple

import orjson
import yaml

FILE = "outlines.geojson"
CENTRE = (106.462, 29.484)
KILOMETRE = (1 / (111.32 * cos(CENTRE[1] * pi / 180)), 1 / 110.85)
"""In degrees, to the east and to the north."""
SMALLEST = 3
"""Grids that a subdistrict counts for at least, so that its name finds room."""
WAVES, SWING = 3, 0.07
"""How often a border is bent, and how far for its length."""


class Point(NamedTuple):
    x: float
    y: float


Shape = Sequence[Point]
Edge = tuple[Point, Point]


def draw(folder: Path) -> bytes:
    codes = [str(row["code"]) for row in yaml.safe_load((folder / "areas.yaml").read_text(encoding="utf-8"))]
    root = min(codes, key=len)
    shapes = dict(_cut(root, _blob(), codes))
    leaves = {code: shapes[code] for code in codes if not _inside(code, codes)}
    corners = {point for shape in leaves.values() for point in shape}
    edges = {code: _edges(shape, corners) for code, shape in leaves.items()}
    features = [
        _feature(code, _outline([e for leaf in leaves if leaf.startswith(code) for e in edges[leaf]])) for code in codes
    ]
    lines = b",\n".join(orjson.dumps(feature) for feature in features)
    return b'{"type": "FeatureCollection", "features": [\n' + lines + b"\n]}\n"


def _blob() -> Shape:
    """A stretch of land along a river: twelve corners, none of them inward."""
    radii = (3.0, 3.05, 2.95, 2.85, 2.75, 2.8, 3.0, 3.1, 3.05, 2.9, 2.85, 2.9)
    turns = (number * pi / 6 + 0.2 for number in range(12))
    return [_point(1.25 * r * cos(turn), 0.95 * r * sin(turn)) for r, turn in zip(radii, turns, strict=True)]


def _inside(code: str, codes: Sequence[str]) -> list[str]:
    """The areas that lie right in it."""
    below = [other for other in codes if other != code and other.startswith(code)]
    return [one for one in below if not any(one != other and one.startswith(other) for other in below)]


def _weight(code: str, codes: Sequence[str]) -> int:
    grids = sum(other.startswith(code) and not _inside(other, codes) for other in codes)
    return max(grids, SMALLEST if _inside(code, codes) else 1)


def _cut(code: str, shape: Shape, codes: Sequence[str]) -> Iterator[tuple[str, Shape]]:
    yield code, shape
    for part, piece in _shared(shape, [(one, _weight(one, codes)) for one in _inside(code, codes)]):
        yield from _cut(part, piece, codes)


def _shared(shape: Shape, parts: Sequence[tuple[str, int]]) -> Iterator[tuple[str, Shape]]:
    """Halved across its longer side, as evenly as the parts allow, until each has one."""
    if len(parts) < 2:
        yield from ((code, shape) for code, _ in parts)
        return
    whole = sum(weight for _, weight in parts)
    at = min(range(1, len(parts)), key=lambda n: abs(whole / 2 - sum(weight for _, weight in parts[:n])))
    first, rest = parts[:at], parts[at:]
    one, other = _halves(shape, sum(weight for _, weight in first) / whole, _chance(parts[0][0]))
    yield from _shared(one, first)
    yield from _shared(other, rest)


def _halves(shape: Shape, share: float, chance: float) -> tuple[Shape, Shape]:
    """By a line that leaves that share of it to the one side."""
    wide = max(p.x for p in shape) - min(p.x for p in shape)
    high = max(p.y for p in shape) - min(p.y for p in shape)
    turn = (0.0 if wide >= high else pi / 2) + (chance - 0.5) * 0.7
    along = Point(cos(turn), sin(turn))
    reach = [p.x * along.x + p.y * along.y for p in shape]
    low, up, whole = min(reach), max(reach), _size(shape)
    for _ in range(60):
        middle = (low + up) / 2
        small = _size(_side(shape, along, middle, 1)) < whole * share
        low, up = (middle, up) if small else (low, middle)
    return _side(shape, along, low, 1), _side(shape, along, low, -1)


def _side(shape: Shape, along: Point, at: float, sign: int) -> Shape:
    """What lies on one side of the line, of a shape without inward corners."""
    found: list[Point] = []
    for here, there in _round(shape):
        a, b = (sign * (at - p.x * along.x - p.y * along.y) for p in (here, there))
        if a >= 0:
            found.append(here)
        if a * b < 0:
            share = a / (a - b)
            found.append(_point(here.x + (there.x - here.x) * share, here.y + (there.y - here.y) * share))
    return [p for number, p in enumerate(found) if p != found[number - 1]]


def _size(shape: Shape) -> float:
    return abs(sum(a.x * b.y - b.x * a.y for a, b in _round(shape))) / 2


def _round(shape: Shape) -> Iterator[Edge]:
    return ((shape[number - 1], point) for number, point in enumerate(shape))


def _edges(shape: Shape, corners: set[Point]) -> list[Edge]:
    """Also ending at the corners of others that lie on them."""
    found: list[Edge] = []
    for here, there in _round(shape):
        between = sorted(
            (p for p in corners if _lies_on(p, here, there)), key=lambda p: hypot(p.x - here.x, p.y - here.y)
        )
        way = [here, *between, there]
        found += pairwise(way)
    return found


def _lies_on(point: Point, here: Point, there: Point) -> bool:
    to, length = (there.x - here.x, there.y - here.y), hypot(there.x - here.x, there.y - here.y)
    own = (point.x - here.x, point.y - here.y)
    share = (own[0] * to[0] + own[1] * to[1]) / length**2
    return abs(own[0] * to[1] - own[1] * to[0]) / length < 1e-5 and 1e-6 < share < 1 - 1e-6


def _outline(edges: Sequence[Edge]) -> list[Point]:
    """What is left of all edges when those between two of the pieces are gone, bent as borders are."""
    there = set(edges)
    after = {here: to for here, to in edges if (to, here) not in there}
    ring, at = list[Point](), min(after)
    while at in after:
        to = after.pop(at)
        ring += _bent(at, to)
        at = to
    return ring


def _bent(here: Point, to: Point) -> list[Point]:
    """Without its end; the same line whichever way one goes."""
    if to < here:
        return [here, *_waves(to, here, WAVES)[::-1]]
    return [here, *_waves(here, to, WAVES)]


def _waves(here: Point, to: Point, times: int) -> list[Point]:
    if not times:
        return []
    swing = (_chance(f"{here.x:.5f} {here.y:.5f} {to.x:.5f} {to.y:.5f}") - 0.5) * 2 * SWING
    x = (here.x + to.x) / 2 - (to.y - here.y) * swing
    y = (here.y + to.y) / 2 + (to.x - here.x) * swing
    middle = _point(x, y)
    return [*_waves(here, middle, times - 1), middle, *_waves(middle, to, times - 1)]


def _feature(code: str, ring: Sequence[Point]) -> Mapping[str, object]:
    places = [[round(CENTRE[0] + p.x * KILOMETRE[0], 6), round(CENTRE[1] + p.y * KILOMETRE[1], 6)] for p in ring]
    shape = {"type": "Polygon", "coordinates": [[*places, places[0]]]}
    return {"type": "Feature", "properties": {"code": code}, "geometry": shape}


def _point(x: float, y: float) -> Point:
    return Point(round(x, 6), round(y, 6))


def _chance(seed: str) -> float:
    return int.from_bytes(sha256(seed.encode()).digest()[:4], "big") / 2**32


if __name__ == "__main__":
    (Path(sys.argv[1]) / FILE).write_bytes(draw(Path(sys.argv[1])))
