"""A year's notice of the State Council: what an administrator may load, and what it corrects."""

from datetime import date, timedelta
from typing import Any

import pytest

from services.directory.model.entries import MODEL, RegisterEntry
from services.directory.model.refusals import NotOfTheYear, OffAndWorked, WorkedAnyway
from shared.clocks.zone import DISTRICT_ZONE
from shared.reference.days import working_days
from shared.refusals.refusals import Refused
from tests.directory.conftest import Town
from tests.directory.test_model import a_book, command, lasting

NOTICE = {"source_zh": "通知", "source_en": "Notice"}
FORM = {
    "source": {"zh": "国办发明电〔2026〕1号", "en": "Guobanfa Mingdian [2026] 1"},
    "days_off": ["2027-01-01", "2027-02-05", "2027-02-08"],
    "days_worked": ["2027-01-31"],
}


def loaded(off: list[str], worked: list[str], year: str = "2022", **book: Any) -> Refused | None:
    data = {**NOTICE, "days_off": off, "days_worked": worked}
    given = command(RegisterEntry, "holidays", code=year, data=data, book=a_book(**book))
    try:
        MODEL.decide(MODEL.blank, given)
    except Refused as refusal:
        return refusal
    return None


@pytest.mark.parametrize(
    ("off", "worked", "refused"),
    [
        (["2021-12-29", "2022-12-31"], [], None),
        (["2021-12-28"], [], NotOfTheYear),
        (["2023-01-01"], [], NotOfTheYear),
        (["2022-10-03"], ["2023-01-07"], NotOfTheYear),
        (["2022-10-03", "2022-10-08"], ["2022-10-08"], OffAndWorked),
        (["2022-10-03"], ["2022-10-08", "2022-10-09"], None),
        (["2022-10-03"], ["2022-10-10"], WorkedAnyway),
        (["2022-10-03"], ["2021-12-31"], WorkedAnyway),
    ],
    ids=[
        *("from the last days of the year before", "a day too early", "a day too late", "worked a day too late"),
        *("off and worked", "a weekend worked", "a Monday made a working day", "a Friday that was none off"),
    ],
)
def test_a_notice_speaks_of_its_own_year(off: list[str], worked: list[str], refused: type[Refused] | None) -> None:
    assert type(loaded(off, worked)) is (refused or type(None))


def test_a_notice_may_take_back_a_day_that_the_one_before_gave() -> None:
    before = {**NOTICE, "days_off": ["2098-12-31"], "days_worked": []}
    assert date(2098, 12, 31).isoweekday() <= 5
    assert isinstance(loaded(["2099-01-01"], ["2098-12-31"], "2099"), WorkedAnyway)
    assert loaded(["2099-01-01"], ["2098-12-31"], "2099", holidays_2098=lasting(before)) is None


def test_what_is_wrong_is_said_in_both_languages() -> None:
    refusal = loaded(["2021-12-28"], [])
    assert refusal is not None
    assert "2021-12-28" in refusal.message("zh")
    assert "2021-12-29" in refusal.message("en"), "from which day on is allowed"


async def test_an_administrator_loads_a_year_and_corrects_it(town: Town) -> None:
    reference = town.world.runtime("directory").reference
    days = ("2027-02-08", "2027-02-05", "2027-01-31", "2027-02-09")

    def working() -> list[bool]:
        return [working_days(reference).is_working(date.fromisoformat(day)) for day in days]

    assert working() == [True, True, False, True], "by its weekends, before there is a notice"
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/holidays/2027", json=FORM)).status_code == 200
        await town.world.until(lambda: working() == [False, False, True, True])
        corrected = {**FORM, "days_off": ["2027-01-01", "2027-02-08", "2027-02-09"]}
        assert (await admin.put("/v1/holidays/2027", json=corrected)).status_code == 200
        await town.world.until(lambda: working() == [False, True, True, False])
    async with town.nobody() as client:
        (item,) = (await client.get("/v1/holidays")).json()["items"]
        assert (item["code"], item["source"], item["days_off"]) == ("2027", FORM["source"], corrected["days_off"])
        assert (await client.post("/v1/holidays/2027/end")).status_code == 404, "a notice is corrected, not ended"


async def test_a_notice_that_cannot_be_is_refused_over_http(town: Town) -> None:
    tomorrow = town.world.runtime("directory").now().astimezone(DISTRICT_ZONE).date() + timedelta(days=1)
    async with await town.as_("admin.ran") as admin:
        for code, form, status in (
            ("2030", {**FORM, "days_off": ["2029-12-28"]}, 409),
            ("2030", {**FORM, "days_off": []}, 422),
            ("2030", {**FORM, "valid_from": str(tomorrow)}, 422),
            ("1999", FORM, 422),
            ("spring", FORM, 422),
        ):
            assert (await admin.put(f"/v1/holidays/{code}", json=form)).status_code == status, (code, form)
    async with await town.as_("dispatch.cheng") as dispatcher:
        assert (await dispatcher.put("/v1/holidays/2030", json=FORM)).status_code == 403
    async with town.nobody() as client:
        assert (await client.put("/v1/holidays/2030", json=FORM)).status_code == 401
