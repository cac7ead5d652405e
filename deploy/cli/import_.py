"""`lianzhi import`."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli import say
from deploy.cli.demo import addresses
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.imports import sheets
from deploy.imports.columns import Columns
from deploy.imports.errors import Errors
from deploy.imports.reports import Names
from deploy.imports.sending import Counts, Job, send_all
from deploy.imports.sheets import Unreadable
from deploy.scenarios.calls import Api, Declined, Unreachable

FAILED = 1
PAGE = 500


@dataclass(frozen=True)
class Wish:
    """What to import and on whose behalf; `as_` None: only look."""

    file: Path
    as_: str | None
    errors: Path | None
    total: int
    columns: Columns
    header: sheets.Row


def import_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX, a report a row.")],
    as_: Annotated[str, typer.Option("--as", help="Who registers them.")] = "clerk.liu",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check every row, register none.")] = False,
    errors: Annotated[
        Path | None, typer.Option(dir_okay=False, help="Where to write rows that were not taken (CSV).")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Register reports from a table with headers in Chinese or English.

    Needed: category (类别), area (网格), text (内容). Also: channel, occurred, reporter_name, reporter_phone,
    reporter_address, complained_of, meeting. Codes or Chinese names. It can be run again, by the same
    person: a row that was taken is not taken twice, wherever it stands in the file.
    """
    folder = Folder(data.absolute())
    found = health.running(folder)
    if found is None:
        say.nothing_runs(folder)
    if errors and errors.exists() and errors.samefile(file):
        raise say.wrong("这就是要导入的文件。", "that is the file to be imported", "--errors")
    console = Console()
    try:
        wish = look(file, None if dry_run else as_, errors)
        api = Api(addresses(found), keyring.load(folder.secrets)[keyring.DEMO])
        ok = asyncio.run(perform(console, api, wish))
    except (Unreadable, ValueError, OSError) as wrong:
        say.refuse(f"{file} 无法导入（{wrong}）。", f"{file}: {wrong}", FAILED)
    except (Unreachable, Declined) as gone:
        say.refuse(
            f"导入中断（{gone}）；已登记的保留，请重新运行。",
            f"{gone}. What was taken stays taken: run it again.",
            FAILED,
        )
    raise typer.Exit(0 if ok else FAILED)


def look(file: Path, as_: str | None, errors: Path | None) -> Wish:
    """What the file holds. Raises Unreadable, ValueError, OSError."""
    rows = sheets.rows(file)
    header = next(rows, None)
    if header is None:
        raise Unreadable("the file is empty")
    return Wish(file, as_, errors, sum(1 for _ in rows), Columns.of(header), header)


async def perform(console: Console, api: Api, wish: Wish) -> bool:
    """Whether every row was good. Raises Unreachable, Declined, Unreadable."""
    if wish.columns.unused:
        console.print(f"Columns not used: {', '.join(wish.columns.unused)}", markup=False)
    started = time.monotonic()
    with Errors(wish.errors, wish.header) as errors, progress(console, wish) as advance:
        async with api:
            if wish.as_ is not None:
                await api.sign_in(wish.as_)
            job = Job(wish.columns, await known(api), errors, api, wish.as_, advance)
            rows = sheets.rows(wish.file)
            next(rows)
            counts = await send_all(job, rows)
    report(console, wish, counts, errors, time.monotonic() - started)
    return not errors.count


async def known(api: Api) -> Names:
    """Codes by themselves and by their Chinese names, as they stand today."""
    return Names(
        await _codes(api, "/v1/categories"),
        await _codes(api, "/v1/areas", "grid"),
        await _codes(api, "/v1/departments"),
    )


async def _codes(api: Api, path: str, level: str | None = None) -> dict[str, str]:
    codes: dict[str, str] = {}
    cursor = None
    while True:
        page = await api.get("directory", path, None, limit=PAGE, cursor=cursor, level=level)
        for item in page["items"]:
            codes |= {item["code"]: item["code"], item["name"]["zh"]: item["code"]}
        cursor = page["next"]
        if cursor is None:
            return codes


@contextmanager
def progress(console: Console, wish: Wish) -> Iterator[Callable[[], None]]:
    """A bar with the rate."""
    columns = (
        TextColumn("Checking" if wish.as_ is None else "Registering"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows · {task.fields[rate]:.0f}/s ·"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=wish.total, rate=0.0)

        def advance() -> None:
            shown.update(task, advance=1, rate=shown.tasks[0].speed or 0.0)

        yield advance


def report(console: Console, wish: Wish, counts: Counts, errors: Errors, seconds: float) -> None:
    """How it went."""
    done = f"{counts.taken} rows {'would be taken' if wish.as_ is None else 'taken'}"
    again = f", {counts.again} had been taken before" if counts.again else ""
    empty = f", {counts.empty} were empty" if counts.empty else ""
    rate = (counts.taken + counts.again) / seconds if seconds else 0.0
    console.print(f"{done}{again}{empty}, {errors.count} not taken. {seconds:.1f} s, {rate:.0f} rows/s.")
    for number, reason in errors.first:
        console.print(f"  row {number}: {reason}", markup=False, highlight=False, soft_wrap=True)
    if errors.count > len(errors.first):
        console.print(f"  … and {errors.count - len(errors.first)} more.")
    if errors.count and wish.errors:
        console.print(f"All of them are in {wish.errors}: correct them there and import that file.")
    elif errors.count:
        console.print("Write them to a file with --errors.")
