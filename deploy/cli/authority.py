"""`lianzhi authority`."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.cli import say
from deploy.cli.demo import addresses
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.scenarios.calls import Api, Ask, Declined, Unreachable
from shared.sheets import authorities
from shared.sheets.authorities import AuthorityList
from shared.sheets.sheets import Unreadable
from shared.world.world import new_id

FAILED = 1
RESULTS: Mapping[str, tuple[str, str]] = {
    "granted": ("赋权", "green"),
    "changed": ("变更", "yellow"),
    "unchanged": ("不变", "dim"),
    "revoked": ("收回", "red"),
    "missing": ("清单中没有", "yellow"),
    "refused": ("不接受", "red"),
}


@dataclass(frozen=True)
class Wish:
    """What to bring in, on whose behalf, and how far to go."""

    given: AuthorityList
    as_: str
    apply: bool
    revoke_missing: bool


def authority(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or XLSX, a town's matter a row.")],
    apply: Annotated[bool, typer.Option("--apply", help="Record it; without this it is only shown.")] = False,
    revoke_missing: Annotated[
        bool, typer.Option("--revoke-missing", help="End what these towns have and the file lacks.")
    ] = False,
    as_: Annotated[str, typer.Option("--as", help="The administrator who does it.")] = "admin.ran",
    as_json: Annotated[bool, typer.Option("--json", help="Directory's answer, for programs.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Show what an authority list (赋权清单) from a table would change, and with --apply record it.

    Needed: town (乡镇街道), matter (事项), area (区域), basis (依据). Also: basis_en, from (生效日), to (终止日, the
    first day without it). Codes or names. Run again it changes nothing more.
    """
    folder = Folder(data.absolute())
    found = health.running(folder)
    if found is None:
        say.nothing_runs(folder)
    console = Console(stderr=as_json)
    try:
        wish = Wish(authorities.read(file), as_, apply, revoke_missing)
        api = Api(addresses(found), keyring.load(folder.secrets)[keyring.DEMO])
        answer = asyncio.run(perform(console, api, wish))
    except (Unreadable, ValueError, OSError) as wrong:
        say.refuse(f"{file} 无法导入（{wrong}）。", f"{file}: {wrong}", FAILED)
    except (Unreachable, Declined) as gone:
        say.refuse(f"赋权清单没有导入（{gone}）。", f"The list is not brought in: {gone}", FAILED)
    if as_json:
        typer.echo(orjson.dumps(answer).decode())
    raise typer.Exit(FAILED if answer["counts"].get("refused") else 0)


async def perform(console: Console, api: Api, wish: Wish) -> dict[str, Any]:
    """Directory's last answer. Raises Unreachable, Declined."""
    for title in wish.given.unused:
        console.print(f"Nothing of the column '{title}' is kept", markup=False, soft_wrap=True)
    body = {"rows": wish.given.rows, "revoke_missing": wish.revoke_missing}
    async with api:
        await api.sign_in(wish.as_)
        answer = await api.do(Ask("directory", "POST", "/v1/authorities/preview", wish.as_, body=body))
        console.print(as_table(answer, wish))
        if wish.apply:
            body["as_of"] = answer["as_of"]
            answer = await api.do(Ask("directory", "POST", "/v1/authorities/apply", wish.as_, new_id(), body))
    console.print(_counted(answer), soft_wrap=True)
    if not wish.apply:
        console.print("没有更改；加 --apply 才会记录。 Nothing is changed; --apply records it.", soft_wrap=True)
    return dict(answer)


def as_table(answer: Mapping[str, Any], wish: Wish) -> Table:
    """A line for each row of the file, then what these towns have beyond it."""
    table = Table(box=box.SIMPLE, padding=(0, 1))
    for place, title in enumerate(("row", "result", "town", "matter", "area", "from", "to", "basis, or why not")):
        table.add_column(title, overflow="fold", no_wrap=not place)
    for line, written in zip(answer["rows"], wish.given.rows, strict=True):
        _add(table, line, written)
    for line in answer["missing"]:
        _add(table, line, {})
    return table


def _add(table: Table, line: Mapping[str, Any], written: Mapping[str, Any]) -> None:
    """What is not known by any name is shown as it was written."""
    word, colour = RESULTS[line["result"]]
    names = [_named(line[field]) or str(written.get(field, "")) for field in ("town", "matter", "area")]
    days = [str(line[field] or written.get(field) or "–") for field in ("valid_from", "valid_to")]
    table.add_row(
        str(line["row"] or "–"),
        Text(f"{line['result']} {word}", colour),
        *map(Text, names),
        *map(Text, days),
        _why(line),
    )


def _named(coded: Mapping[str, Any] | None) -> str:
    if coded is None:
        return ""
    return f"{coded['name']['zh']} {coded['code']}" if coded["name"] else str(coded["code"])


def _why(line: Mapping[str, Any]) -> Text:
    if line["problem"] is not None:
        reason = line["problem"]["reason"]
        return Text(f"{reason['zh']} / {reason['en']}")
    before = line["before"]
    if line["result"] == "changed" and before["basis"] != line["basis"]:
        return Text(f"{line['basis']['zh']} ← {before['basis']['zh']}")
    return Text(line["basis"]["zh"])


def _counted(answer: Mapping[str, Any]) -> Text:
    told = [f"{count} {result} {RESULTS[result][0]}" for result, count in answer["counts"].items()]
    return Text(("已记录 Recorded: " if answer["applied"] else "预览 Preview: ") + "; ".join(told))
