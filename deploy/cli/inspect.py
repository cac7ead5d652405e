"""`lianzhi inspect`."""

import asyncio
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replay import admin_url
from deploy.embedded.folder import Folder
from deploy.witness.held import HeldCopy, Wrong, copies
from services.audit.api.inspection import SAID
from services.audit.log.inspect import Inspection, inspect

DAMAGED = 1


def inspect_log(
    witness: Annotated[
        Path | None, typer.Option(help="A witness's folder to compare with; that of the embedded run if absent.")
    ] = None,
    copy_only: Annotated[bool, typer.Option("--copy-only", help="Only the witness's copy; nothing need run.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Read the whole audit log again, byte by byte, beside a witness's copy (ends with 1 if anything is wrong)."""
    folder = Folder(data.absolute())
    held = copies(witness or folder.witness)
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        wrong = [(each, found) for each in held for found in _check(each, progress)]
        found = None if copy_only else asyncio.run(_inspect(admin_url(folder), held, progress))
    if not held:
        console.print(say.both("没有见证方的副本可供比对。", "There is no witness's copy to compare with."))
    _tell(console, held, found, wrong)
    raise typer.Exit(DAMAGED if wrong or (found is not None and found.damages) else 0)


def _check(copy: HeldCopy, progress: Progress) -> list[Wrong]:
    checkpoint = copy.mirrored()
    task = progress.add_task("copy", total=checkpoint.size if checkpoint else 0)
    found = []
    for each in copy.check():
        if isinstance(each, Wrong):
            found.append(each)
        else:
            progress.update(task, completed=each)
    return found


async def _inspect(url: str, held: list[HeldCopy], progress: Progress) -> Inspection:
    task = progress.add_task("log", total=None)
    connection = await asyncpg.connect(url, server_settings={"search_path": "audit"})
    try:
        return await inspect(connection, held, lambda read, total: progress.update(task, completed=read, total=total))
    finally:
        await connection.close()


def _tell(
    console: Console, held: list[HeldCopy], found: Inspection | None, wrong: list[tuple[HeldCopy, Wrong]]
) -> None:
    for copy, each in wrong:
        zh, en = "副本被改动", "the copy was altered"
        console.print(f"[red]✗[/] {copy.name} {each.path} {each.first}–{each.last}: {zh}。{en}.", soft_wrap=True)
    for damage in found.damages if found else ():
        word = SAID[damage.kind]
        where = f"{damage.place} {damage.first}–{damage.last}"
        console.print(f"[red]✗[/] {where}: {word.zh}。{word.en}.", soft_wrap=True)
    if not wrong and not (found and found.damages):
        size = found.size if found else sum(checkpoint.size for each in held if (checkpoint := each.mirrored()))
        console.print(f"[green]✓[/] {say.both(f'日志 {size} 条，完好。', f'The log is sound: {size} entries.')}")
