"""The district at a moment, and who knew what of a case, on the screen."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.cli import say
from deploy.replay import read_district
from services.audit.api.shown_knowledge import HOW
from services.audit.log.knowing import Evidence
from shared.procedure.standing import COLOURS

HIDDEN = frozenset({"moment", "untold", "id", "case_id", "was_open", "is_open", "was_there", "is_there"})
"""What a screen has no room for; programs get it."""
TITLES = {
    "by_status": "cases by state",
    "by_department": "open cases by department at work",
    "by_area": "open cases by area",
    "by_colour": "open cases by the worst of their clocks",
    "handoffs": "hand-offs by department and state",
    "late": "who was late",
}


def show_district(url: str, at: datetime, since: datetime | None, of: str | None, as_json: bool) -> None:
    columns = (TextColumn("Reading the log"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)

        def advance(read: int, facts: int) -> None:
            progress.update(task, completed=read, total=facts)

        found = asyncio.run(read_district(url, at, since, of, advance))
    if as_json:
        typer.echo(orjson.dumps(found).decode())
        return
    console, figures = Console(), found["figures"]
    console.print(f"The district at {say.district_time(at)}: {figures['open']} of {figures['cases']} cases were open.")
    if figures["unread"]:
        console.print(f"[red]Of {figures['unread']} cases not every fact could be read.[/]")
    for name, title in TITLES.items():
        _rows(console, title, [_coloured(row) for row in figures[name]])
    if since is not None:
        _rows(console, f"changed since {say.district_time(since)}", [found["changes"]])
    if of is not None:
        _rows(console, of, [_coloured(row) for row in found["items"]])


def show_knowledge(console: Console, known: Evidence, names: Mapping[str, str]) -> None:
    """Office by office; of what proves nothing it is said so."""
    kinds = {fact.index: fact.row["type"].split(".", 3) for fact in known.facts}
    for office in known.offices:
        name, desk = names.get(office.department, office.department), f" ({office.desk})" if office.desk else ""
        table = Table(title=f"{name}{desk}", box=box.SIMPLE, padding=(0, 1), title_justify="left")
        for column in ("since", "office: fact", "known by"):
            table.add_column(column, overflow="fold")
        for heard in sorted(office.heard.values(), key=lambda each: (each.since, each.index)):
            _, service, kind, _ = kinds[heard.index]
            table.add_row(say.district_time(heard.since), f"{service}: {kind}", HOW[heard.how].en)
        console.print(table)
        missing = [f"{kinds[index][1]}: {kinds[index][2]}" for index in sorted(kinds.keys() - office.heard.keys())]
        if missing:
            console.print(f"  nothing shows that it had heard: {', '.join(missing)}", soft_wrap=True)
    console.print("What nothing shows is no proof that nobody there knew.")


def _rows(console: Console, title: str, rows: list[dict[str, Any]]) -> None:
    if not rows:
        console.print(f"{title}: none")
        return
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1), title_justify="left")
    shown = [name for name in rows[0] if any(row[name] not in (None, []) for row in rows)]
    for name in shown:
        table.add_column(name, overflow="fold")
    for row in rows:
        table.add_row(*(_cell(row[name]) for name in shown))
    console.print(table)


def _coloured(row: Mapping[str, Any]) -> dict[str, Any]:
    colour = row.get("colour")
    named = {} if colour is None else {"colour": tuple(COLOURS)[colour]}
    return {name: value for name, value in {**row, **named}.items() if name not in HIDDEN}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return say.district_time(value)
    return ", ".join(value) if isinstance(value, list) else str(value)
