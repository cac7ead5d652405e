"""`lianzhi archive YEAR --remove`, `--bring-back`: what has ended leaves the live log, and comes back from files."""

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
from rich.console import Console

from deploy.cli import say
from deploy.cli.archiving import NotArchived, months_of, refused
from deploy.cli.verify import check_archive
from deploy.registry import all_folds
from services.audit.log.archiving import measure
from services.audit.log.months import Month, months
from services.audit.log.removal import NotMoved, Taken, give_back_room, put_back, still_live, take_out
from services.audit.log.removed import months_removed
from services.audit.tree.label import file_name
from services.audit.tree.notes import VerifierKey
from services.audit.tree.verdict import BadFile

RULE = (
    "归档文件请按本单位经审查同意的归档范围和档案保管期限表保存（国家档案局令第8号：永久或者定期），期满之前不得销毁"
    "（档案法禁止擅自销毁档案）；本系统不删除归档文件。在用库中留几年，没有规定，由本单位决定。",
    "Keep the files as long as your body's own table of retention periods says, which the archives have agreed to"
    " (order no. 8 of the National Archives Administration: for good, or for a term), and destroy none before (Archives"
    " Law); this system deletes no file. How many years stay in the live log no rule says: that is for you to decide.",
)


def remove(client: httpx.Client, url: str, year: int, files: Path, console: Console) -> list[dict[str, Any]]:
    """Raises NotArchived, httpx.HTTPError, OSError."""
    for month in months_of(client, year):
        verified(files, month)
    recorded = refused(client.post(f"/v1/archives/{year}/removal")).json()["items"]
    taken, left = asyncio.run(_take_out(url, year))
    zh = f"{year} 年及以前：移出 {taken.entries} 条，{taken.cases} 件已办结案件及各服务报数；在用库仍留 {left} 条。"
    en = f"Up to {year}: {taken.entries} entries of {taken.cases} ended cases and head facts taken out; {left} stay."
    console.print(say.both(zh, en), soft_wrap=True, highlight=False)
    console.print(say.both(*RULE), soft_wrap=True, highlight=False)
    return list(recorded)


def bring_back(client: httpx.Client, url: str, year: int, files: Path, console: Console) -> list[dict[str, Any]]:
    """Raises NotArchived, httpx.HTTPError, OSError."""
    away = [month for month in months_of(client, year) if month["removed_at"] is not None]
    found = {month["month"]: verified(files, month) for month in away}
    for name, rows in asyncio.run(_put_back(url, found)).items():
        console.print(say.both(f"{name}：放回 {rows} 条。", f"{name}: {rows} entries are back."), highlight=False)
    return list(refused(client.post(f"/v1/archives/{year}/return")).json()["items"])


def verified(files: Path, month: dict[str, Any], keys: Sequence[VerifierKey] = ()) -> Path:
    """The file of that month, which is the one that was recorded. Raises NotArchived, OSError."""
    file = files / file_name(month["month"])
    if not file.is_file():
        raise NotArchived(
            f"{file} 不在；请用 --out 指明归档文件所在目录，或者先运行 lianzhi archive {month['month'][:4]} 取得。",
            f"{file} is not there: say by --out where the archives are, or run lianzhi archive {month['month'][:4]}.",
        )
    if measure(file) != (month["length"], month["sha256"]):
        raise NotArchived(f"{file} 与所记录的校验和不符。", f"{file} is not the file that was recorded.")
    try:
        verdict = check_archive(file, keys)
    except BadFile as wrong:
        raise NotArchived(f"{file} 无法读取。", f"{file}: {wrong}") from wrong
    if not verdict.holds:
        problem = verdict.problems[0]
        raise NotArchived(f"{file}：{problem.zh}", f"{file}: {problem.place}: {problem.en}")
    return file


async def _take_out(url: str, year: int) -> tuple[Taken, int]:
    """And how many entries of these months stay."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "audit", "jit": "off"})
    try:
        taken = await take_out(connection, all_folds(), year, datetime.now(UTC))
        cleared = [month for month in await _removed(connection) if month.month.year <= year]
        if taken.entries:
            await give_back_room(connection, cleared)
        left = await still_live(connection, cleared)
    except NotMoved as wrong:
        raise NotArchived(f"未移出任何条目：{wrong.zh}。", f"Nothing was taken out: {wrong.en}.") from wrong
    finally:
        await connection.close()
    return taken, left


async def _removed(connection: asyncpg.Connection) -> list[Month]:
    names = set(await months_removed(connection))
    return [month for month in await months(connection) if month.name in names]


async def _put_back(url: str, files: dict[str, Path]) -> dict[str, int]:
    """A month after the other, each whole or not at all; by month how many."""
    connection = await asyncpg.connect(url, server_settings={"search_path": "audit", "jit": "off"})
    try:
        back = {}
        for month in await months(connection):
            if month.name in files:
                back[month.name] = await put_back(connection, month, portions(files[month.name]))
        return back
    except NotMoved as wrong:
        raise NotArchived(f"未放回：{wrong.zh}。", f"It was not put back: {wrong.en}.") from wrong
    finally:
        await connection.close()


def portions(file: Path) -> Iterator[list[dict[str, Any]]]:
    """A row group at a time. Raises BadFile, OSError."""
    from services.audit.tree.archive import opened  # 50 MB that only who archives needs

    with opened(file) as parquet:
        for number in range(parquet.metadata.num_row_groups):
            yield parquet.read_row_group(number).to_pylist()
