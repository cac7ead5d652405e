"""`lianzhi status`."""

import json
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import table
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health
from deploy.embedded.folder import Folder

NOT_READY = 1
NOT_RUNNING = 3


def status(
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what runs and whether it is ready. Ends with 0 if all is ready, 1 if not, 3 if nothing runs."""
    folder = Folder(data.absolute())
    found = health.running(folder)
    seen = health.look(folder, found) if found else []
    if as_json:
        typer.echo(json.dumps(health.as_json(seen)))
    elif seen:
        Console().print(table.of(folder, seen))
    else:
        typer.echo(f"Nothing runs in {folder.root}.")
    raise typer.Exit(_code(seen))


def _code(seen: list[health.Health]) -> int:
    if not seen:
        return NOT_RUNNING
    return 0 if health.all_ready(seen) else NOT_READY
