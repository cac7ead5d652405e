"""Filters that people keep, each under a name of their own."""

import asyncio
from typing import Any
from urllib.parse import quote

import pytest
import structlog

from services.dispatch.saved import MOST
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")

ANYWHERE = ("cases", "cases/export", "figures/cases", "map/cases")
SETTLED: dict[str, Any] = {
    "overdue": "false",
    "category": "greening.tree,sanitation.drain",
    "opened_from": "2020-01-01T00:00:00+08:00",
}


async def keeps(centre: Centre, who: str, name: str, expect: int = 200, **query: Any) -> Any:
    async with centre.world.client("dispatch", who) as someone:
        answer = await someone.put(f"/v1/filters/{quote(name, safe='')}", params=query)
    assert answer.status_code == expect, answer.text
    return answer.json()


async def forgets(centre: Centre, who: str, name: str, expect: int = 204) -> Any:
    async with centre.world.client("dispatch", who, language="zh") as someone:
        answer = await someone.delete(f"/v1/filters/{quote(name, safe='')}")
    assert answer.status_code == expect, answer.text
    return answer.json() if answer.content else None


async def own(centre: Centre, who: str) -> dict[str, Any]:
    return {each["name"]: each for each in (await centre.sees(who, "filters"))["items"]}


async def ids(centre: Centre, query: str, who: str = "dispatch.cheng") -> set[str]:
    return {row["id"] for row in (await centre.sees(who, f"cases?limit=500&{query}"))["items"]}


async def test_a_list_is_narrowed_by_what_was_kept_and_what_is_given_beside_it_wins(centre: Centre) -> None:
    drain, tree = await centre.a_case(), await centre.a_case("greening.tree")
    await keeps(centre, "dispatch.cheng", "我的绿化", category="greening.tree", code=tree["code"])
    kept = f"saved={quote('我的绿化')}"
    assert await ids(centre, kept) == {tree["case_id"]}
    assert await ids(centre, f"{kept}&code={drain['code']}") == set()
    assert await ids(centre, f"{kept}&code={drain['code']}&category=sanitation.drain") == {drain["case_id"]}
    async with centre.world.client("dispatch", "dispatch.cheng") as someone:
        exported = await someone.get(f"/v1/cases/export?format=jsonl&{kept}")
    assert [tree["code"] in line for line in exported.text.splitlines()] == [True]
    assert [row["count"] for row in await centre.sees("dispatch.cheng", f"figures/cases?{kept}")] == [1]
    assert [row["count"] for row in (await centre.sees("dispatch.cheng", f"map/cases?{kept}"))["items"]] == [1]


async def test_words_are_kept_too_and_other_words_take_their_place(centre: Centre) -> None:
    drain, tree = await centre.a_case(), await centre.a_case("greening.tree")
    await keeps(centre, "dispatch.cheng", "堵塞", q=f"下水道堵塞 {drain['code']}")
    kept = f"saved={quote('堵塞')}"
    assert await ids(centre, kept) == {drain["case_id"]}
    assert await ids(centre, f"{kept}&q={tree['code']}") == {tree["case_id"]}
    await keeps(centre, "dispatch.cheng", "堵塞待办", saved="堵塞", status="closed")
    assert await ids(centre, f"saved={quote('堵塞待办')}") == set()
    assert await ids(centre, f"saved={quote('堵塞待办')}&status=routed") == {drain["case_id"]}


@pytest.mark.parametrize("list", ["handoffs", "clocks"])
async def test_each_list_has_its_own(centre: Centre, list: str) -> None:
    """A state of hand-offs is none of cases, so a filter belongs to the list that it was kept for."""
    case = await centre.a_case()
    await keeps(centre, "dispatch.cheng", "当日", list=list, code=case["code"])
    found = (await centre.sees("dispatch.cheng", f"{list}?saved={quote('当日')}"))["items"]
    assert {row["code"] for row in found} == {case["code"]}
    for other in ANYWHERE:
        await centre.sees("dispatch.cheng", f"{other}?saved={quote('当日')}", expect=422)
    await keeps(centre, "dispatch.cheng", "交办", list="handoffs", status="verified")
    await keeps(centre, "dispatch.cheng", "交办", list="cases", status="verified", expect=422)


async def test_it_is_given_back_as_it_is_asked(centre: Centre) -> None:
    kept = await keeps(centre, "dispatch.zou", "无逾期", q="下水道", **SETTLED)
    assert kept == (await own(centre, "dispatch.zou"))["无逾期"]
    assert (kept["list"], kept["query"]["overdue"], kept["query"]["q"]) == ("cases", False, "下水道")
    async with centre.world.client("dispatch", "dispatch.zou") as someone:
        typed = await someone.get("/v1/cases", params={**SETTLED, "q": "下水道"})
        again = {name: ",".join(v) if isinstance(v, list) else str(v) for name, v in kept["query"].items()}
        back = await someone.get("/v1/cases", params=again)
        by_name = await someone.get("/v1/cases", params={"saved": "无逾期"})
    assert typed.status_code == 200
    first, *others = ({**each.json(), "as_of": None} for each in (typed, back, by_name))
    assert others == [first, first]


async def test_it_is_nobody_elses(centre: Centre) -> None:
    await keeps(centre, "dispatch.cheng", "私用", status="routed")
    assert "私用" not in await own(centre, "dispatch.zou")
    refused = await centre.sees("dispatch.zou", f"cases?saved={quote('私用')}", expect=422)
    assert (refused["code"], refused["field"]) == ("no-such-value", "saved")
    assert "私用" not in str(refused)
    gone = await forgets(centre, "dispatch.zou", "私用", expect=404)
    assert gone["title"] == "没有找到这个筛选条件，或您无权查看"
    await keeps(centre, "dispatch.zou", "私用", status="queued")
    assert (await own(centre, "dispatch.cheng"))["私用"]["query"] == {"status": ["routed"]}


async def test_it_shows_no_more_than_its_reader_may_see(centre: Centre) -> None:
    case = await centre.a_case()
    await keeps(centre, "justice.shen", "此案", code=case["code"])
    assert await ids(centre, f"saved={quote('此案')}", "justice.shen") == set()


async def test_a_name_is_used_again_and_forgotten(centre: Centre) -> None:
    await keeps(centre, "supervise.mao", "督办", status="routed")
    await keeps(centre, "supervise.mao", "督办", list="clocks", overdue="true")
    assert await own(centre, "supervise.mao") == {
        "督办": {"name": "督办", "list": "clocks", "query": {"overdue": True}, "first": False}
    }
    await forgets(centre, "supervise.mao", "督办")
    await forgets(centre, "supervise.mao", "督办", expect=404)
    refused = await centre.sees("supervise.mao", f"clocks?saved={quote('督办')}", expect=422)
    assert refused["possible"] == []


async def test_what_there_is_not_is_refused_when_it_is_kept_and_when_it_is_used(centre: Centre) -> None:
    """Used: the directory as it was when the filter was kept is put there as a row."""
    for wrong in ({"status": "done"}, {"department": "nobody"}, {"q": "欧阳金丝雀"}, {"saved": "没有这个"}):
        await keeps(centre, "clerk.liu", "错", expect=422, **wrong)
    assert "错" not in await own(centre, "clerk.liu")
    await keeps(centre, "clerk.liu", "旧单位", department="city_management_bureau")
    async with centre.world.admin("dispatch") as administrator:
        await administrator.execute(
            """UPDATE filters SET query = '{"department": ["city_patrol"]}' WHERE name = '旧单位'"""
        )
    for path in ANYWHERE:
        kept = await centre.sees("clerk.liu", f"{path}?saved={quote('旧单位')}", expect=422)
        assert kept == await centre.sees("clerk.liu", f"{path}?department=city_patrol", expect=422)
    assert await ids(centre, f"saved={quote('旧单位')}&department=city_management_bureau", "clerk.liu")


@pytest.mark.parametrize(
    ("name", "status"), [("字" * 40, 200), ("字" * 41, 422), ("a b", 200), (" a", 422), ("a ", 422), ("a\tb", 422)]
)
async def test_a_name_has_up_to_forty_signs(centre: Centre, name: str, status: int) -> None:
    await keeps(centre, "audit.yan", name, expect=status, status="routed")
    if status == 200:
        await centre.sees("audit.yan", f"cases?saved={quote(name)}")
        await forgets(centre, "audit.yan", name)


async def test_one_person_keeps_fifty_even_when_many_come_at_once(centre: Centre) -> None:
    async with centre.world.client("dispatch", "police.wu", language="zh") as someone:
        came = await asyncio.gather(*(someone.put(f"/v1/filters/{n}?status=routed") for n in range(MOST + 4)))
        assert sorted(answer.status_code for answer in came) == [200] * MOST + [409] * 4
        refused = next(answer for answer in came if answer.status_code == 409)
        assert refused.json()["title"] == "每人最多保存 50 个筛选条件，请先删除不用的"
        there = min(await own(centre, "police.wu"))
        assert (await someone.put(f"/v1/filters/{there}?status=queued")).status_code == 200
        assert (await someone.delete(f"/v1/filters/{there}")).status_code == 204
        assert (await someone.put("/v1/filters/last?status=queued")).status_code == 200
    await keeps(centre, "justice.shen", "别人的", status="routed")


async def test_its_name_is_in_no_log_line(centre: Centre) -> None:
    with structlog.testing.capture_logs() as lines:
        await keeps(centre, "clerk.liu", "张三投诉件", status="routed")
        await centre.sees("clerk.liu", f"cases?saved={quote('张三投诉件')}")
        await forgets(centre, "clerk.liu", "张三投诉件")
        await forgets(centre, "clerk.liu", "张三投诉件", expect=404)
    assert {line["route"] for line in lines if line["event"] == "answered"} >= {"/v1/filters/{name}", "/v1/cases"}
    assert "张三" not in str(lines)
    assert quote("张三") not in str(lines)


async def test_nobody_keeps_any_who_is_not_signed_in(centre: Centre) -> None:
    async with centre.world.client("dispatch") as nobody:
        for method in ("PUT", "DELETE"):
            assert (await nobody.request(method, "/v1/filters/x")).status_code == 401
        assert (await nobody.get("/v1/filters")).status_code == 401


async def test_a_list_opens_with_one_of_them_at_most(centre: Centre) -> None:
    await keeps(centre, "dispatch.zou", "一", category="greening.tree", first="true")
    await keeps(centre, "dispatch.zou", "二", list="handoffs", status="offered", first="true")
    assert {name: each["first"] for name, each in (await own(centre, "dispatch.zou")).items()} == {
        "一": True,
        "二": True,
    }
    await keeps(centre, "dispatch.zou", "三", category="sanitation.drain", first="true")
    now = {name: each["first"] for name, each in (await own(centre, "dispatch.zou")).items()}
    assert now == {"一": False, "二": True, "三": True}
    for name in now:
        await forgets(centre, "dispatch.zou", name)
