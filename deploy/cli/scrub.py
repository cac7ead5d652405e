"""`lianzhi scrub`."""

import asyncio

import typer

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replay import admin_url
from deploy.embedded.folder import Folder
from deploy.scrub import scrub


def scrub_disk(data: Data = DEFAULT_DATA) -> None:
    """Remove from PostgreSQL's files what erased contents left behind; their tables are locked for a moment."""
    tables = asyncio.run(scrub(admin_url(Folder(data.absolute()), log=False)))
    zh = f"已重写 {len(tables)} 张表并换用新的预写日志；数据库的备份不在其内，应按各自的期限销毁。"
    en = (
        f"{len(tables)} tables and the write-ahead log were begun anew."
        " Backups of the database have to be destroyed in their own time."
    )
    typer.echo(say.both(zh, en))
