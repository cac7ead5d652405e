"""`lianzhi status`."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from deploy.cli import say, table
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health
from deploy.embedded.environment import DISTRICT, ISSUER
from deploy.embedded.folder import Folder
from deploy.embedded.health import Health

NOT_READY = 1
NOT_RUNNING = 3


def status(
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Tell what runs and whether it is ready. Ends with 0 if all is ready, 1 if not, 3 if nothing runs."""
    folder = Folder(data.absolute())
    found = health.running(folder)
    seen = [with_files(each) for each in health.look(folder, found)] if found else []
    if as_json:
        typer.echo(json.dumps(health.as_json(seen)))
    elif seen:
        Console().print(table.of(folder, seen))
    else:
        typer.echo(say.both(f"{folder.root} 中没有系统在运行。", f"Nothing runs in {folder.root}."))
    raise typer.Exit(_code(seen))


def with_files(each: Health, district: Path = DISTRICT) -> Health:
    """Directory cannot load a district whose files are wrong, and goes on with what it has."""
    if each.name != ISSUER:
        return each
    from deploy.district_files import read_district
    from deploy.district_yaml import WrongFile

    try:
        read_district(district)
    except WrongFile as wrong:
        return replace(each, degraded=", ".join(filter(None, (each.degraded, wrong.en.rstrip(".")))))
    return each


def _code(seen: list[Health]) -> int:
    if not seen:
        return NOT_RUNNING
    return 0 if health.all_ready(seen) else NOT_READY
