"""What a benchmark comes to, on the screen and for programs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.table import Table


@dataclass(frozen=True)
class Figure:
    """`ratio` is what `target` speaks of; `met` None where nothing is asked. `more` goes to the file only."""

    key: str
    what: str
    figure: float
    unit: str
    floor: float | None = None
    ratio: float | None = None
    target: str = ""
    met: bool | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


def as_json(figures: Sequence[Figure]) -> dict[str, dict[str, Any]]:
    return {
        each.key: {
            "figure": _rounded(each.figure),
            "unit": each.unit,
            "floor": _rounded(each.floor),
            "ratio": _rounded(each.ratio),
            "target": each.target,
            "met": each.met,
            "what": each.what,
            **{name: _rounded(value) for name, value in each.more.items()},
        }
        for each in figures
    }


def as_table(figures: Sequence[Figure]) -> Table:
    table = Table(title="Lianzhi 联治: measured beside its floors", title_justify="left")
    for name in ("", "What", "Figure", "Unit", "Floor", "Ratio", "Target", "Met"):
        table.add_column(name, justify="right" if name in ("Figure", "Floor", "Ratio") else "left")
    for each in figures:
        met = "" if each.met is None else "[green]yes[/]" if each.met else "[red]no[/]"
        numbers = [_shown(each.figure), each.unit, _shown(each.floor), _shown(each.ratio)]
        table.add_row(each.key, each.what, *numbers, each.target, met)
    return table


def _rounded(value: Any) -> Any:
    return round(value, 3) if isinstance(value, float) else value


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
