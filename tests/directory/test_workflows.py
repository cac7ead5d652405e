"""Which version of the procedures holds where: put into force from a day on, with its basis."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from shared.clocks.zone import DISTRICT_ZONE
from tests.directory.conftest import Town

BASIS = {"zh": "区政府办通知", "en": "Notice of the district office"}
NOISE = {"workflow": 2, "category": "noise.living", "area": "500104", "basis": BASIS}


def today(town: Town) -> date:
    return town.world.runtime("directory").now().astimezone(DISTRICT_ZONE).date()


async def put(town: Town, code: str, form: dict[str, Any], language: str = "en") -> httpx.Response:
    async with await town.as_("admin.ran") as admin:
        return await admin.put(f"/v1/workflows/{code}", json=form, headers={"Accept-Language": language})


async def test_a_version_is_put_into_force_from_a_day_on_and_everybody_can_read_where_since_when_and_why(town: Town):
    begin = str(today(town) + timedelta(days=1))
    assert (await put(town, "noise", {**NOISE, "valid_from": begin})).status_code == 200
    async with town.nobody() as anybody:
        item = (await anybody.get("/v1/workflows/noise")).json()
        listed = (await anybody.get(f"/v1/workflows?category=noise.living&on={begin}")).json()["items"]
        before = (await anybody.get("/v1/workflows?category=noise.living")).json()["items"]
    assert item["versions"] == listed == [{"code": "noise", "valid_from": begin, "valid_to": None, **NOISE}]
    assert before == [], "not before its day"


async def test_the_districts_own_files_say_what_stood_before(town: Town):
    async with town.nobody() as anybody:
        (light,) = (await anybody.get("/v1/workflows?category=lighting.broken")).json()["items"]
    assert (light["workflow"], light["valid_from"]) == (2, "2021-10-01")


async def test_a_version_that_there_is_not_is_refused_with_those_that_there_are(town: Town):
    answer = await put(town, "unknown", {**NOISE, "area": "500104002", "workflow": 3}, "zh")
    assert (answer.status_code, answer.json()["code"]) == (422, "no-such-workflow")
    assert answer.json()["title"] == "没有第 3 版办理流程；现有：1、2"


async def test_nothing_is_put_into_force_for_a_day_that_has_passed_not_even_for_the_first_time(town: Town):
    form = {**NOISE, "area": "500104003"}
    yesterday = str(today(town) - timedelta(days=1))
    answer = await put(town, "past", {**form, "valid_from": yesterday})
    assert (answer.status_code, answer.json()["code"]) == (409, "in-the-past")
    assert (await put(town, "past", {**form, "valid_from": str(today(town))})).status_code == 200


@pytest.mark.parametrize("basis", [None, {}, {"zh": "通知"}, {"zh": "", "en": ""}])
async def test_without_a_basis_it_is_refused(town: Town, basis: Any):
    form = {name: value for name, value in NOISE.items() if name != "basis"}
    answer = await put(town, "bare", form if basis is None else {**form, "basis": basis})
    assert answer.status_code == 422, answer.text
    assert "basis" in answer.text


async def test_one_holds_at_a_time_for_a_matter_and_area_and_another_only_once_it_has_ended(town: Town):
    begin, end = (str(today(town) + timedelta(days=days)) for days in (10, 20))
    for_all = {"workflow": 2, "area": "500104002", "basis": BASIS}
    assert (await put(town, "all", {**for_all, "valid_from": begin})).status_code == 200
    answer = await put(town, "again", {**for_all, "workflow": 1, "valid_from": end})
    assert (answer.status_code, answer.json()["code"]) == (409, "other-workflow")
    one_matter = {**for_all, "category": "pets.dogs", "workflow": 1, "valid_from": begin}
    assert (await put(town, "dogs", one_matter)).status_code == 200, "what names a matter is another thing"
    async with await town.as_("admin.ran") as admin:
        assert (await admin.post("/v1/workflows/all/end", json={"valid_to": end})).status_code == 200
    assert (await put(town, "again", {**for_all, "workflow": 1, "valid_from": end})).status_code == 200


@pytest.mark.parametrize(("field", "code"), [("category", "no.such"), ("area", "500104999")])
async def test_it_names_only_matters_and_areas_that_stand(town: Town, field: str, code: str):
    answer = await put(town, "nowhere", {**NOISE, field: code})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-in-force")


async def test_a_matter_stands_as_long_as_a_version_is_set_for_it(town: Town):
    async with await town.as_("admin.ran") as admin:
        answer = await admin.post("/v1/categories/lighting.broken/end", json={})
    assert (answer.status_code, answer.json()["code"]) == (409, "still-used")


@pytest.mark.parametrize("who", ["clerk.liu", "dispatch.cheng", "supervise.mao", "city.tang", "audit.yan"])
async def test_only_an_administrator_puts_one_into_force(town: Town, who: str):
    async with await town.as_(who) as somebody:
        answer = await somebody.put("/v1/workflows/mine", json=NOISE)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")
