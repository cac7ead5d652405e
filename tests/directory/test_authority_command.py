"""`lianzhi authority` against a directory that runs: what an administrator reads, and what it then does."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from deploy.cli.authority import Wish, perform
from deploy.scenarios.calls import Api, Declined
from shared.sheets import authorities
from tests.directory.conftest import Town
from tests.directory.test_authority_import import a_town, listed
from tests.kit.signing_in import PASSWORD

GOOD = "命令镇,社会生活噪声,新山村街道,区级赋权清单2027年版（示例）\n"
OTHER = "命令镇,垃圾清运,新山村街道,区级赋权清单2027年版（示例）\n"
BAD = "命令镇,没有的事项,新山村街道,依据\n"


async def told(town: Town, path: Path, text: str, who: str = "admin.ran", **wish: bool) -> str:
    path.write_text("乡镇街道,事项,区域,依据\n" + text, encoding="utf-8")
    console = Console(file=io.StringIO(), width=300)
    wanted = {"apply": False, "revoke_missing": False, **wish}
    await perform(console, Api(town.world.urls, PASSWORD), Wish(authorities.read(path), who, **wanted))
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def shown(output: str, row: str) -> str:
    """The line of the table that begins so."""
    (line,) = (line for line in output.splitlines() if line.split()[:1] == [row])
    return " ".join(line.split())


async def test_a_file_is_shown_recorded_when_asked_and_revokes_when_asked(town: Town, tmp_path: Path) -> None:
    code, path = await a_town(town, "import.command", "命令镇"), tmp_path / "a.csv"
    output = await told(town, path, GOOD + ",,,\n" + BAD + OTHER)
    assert shown(output, "2").startswith("2 granted 赋权 命令镇 import.command 社会生活噪声 noise.living 新山村街道")
    assert "没有这一事项类别：所填既不是现行名称，也不是代码 / There is no such category" in shown(output, "4")
    assert "没有的事项" in shown(output, "4"), "beside what was written in the file"
    assert "预览 Preview: 2 granted 赋权; 1 refused 不接受" in output
    assert "Nothing is changed" in output
    assert await listed(town, code) == []

    output = await told(town, path, GOOD + BAD + OTHER, apply=True)
    assert "已记录 Recorded: 2 granted 赋权; 1 refused 不接受" in output
    assert len(await listed(town, code)) == 2

    output = await told(town, path, GOOD, apply=True)
    assert shown(output, "–").startswith("– missing 清单中没有 命令镇 import.command 垃圾清运")
    assert len(await listed(town, code)) == 2
    output = await told(town, path, GOOD, apply=True, revoke_missing=True)
    assert "Recorded: 1 unchanged 不变; 1 revoked 收回" in output
    assert [matter for matter, *_ in await listed(town, code)] == ["noise.living"]


@pytest.mark.parametrize(("who", "why"), [("dispatch.cheng", "not-permitted"), ("nobody.known", "sign-in")])
async def test_who_is_no_administrator_sees_and_does_nothing(town: Town, tmp_path: Path, who: str, why: str) -> None:
    with pytest.raises(Declined) as refused:
        await told(town, tmp_path / "a.csv", GOOD, who, apply=True)
    assert refused.value.code == why


async def test_a_file_with_a_refused_row_revokes_nothing(town: Town, tmp_path: Path) -> None:
    with pytest.raises(Declined, match="rows-refused"):
        await told(town, tmp_path / "a.csv", GOOD + BAD, apply=True, revoke_missing=True)
