"""`lianzhi recover`."""

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
from services.audit.log.recover import NotRecovered, Recovered, recover

FAILED = 1


def recover_log(
    witness: Annotated[
        Path | None, typer.Option(help="A witness's folder to bring the log back from; the embedded run's if absent.")
    ] = None,
    data: Data = DEFAULT_DATA,
) -> None:
    """Bring the audit log back from a witness's copy, after its database was restored or lost; audit must not run."""
    folder = Folder(data.absolute())
    held = copies(witness or folder.witness)
    if len(held) != 1 or held[0].mirrored() is None:
        say.refuse("没有可用的副本。", "There is no copy to bring the log back from.", FAILED)
    [copy] = held
    if any(isinstance(each, Wrong) for each in copy.check()):
        say.refuse(
            "副本本身已损坏，见 lianzhi inspect --copy-only。",
            "The copy itself is damaged: see `lianzhi inspect --copy-only`.",
            FAILED,
        )
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            found = asyncio.run(_recover(admin_url(folder, log=False), copy, progress))
    except NotRecovered as failure:
        say.refuse("未能恢复。", f"Not recovered: {failure}.", FAILED)
    if found is None:
        say.refuse(
            "audit 服务正在使用这个数据库；请先停止它（lianzhi down，再 lianzhi up --only directory）。",
            "The audit service is at work on this database: stop it first"
            " (`lianzhi down`, then `lianzhi up --only directory`).",
            FAILED,
        )
    zh = f"原有 {found.before} 条，前 {found.common} 条与副本一致；现有 {found.size} 条。启动 audit 后会补收其余事实。"
    en = (
        f"There were {found.before} entries, the first {found.common} as in the copy; now there are {found.size}."
        " Start audit: it hears the rest again."
    )
    typer.echo(say.both(zh, en))


async def _recover(url: str, copy: HeldCopy, progress: Progress) -> Recovered | None:
    """None while a service is connected."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "audit"})
    try:
        here = "SELECT count(*) FROM pg_stat_activity WHERE usename = $1 AND datname = current_database()"
        if await connection.fetchval(here, "lianzhi_audit"):
            return None
        task = progress.add_task("log", total=None)
        return await recover(connection, copy, lambda done, total: progress.update(task, completed=done, total=total))
    finally:
        await connection.close()
