"""Loading a district's files, once and again."""

import shutil
import time
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import SecretStr

from deploy.district import load_district
from deploy.district_files import read_district
from deploy.district_yaml import WrongFile
from tests.directory.conftest import Town
from tests.kit.reference import DISTRICT


async def facts(town: Town) -> int:
    about = "aggregate, aggregate_id, version"
    told = f"SELECT {about} FROM log UNION SELECT {about} FROM pending"
    query = f"SELECT count(*) AS number FROM ({told}) AS told WHERE aggregate <> 'head'"
    return int((await town.world.fetch("directory", query))[0]["number"])


def a_copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DISTRICT, tmp_path / "district"))


def rewrite(folder: Path, name: str, change: Any) -> None:
    path = folder / f"{name}.yaml"
    items = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(items)
    path.write_text(yaml.safe_dump(items, allow_unicode=True), encoding="utf-8")


async def test_everything_in_the_files_stands_in_the_directory(town: Town) -> None:
    district = read_district(DISTRICT)
    async with town.world.admin("directory") as connection:
        there = {row["id"] for row in await connection.fetch("SELECT id FROM directory_entries")}
        logins = {row["login"] for row in await connection.fetch("SELECT login FROM identities")}
    assert {entry.id for entry in district.entries} <= there
    assert {person.login for person in district.people} <= logins
    assert len([id for id in there if id.startswith("post:")]) >= len(district.posts)


async def test_loading_again_changes_nothing_and_is_quick(town: Town) -> None:
    before, started = await facts(town), time.perf_counter()
    assert await load_district(town.world.runtime("directory"), DISTRICT, SecretStr("another one")) == 0
    assert time.perf_counter() - started < 2
    assert await facts(town) == before


async def test_only_what_differs_is_recorded(town: Town, tmp_path: Path) -> None:
    folder, runtime = a_copy(tmp_path), town.world.runtime("directory")

    def rename(departments: list[dict[str, Any]]) -> None:
        departments[0]["name"]["en"] = "Committee for Political and Legal Affairs"
        departments.append({"code": "post_office", "name": {"zh": "邮局", "en": "Post Office"}, "kind": "centre"})

    rewrite(folder, "departments", rename)
    assert await load_district(runtime, folder) == 2
    assert await load_district(runtime, folder) == 0
    async with town.nobody() as client:
        found = (await client.get("/v1/departments/political_legal_committee")).json()["versions"]
    assert [version["name"]["en"] for version in found] == [
        "Political and Legal Affairs Committee",
        "Committee for Political and Legal Affairs",
    ]
    assert found[0]["valid_to"] == found[1]["valid_from"] > "2021"


async def test_what_was_changed_through_the_api_stays(town: Town) -> None:
    form = {"name": {"zh": "教育", "en": "Education, renamed here"}, "kind": "government"}
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/departments/education_commission", json=form)).status_code == 200
        await load_district(town.world.runtime("directory"), DISTRICT)
        found = (await admin.get("/v1/departments/education_commission")).json()["versions"]
    assert found[-1]["name"]["en"] == "Education, renamed here"


async def test_what_would_alter_the_past_is_refused_and_the_rest_is_loaded(town: Town, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    rewrite(folder, "catalogue", lambda rules: rules[0].update(lead="police_bureau"))
    rewrite(folder, "categories", lambda all: all.append({**all[0], "code": "new.matter"}))
    assert await load_district(town.world.runtime("directory"), folder) == 1
    async with town.nobody() as client:
        assert (await client.get("/v1/rules/R001")).json()["version"] == 1
        assert (await client.get("/v1/categories/new.matter")).status_code == 200


async def test_without_a_demonstration_password_nobody_can_sign_in(town: Town, tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    newcomer = {"username": "late.shi", "name": "石迟", "posts": [], "department": "police_bureau"}
    rewrite(folder, "staff", lambda staff: staff.append(newcomer))
    assert await load_district(town.world.runtime("directory"), folder) == 1
    assert (await town.sign_in("late.shi")).status_code == 400


def test_a_file_that_is_wrong_is_named(tmp_path: Path) -> None:
    folder = a_copy(tmp_path)
    rewrite(folder, "areas", lambda areas: areas[0].update(level="continent"))
    with pytest.raises(WrongFile, match=r"areas.yaml, line \d+: level"):
        read_district(folder)
