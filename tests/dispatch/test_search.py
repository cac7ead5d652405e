"""Typing what one knows of a case: its code, or names of the matter, the place, the department."""

from typing import Any

import pytest

from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def found(centre: Centre, q: str, who: str = "dispatch.cheng") -> tuple[set[str], list[dict[str, Any]]]:
    answer = await centre.sees(who, f"cases?limit=500&q={q}")
    return {row["id"] for row in answer["items"]}, answer["understood"]


async def test_a_case_is_found_by_its_code_and_by_the_beginning_of_it(centre: Centre) -> None:
    case, other = await centre.a_case(), await centre.a_case()
    code = case["code"]
    assert (await found(centre, code.lower()))[0] == {case["case_id"]}
    ids, understood = await found(centre, code[:13])
    assert {case["case_id"], other["case_id"]} <= ids
    assert understood == [{"word": code[:13], "field": "code", "values": [code[:13]], "names": [code[:13]]}]


async def test_a_case_is_found_by_the_names_of_its_matter_and_place(centre: Centre) -> None:
    here = await centre.a_case("sanitation.drain", "50010400200303")
    there = await centre.a_case("sanitation.drain", "50010400300101")
    noise = await centre.a_case("noise.living", "50010400200303")
    both = {here["case_id"], there["case_id"]}
    ids, understood = await found(centre, "下水道")
    assert both <= ids
    assert noise["case_id"] not in ids
    assert [(each["field"], each["values"]) for each in understood] == [("category", ["sanitation.drain"])]
    ids, understood = await found(centre, "下水道 跃进村")
    assert here["case_id"] in ids
    assert not {there["case_id"], noise["case_id"]} & ids
    assert [(each["field"], each["values"]) for each in understood][1] == ("area", ["500104002"])
    assert here["case_id"] in (await found(centre, "drain yuejincun"))[0]


async def test_a_case_is_found_by_the_department_that_has_work_in_it(centre: Centre) -> None:
    case = await centre.a_case()
    office = case["handoffs"][0]["department"]
    name = next(h["department_name"] for h in case["handoffs"])
    ids, understood = await found(centre, name.split()[0])
    assert case["case_id"] in ids
    assert office in understood[0]["values"]


async def test_what_is_nobodys_name_is_refused_with_names_that_are_near(centre: Centre) -> None:
    refused = await centre.sees("dispatch.cheng", "cases?q=下水管堵塞 13900001111", expect=422)
    assert refused["code"] == "nothing-so-named"
    assert refused["place"] == 1
    assert "下水道堵塞" in refused["near"]
    assert "13900001111" not in str(refused)
    refused = await centre.sees("dispatch.cheng", "cases?q=下水道 张三", expect=422)
    assert refused["place"] == 2
    assert "张三" not in refused["title"]


async def test_six_words_are_taken_and_a_seventh_is_refused(centre: Centre) -> None:
    await centre.sees("dispatch.cheng", f"cases?q={'下水道 ' * 6}")
    refused = await centre.sees("dispatch.cheng", f"cases?q={'下水道 ' * 7}", expect=422)
    assert refused["code"] == "too-many-words"


async def test_a_search_finds_nothing_that_its_list_would_not_show(centre: Centre) -> None:
    hidden = await centre.a_case(complained_of="city_management_bureau")
    assert (await found(centre, hidden["code"], "city.tang"))[0] == set()
    assert (await found(centre, hidden["code"]))[0] == {hidden["case_id"]}
