"""`lianzhi generate`."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import asyncpg
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import say
from deploy.embedded import health, keyring
from deploy.embedded.environment import Addresses
from deploy.embedded.folder import Folder
from deploy.embedded.postgres import Postgres
from deploy.generator.filling import HoldsOthers, Into, fill
from deploy.generator.logs import into_outbox
from deploy.registry import SERVICES

FAILED = 1


def generate(
    data: Annotated[
        Path, typer.Option("--data", help="The run to fill, a throw-away one; no default.", file_okay=False)
    ],
    cases: Annotated[int, typer.Option(min=1, max=10_000_000, help="How many.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="The same seed and moment give the same cases.")] = 1,
    facts: Annotated[
        bool, typer.Option("--facts", help="Also all that was told of them, to every service: fifteen facts a case.")
    ] = False,
) -> None:
    """Fill dispatch of a throw-away run with invented cases, to see lists and search at that size.

    Cases made before are replaced, but for those of which facts were told. A run that holds any other case is refused.
    Only what was made with --facts can be replayed.
    """
    folder = Folder(data.absolute())
    run = health.running(folder)
    if run is None:
        say.nothing_runs(folder)
    password = keyring.load(folder.secrets)[keyring.SUPERUSER]
    url = Postgres(folder.root, Addresses(run.base, SERVICES).postgres, password).url()
    columns = (TextColumn("Making cases"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=cases)
        try:
            into = into_outbox if facts else None
            asyncio.run(_fill(url, (cases, seed, into), lambda done: progress.update(task, completed=done)))
        except HoldsOthers:
            say.refuse(
                f"{folder.root} 中有不是由本命令生成的案件，或者已有案件的事实，未作任何改动。"
                "请换一个可以丢弃的数据目录。",
                f"{folder.root} holds cases that were not made here, or facts of cases. Nothing was touched: take a"
                " throw-away run.",
                FAILED,
            )


async def _fill(url: str, what: tuple[int, int, Into | None], told: Callable[[int], object]) -> None:
    connection, (cases, seed, into) = await asyncpg.connect(url), what
    try:
        await fill(connection, cases, seed, datetime.now(UTC), told, into)
    finally:
        await connection.close()
