"""`lianzhi bench`."""

from importlib import import_module
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console

from deploy.bench.figures import Figure, as_json, as_table
from deploy.cli import say
from deploy.embedded.errors import CannotRun

FAILED = 1
BENCHES = {
    "P1": "deploy.bench.intake",
    "P2": "deploy.bench.hops",
    "P3": "deploy.bench.lives",
    "P3_SIZE": "deploy.bench.sizes",
    "P6": "deploy.bench.replay",
    "P7": "deploy.bench.log",
    "P8": "deploy.bench.lists",
    "SCREENS": "deploy.bench.screens",
}

WHEN_NAMED = {"P3_SIZE", "P6", "P7", "P8", "SCREENS"}
"""They fill a database with a million cases or ten million leaves first, longer than all others together take; the
screens need a browser."""


def bench(
    only: Annotated[
        str, typer.Option(help="Some of P1, P2, P3, P3_SIZE, P6, P7, P8, SCREENS, by commas; the last five only so.")
    ] = "",
    seconds: Annotated[float, typer.Option(min=0.5, help="How long each load lasts.")] = 10.0,
    json: Annotated[Path | None, typer.Option("--json", help="Write the figures there, for programs.")] = None,
) -> None:
    """Measure a fresh run of everything beside its floors. Takes minutes and both cores; touches no data."""
    console = Console()
    figures: list[Figure] = []
    for name in chosen(only):
        with console.status(f"Measuring {name}"):
            figures.extend(_measured(console, name, seconds))
    console.print(as_table(figures))
    if json is not None:
        json.parent.mkdir(parents=True, exist_ok=True)
        json.write_bytes(orjson.dumps(as_json(figures), option=orjson.OPT_INDENT_2) + b"\n")


def chosen(only: str) -> list[str]:
    """BadParameter for one that there is not."""
    names = [name.strip().upper() for name in only.split(",") if name.strip()]
    names = names or [name for name in BENCHES if name not in WHEN_NAMED]
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        raise say.wrong(
            f"没有 {'、'.join(unknown)}；有 {'、'.join(BENCHES)}。",
            f"there is no {', '.join(unknown)}; there are {', '.join(BENCHES)}",
        )
    return names


def _measured(console: Console, name: str, seconds: float) -> list[Figure]:
    try:
        return list(import_module(BENCHES[name]).measure(seconds))
    except CannotRun as failure:
        console.print(str(failure), style="red", soft_wrap=True, markup=False, highlight=False)
        raise typer.Exit(FAILED) from failure
