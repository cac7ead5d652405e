"""Flows between offices (a Sankey diagram) as lines and links: each ribbon is reached by keyboard too."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.look.filters import CENTRE

GAP, THINNEST, ROW, BAR = 16.0, 1.5, 30.0, 10.0
NAME = 230.0
"""What names have at either side."""
WIDE, NARROW = 1000.0, 720.0


@dataclass(frozen=True, slots=True)
class Node:
    code: str
    name: str
    count: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Ribbon:
    """`path`: the band from one bar to the other."""

    path: str
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Flow:
    """`left`, `right`: where the bars of either side begin."""

    width: float
    height: float
    left: float
    right: float
    sources: Sequence[Node]
    targets: Sequence[Node]
    ribbons: Sequence[Ribbon]


def draw_flow(rows: Sequence[Mapping[str, Any]], width: float = WIDE) -> Flow:
    """From the offices at the left to those at the right: two that pass tasks to each other are no circle so."""
    sources, targets = (_sums(rows, side) for side in ("came_from", "department"))
    sources.sort(key=lambda each: each[0] != CENTRE)
    height = max(10 * ROW, ROW * max(len(sources), len(targets)))
    total = sum(row["count"] for row in rows)
    scale = min(((height - GAP * (len(side) - 1)) / total for side in (sources, targets) if total), default=0.0)
    left, right = (_nodes(side, scale, height) for side in (sources, targets))
    bars = NAME, width - NAME - BAR
    return Flow(width, height, *bars, left, right, _ribbons(rows, (left, right), scale, bars))


def _sums(rows: Iterable[Mapping[str, Any]], side: str) -> list[tuple[str, str, int]]:
    """Code, name and count, the most first."""
    found: dict[str, tuple[str, int]] = {}
    for row in rows:
        found[row[side]] = (row[f"{side}_name"], found.get(row[side], ("", 0))[1] + row["count"])
    return sorted(((code, *about) for code, about in found.items()), key=lambda each: (-each[2], each[0]))


def _nodes(side: Sequence[tuple[str, str, int]], scale: float, height: float) -> list[Node]:
    """Spread over the whole height."""
    used = sum(count * scale for _, _, count in side)
    gap = (height - used) / max(len(side), 1)
    nodes, y = list[Node](), gap / 2
    for code, name, count in side:
        nodes.append(Node(code, name, count, round(y, 1), round(max(count * scale, THINNEST), 1)))
        y += count * scale + gap
    return nodes


def _ribbons(
    rows: Sequence[Mapping[str, Any]],
    sides: tuple[Sequence[Node], Sequence[Node]],
    scale: float,
    bars: tuple[float, float],
) -> list[Ribbon]:
    """Those of one bar in the order of the bars that they lead to, so that few cross."""
    order = {node.code: number for number, node in enumerate(sides[1])}
    start, end = ({node.code: node.y for node in side} for side in sides)
    ribbons = []
    for node in sides[0]:
        for row in sorted((r for r in rows if r["came_from"] == node.code), key=lambda r: order[r["department"]]):
            size = max(row["count"] * scale, THINNEST)
            ribbons.append(Ribbon(_band(start[node.code], end[row["department"]], size, bars), row))
            start[node.code] += row["count"] * scale
            end[row["department"]] += row["count"] * scale
    return ribbons


def _band(here: float, there: float, size: float, bars: tuple[float, float]) -> str:
    x0, x1 = bars[0] + BAR, bars[1]
    middle = (x0 + x1) / 2
    upper = f"M{x0} {here:.1f}C{middle} {here:.1f} {middle} {there:.1f} {x1} {there:.1f}"
    lower = f"L{x1} {there + size:.1f}C{middle} {there + size:.1f} {middle} {here + size:.1f} {x0} {here + size:.1f}Z"
    return upper + lower
