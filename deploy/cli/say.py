"""What somebody at the terminal is told: a sentence in Chinese, and the same in English."""

from datetime import datetime
from typing import NoReturn

import typer

from deploy.embedded.folder import Folder
from shared.clocks.zone import DISTRICT_ZONE
from shared.refusals.refusals import Refused

NOT_RUNNING = 3


def both(zh: str, en: str) -> str:
    """One below the other."""
    return f"{zh}\n{en}"


def district_time(moment: datetime) -> str:
    """To the second, as the district's clocks show it."""
    return moment.astimezone(DISTRICT_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def wrong(zh: str, en: str, option: str | None = None) -> typer.BadParameter:
    """For a parameter that cannot be meant so."""
    return typer.BadParameter(f"{zh} {en}", param_hint=option)


def refuse(zh: str, en: str, code: int) -> NoReturn:
    """Said on the error stream; ends the command."""
    typer.echo(both(zh, en), err=True)
    raise typer.Exit(code)


def refused(refusal: Refused, code: int) -> NoReturn:
    """By rule; ends the command."""
    refuse(f"{refusal.message('zh')}。", f"{refusal.message('en')}.", code)


def nothing_runs(
    folder: Folder, zh: str = "请先用 lianzhi up 启动", en: str = "Start it with `lianzhi up`"
) -> NoReturn:
    """Ends the command with 3."""
    refuse(f"{folder.root} 中没有系统在运行。{zh}。", f"Nothing runs in {folder.root}. {en}.", NOT_RUNNING)
