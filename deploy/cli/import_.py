"""`lianzhi import`."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from deploy.cli import say
from deploy.cli.demo import addresses
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.imports.errors import Errors
from deploy.imports.reports import Names
from deploy.imports.sending import Job, send_all
from deploy.scenarios.calls import Api, Declined, Unreachable
from shared.sheets import sheets
from shared.sheets.columns import AMBIGUOUS, Columns
from shared.sheets.sheets import Unreadable

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
    as_json: Annotated[bool, typer.Option("--json", help="How it went, for programs.")] = False,
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
    console = Console(stderr=as_json)
    try:
        wish = look(file, None if dry_run else as_, errors)
        api = Api(addresses(found), keyring.load(folder.secrets)[keyring.DEMO])
        went = asyncio.run(perform(console, api, wish))
    except (Unreadable, ValueError, OSError) as wrong:
        say.refuse(f"{file} 无法导入（{wrong}）。", f"{file}: {wrong}", FAILED)
    except (Unreachable, Declined) as gone:
        say.refuse(
            f"导入中断（{gone}）；已登记的保留，请重新运行。",
            f"{gone}. What was taken stays taken: run it again.",
            FAILED,
        )
    if as_json:
        typer.echo(orjson.dumps(asdict(went)).decode())
    raise typer.Exit(FAILED if went.not_taken else 0)


def look(file: Path, as_: str | None, errors: Path | None) -> Wish:
    """What the file holds. Raises Unreadable, ValueError, OSError."""
    rows = sheets.rows(file)
    header = next(rows, None)
    if header is None:
        raise Unreadable("the file is empty")
    return Wish(file, as_, errors, sum(1 for _ in rows), Columns.of(header), header)


@dataclass(frozen=True)
class Went:
    """How it went. `rows`: the first that were not taken, with their number and every reason."""

    dry_run: bool
    taken: int
    taken_before: int
    empty: int
    not_taken: int
    columns_not_used: tuple[str, ...]
    rows: tuple[tuple[int, str], ...]
    seconds: float


async def perform(console: Console, api: Api, wish: Wish) -> Went:
    """Raises Unreachable, Declined, Unreadable."""
    for title in wish.columns.unused:
        hint = f": {AMBIGUOUS[title.strip()]}" if title.strip() in AMBIGUOUS else ""
        console.print(f"Nothing of the column '{title}' is kept{hint}", markup=False, soft_wrap=True)
    started = time.monotonic()
    with Errors(wish.errors, wish.header) as errors, progress(console, wish) as advance:
        async with api:
            if wish.as_ is not None:
                await api.sign_in(wish.as_)
            job = Job(wish.columns, await known(api), errors, api, wish.as_, advance)
            rows = sheets.rows(wish.file)
            next(rows)
            counts = await send_all(job, rows)
    seconds = round(time.monotonic() - started, 3)
    about = (wish.columns.unused, tuple(errors.first), seconds)
    went = Went(wish.as_ is None, counts.taken, counts.again, counts.empty, errors.count, *about)
    report(console, wish, went)
    return went


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


def report(console: Console, wish: Wish, went: Went) -> None:
    """For people."""
    done = f"{_rows(went.taken)} {'would be taken' if went.dry_run else 'taken'}"
    again = f", {went.taken_before} had been taken before" if went.taken_before else ""
    empty = f", {went.empty} {'was' if went.empty == 1 else 'were'} empty" if went.empty else ""
    rate = (went.taken + went.taken_before) / went.seconds if went.seconds else 0.0
    console.print(f"{done}{again}{empty}, {went.not_taken} not taken. {went.seconds:.1f} s, {rate:.0f} rows/s.")
    for number, reason in went.rows:
        console.print(f"  row {number}: {reason}", markup=False, highlight=False, soft_wrap=True)
    if went.not_taken > len(went.rows):
        console.print(f"  … and {went.not_taken - len(went.rows)} more.")
    if went.not_taken and wish.errors:
        console.print(f"All of them are in {wish.errors}: correct them there and import that file.")
    elif went.not_taken:
        console.print("Write them to a file with --errors.")


def _rows(count: int) -> str:
    return f"{count} {'row' if count == 1 else 'rows'}"
