"""The authority list brought in from a table: what would change, and what then does, by HTTP."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from tests.directory.conftest import Town
from tests.directory.test_api import today

Rows = Sequence[Mapping[str, Any]]
BASIS = {"zh": "区级赋权清单2027年版（示例）", "en": "District authority list 2027 (invented)"}
MATTER, OTHER_MATTER, THIRD_MATTER = "noise.living", "sanitation.garbage", "sanitation.drain"
HERE = "500104003"


def row(town: str, **changed: Any) -> dict[str, Any]:
    return {"town": town, "matter": MATTER, "area": HERE, "basis": BASIS, **changed}


async def a_town(town: Town, code: str, name: str) -> str:
    name_of = {"zh": name, "en": f"{code} office"}
    form = {"name": name_of, "kind": "township", "valid_from": "2020-01-01"}
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put(f"/v1/departments/{code}", json=form)).status_code == 200
    return code


async def asked(
    town: Town, path: str, rows: Rows, who: str = "admin.ran", headers: Mapping[str, str] | None = None, **more: Any
) -> httpx.Response:
    async with await town.as_(who) as client:
        return await client.post(f"/v1/authorities/{path}", json={"rows": rows, **more}, headers=headers)


async def previewed(town: Town, rows: Rows, who: str = "admin.ran", **more: Any) -> dict[str, Any]:
    answer = await asked(town, "preview", rows, who, **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert not body["applied"]
    return body


async def applied(town: Town, rows: Rows, who: str = "admin.ran", **more: Any) -> dict[str, Any]:
    before = await previewed(town, rows, who, **more)
    answer = await asked(town, "apply", rows, who, as_of=before["as_of"], **more)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    assert body["rows"] == before["rows"], "it does what the preview said"
    return body


async def listed(town: Town, code: str, on: date | None = None) -> list[tuple[str, str, str, str | None]]:
    """Matter, area, first day and end of what the town has."""
    async with town.nobody() as client:
        answer = await client.get("/v1/authorities", params={"department": code, "on": str(on or today(town))})
    return sorted((i["category"], i["area"], i["valid_from"], i["valid_to"]) for i in answer.json()["items"])


def results(body: Mapping[str, Any]) -> list[tuple[int, str, str | None]]:
    return [(line["row"], line["result"], (line["problem"] or {}).get("code")) for line in body["rows"]]


async def test_a_list_is_previewed_recorded_once_and_then_unchanged(town: Town) -> None:
    code = await a_town(town, "import.once", "首次导入镇")
    rows = [row("首次导入镇", matter="社会生活噪声", area="新山村街道"), row(code, matter=OTHER_MATTER)]
    before = await previewed(town, rows)
    assert results(before) == [(1, "granted", None), (2, "granted", None)]
    assert before["rows"][0]["town"] == {"code": code, "name": {"zh": "首次导入镇", "en": "import.once office"}}
    assert before["rows"][0]["matter"]["code"] == MATTER
    assert await listed(town, code) == [], "a preview changes nothing"
    assert (await applied(town, rows))["counts"] == {"granted": 2}
    day = str(today(town))
    assert await listed(town, code) == [(MATTER, HERE, day, None), (OTHER_MATTER, HERE, day, None)]
    again = await applied(town, rows)
    assert again["counts"] == {"unchanged": 2}
    assert again["as_of"] == (await previewed(town, rows))["as_of"] != before["as_of"]
    async with town.nobody() as client:
        assert (await client.get(f"/v1/authorities/{again['rows'][0]['code']}")).json()["version"] == 1


async def test_an_entry_that_was_there_keeps_its_code_and_its_english_words(town: Town) -> None:
    code = await a_town(town, "import.known", "已有条目镇")
    form = {"department": code, "category": MATTER, "area": HERE, "basis": BASIS}
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/authorities/K1", json=form)).status_code == 200
    same = row(code, basis={"zh": BASIS["zh"]})
    assert results(await previewed(town, [same])) == [(1, "unchanged", None)]
    next_week = today(town) + timedelta(days=7)
    other = row(code, basis={"zh": "新的依据"}, valid_from=str(next_week))
    changed = (await applied(town, [other]))["rows"][0]
    assert (changed["result"], changed["code"], changed["before"]["basis"]) == ("changed", "K1", BASIS)
    assert changed["basis"] == {"zh": "新的依据", "en": "新的依据"}
    assert (await applied(town, [other]))["counts"] == {"unchanged": 1}
    assert (await applied(town, [same]))["counts"] == {"unchanged": 1}, "what comes later leaves today as it is"
    async with town.nobody() as client:
        versions = (await client.get("/v1/authorities/K1")).json()["versions"]
    assert [(v["basis"]["zh"], v["valid_from"]) for v in versions][1] == ("新的依据", str(next_week))
    assert versions[0]["basis"] == BASIS


async def test_bad_rows_are_told_by_number_and_reason_in_both_languages_and_left_out(town: Town) -> None:
    code = await a_town(town, "import.bad", "错行镇")
    await a_town(town, "import.same1", "同名镇")
    await a_town(town, "import.same2", "同名镇")
    rows = [
        {**row(code), "row": 2},
        {**row("没有的镇"), "row": 3},
        {**row(code, matter="没有的事项"), "row": 4},
        {**row(code, area="没有的区域"), "row": 5},
        {**row("housing_commission"), "row": 7},
        {**row(code, basis={"zh": " "}), "row": 8},
        {**row(code, valid_from="明天"), "row": 9},
        {**row(code, matter=OTHER_MATTER, valid_from="2099-02-01", valid_to="2099-02-01"), "row": 10},
        {**row("同名镇"), "row": 11},
        {**row(code, basis={"zh": "另一个依据"}), "row": 12},
        {**row(code, matter=THIRD_MATTER), "row": 13},
    ]
    body = await applied(town, rows)
    assert results(body) == [
        (2, "granted", None),
        (3, "refused", "no-such-name"),
        (4, "refused", "no-such-name"),
        (5, "refused", "no-such-name"),
        (7, "refused", "not-a-town"),
        (8, "refused", "invalid"),
        (9, "refused", "invalid"),
        (10, "refused", "wrong-end"),
        (11, "refused", "shared-name"),
        (12, "refused", "named-twice"),
        (13, "granted", None),
    ]
    problems = {line["row"]: line["problem"] for line in body["rows"] if line["problem"]}
    assert problems[3]["reason"]["zh"] == "没有这一单位：所填既不是现行名称，也不是代码"
    assert problems[3]["reason"]["en"] == "There is no such department: neither a name that stands nor a code"
    assert problems[4]["reason"]["zh"].startswith("没有这一事项类别")
    assert problems[7]["reason"]["zh"].startswith("区住房城乡建设委不是乡镇或者街道")
    assert problems[9]["reason"]["zh"] == "“生效日”不能接受：应为日期，如 2026-12-31"
    assert problems[11]["codes"] == ["import.same1", "import.same2"]
    assert (problems[12]["row"], "第 2 行" in problems[12]["reason"]["zh"]) == (2, True)
    assert not any("没有的" in str(problem) for problem in problems.values()), "what was written is not told again"
    assert [matter for matter, *_ in await listed(town, code)] == [MATTER, THIRD_MATTER]


async def test_a_row_refused_does_not_stand_in_the_way_of_the_next(town: Town) -> None:
    code = await a_town(town, "import.next", "更正镇")
    wrong = row(code, valid_from="2099-02-01", valid_to="2099-01-01")
    assert results(await previewed(town, [wrong, row(code)])) == [(1, "refused", "wrong-end"), (2, "granted", None)]


async def test_the_same_matter_twice_stands_one_after_the_other_but_not_at_once(town: Town) -> None:
    code = await a_town(town, "import.twice", "前后镇")
    first, last, day = today(town), today(town) + timedelta(days=40), timedelta(days=1)
    early = row(code, valid_to=str(last))
    overlapping = row(code, area="500104002", valid_from=str(last - day))
    following = row(code, area="500104002", valid_from=str(last))
    assert results(await previewed(town, [early, overlapping]))[1] == (2, "refused", "named-twice")
    assert (await applied(town, [early, following]))["counts"] == {"granted": 2}
    assert await listed(town, code, last - day) == [(MATTER, HERE, str(first), str(last))]
    assert await listed(town, code, last) == [(MATTER, "500104002", str(last), None)]
    assert (await applied(town, [early, following]))["counts"] == {"unchanged": 2}


async def test_the_past_of_what_is_there_stays_to_the_day(town: Town) -> None:
    code = await a_town(town, "import.past", "追溯镇")
    await applied(town, [row(code)])
    for days, result in ((-1, (1, "refused", "in-the-past")), (0, (1, "changed", None))):
        begin = str(today(town) + timedelta(days=days))
        body = await previewed(town, [row(code, basis={"zh": "新依据"}, valid_from=begin)])
        assert results(body) == [result]
        assert body["missing"] == [], "a row that is refused names its entry all the same"


async def test_a_first_grant_reaches_back_and_an_earlier_end_leaves_its_past_alone(town: Town) -> None:
    code, begin = await a_town(town, "import.ends", "到期镇"), "2020-01-01"
    early = row(code, valid_from="2019-12-31")
    assert results(await previewed(town, [early])) == [(1, "refused", "not-in-force")], "before there was the town"
    await applied(town, [row(code, valid_from=begin)])
    assert await listed(town, code, date(2020, 1, 1)) == [(MATTER, HERE, begin, None)]
    for days, result in ((-1, (1, "refused", "in-the-past")), (0, (1, "changed", None))):
        ended = row(code, valid_from=begin, valid_to=str(today(town) + timedelta(days=days)))
        assert results(await previewed(town, [ended])) == [result]
    end = today(town) + timedelta(days=10)
    limited = row(code, valid_from=begin, valid_to=str(end))
    changed = (await applied(town, [limited]))["rows"][0]
    assert (changed["result"], changed["before"]["valid_to"]) == ("changed", None)
    assert await listed(town, code, end - timedelta(days=1)) == [(MATTER, HERE, begin, str(end))]
    assert await listed(town, code, end) == []
    assert (await applied(town, [limited]))["counts"] == {"unchanged": 1}
    assert (await applied(town, [row(code, valid_to=str(end))]))["counts"] == {"unchanged": 1}
    assert results(await previewed(town, [row(code, valid_from=str(end))])) == [(1, "granted", None)]


async def test_what_the_list_lacks_is_told_and_ends_only_when_asked(town: Town) -> None:
    code, other = await a_town(town, "import.lacks", "缺项镇"), await a_town(town, "import.else", "别的镇")
    day = today(town)
    await applied(town, [row(code), row(code, matter=OTHER_MATTER), row(other)])
    rows = [row(code)]
    for revoking, expected in ((False, ("missing", None)), (True, ("revoked", str(day)))):
        missing = (await previewed(town, rows, revoke_missing=revoking))["missing"]
        assert [(line["result"], line["valid_to"]) for line in missing] == [expected]
        assert missing[0]["matter"] == {"code": OTHER_MATTER, "name": {"zh": "垃圾清运", "en": "Garbage collection"}}
    assert (await applied(town, rows))["counts"] == {"unchanged": 1, "missing": 1}
    assert len(await listed(town, code)) == 2
    assert (await applied(town, rows, revoke_missing=True))["counts"] == {"unchanged": 1, "revoked": 1}
    assert await listed(town, code) == [(MATTER, HERE, str(day), None)]
    assert len(await listed(town, other)) == 1, "of a town that the rows do not name nothing ends"
    assert (await applied(town, rows, revoke_missing=True))["counts"] == {"unchanged": 1}


async def test_what_ends_makes_room_for_the_row_that_takes_its_place(town: Town) -> None:
    code = await a_town(town, "import.moves", "换区镇")
    await applied(town, [row(code)])
    elsewhere = [row(code, area="500104002")]
    assert results(await previewed(town, elsewhere)) == [(1, "refused", "other-authority")]
    assert (await applied(town, elsewhere, revoke_missing=True))["counts"] == {"granted": 1, "revoked": 1}
    assert await listed(town, code) == [(MATTER, "500104002", str(today(town)), None)]


async def test_what_begins_later_is_revoked_before_it_begins(town: Town) -> None:
    code = await a_town(town, "import.later", "以后镇")
    begin = today(town) + timedelta(days=30)
    await applied(town, [row(code, matter=OTHER_MATTER, valid_from=str(begin)), row(code)])
    body = await applied(town, [row(code)], revoke_missing=True)
    assert [line["valid_to"] for line in body["missing"]] == [str(begin)]
    assert [matter for matter, *_ in await listed(town, code, begin)] == [MATTER]


async def test_nothing_is_revoked_as_missing_from_a_list_with_a_refused_row(town: Town) -> None:
    code = await a_town(town, "import.typo", "笔误镇")
    await applied(town, [row(code), row(code, matter=OTHER_MATTER)])
    rows = [row(code), row(code, matter="sanitation.garbagge")]
    before = await previewed(town, rows, revoke_missing=True)
    refused = await asked(town, "apply", rows, as_of=before["as_of"], revoke_missing=True)
    assert (refused.status_code, refused.json()["code"], refused.json()["first"]) == (409, "rows-refused", 2)
    assert len(await listed(town, code)) == 2
    assert (await applied(town, rows))["counts"] == {"unchanged": 1, "refused": 1, "missing": 1}


async def test_a_list_that_changed_since_the_preview_is_not_touched(town: Town) -> None:
    code = await a_town(town, "import.changed", "变动镇")
    rows = [row(code)]
    before = await previewed(town, rows)
    await applied(town, [row(code, matter=OTHER_MATTER)])
    for language, title in (("en", "has changed since the preview"), ("zh", "请重新预览")):
        refused = await asked(town, "apply", rows, as_of=before["as_of"], headers={"Accept-Language": language})
        assert (refused.status_code, refused.json()["code"]) == (409, "list-changed")
        assert title in refused.json()["title"]
    assert [matter for matter, *_ in await listed(town, code)] == [OTHER_MATTER]
    assert (await applied(town, rows))["counts"] == {"granted": 1, "missing": 1}


async def test_a_repeated_request_gets_its_first_answer(town: Town) -> None:
    code = await a_town(town, "import.again", "重发镇")
    before = await previewed(town, [row(code)])
    sent = [
        await asked(town, "apply", [row(code)], as_of=before["as_of"], headers={"Idempotency-Key": "list-1"})
        for _ in range(2)
    ]
    assert [answer.json()["counts"] for answer in sent] == [{"granted": 1}] * 2
    assert sent[1].headers["Idempotent-Replay"] == "true"


async def an_administrator_of(town: Town, area: str) -> str:
    login, password = f"admin.of{area}", "a long enough password"
    async with await town.as_("admin.ran") as admin:
        form = {"username": login, "name": "管某某", "department": "governance_center"}
        id = (await admin.post("/v1/staff", json=form)).json()["id"]
        assert (await admin.put(f"/v1/staff/{id}/password", json={"password": password})).status_code == 204
        form = {"holder": id, "role": "administrator", "department": "governance_center", "area": area}
        post = await admin.post("/v1/posts", json=form)
    await town.knows("post", post.json()["code"])
    town.tokens[login] = (await town.sign_in(login, password)).json()["access_token"]
    return login


async def test_an_administrator_of_an_area_changes_and_revokes_in_that_area_only(town: Town) -> None:
    code, who = await a_town(town, "import.part", "两区镇"), await an_administrator_of(town, HERE)
    await applied(town, [row(code, matter=OTHER_MATTER, area="500104002"), row(code, matter=THIRD_MATTER)])
    rows = [row(code), row(code, matter="parking.disorder", area="500104002")]
    body = await previewed(town, rows, who, revoke_missing=True)
    assert results(body) == [(1, "granted", None), (2, "refused", "not-permitted")]
    assert {line["area"]["code"]: line["result"] for line in body["missing"]} == {
        "500104002": "refused",
        HERE: "revoked",
    }
    assert (await applied(town, rows[:1], who, revoke_missing=True))["counts"] == {
        "granted": 1,
        "refused": 1,
        "revoked": 1,
    }
    assert [matter for matter, *_ in await listed(town, code)] == [MATTER, OTHER_MATTER]


@pytest.mark.parametrize("path", ["preview", "apply"])
async def test_nobody_but_administrators(town: Town, path: str) -> None:
    for who in ("dispatch.cheng", "supervise.mao", "audit.yan"):
        refused = await asked(town, path, [row("yuejincun_subdistrict")], who, as_of="x")
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")
    async with town.nobody() as client:
        assert (await client.post(f"/v1/authorities/{path}", json={"rows": []})).status_code == 401


async def test_a_table_that_is_none_is_refused(town: Town) -> None:
    bodies: list[dict[str, Any]] = [{"rows": []}, {"rows": [{**row("x"), "unknown": 1}]}, {"rows": [row("x")] * 2001}]
    for body in bodies:
        async with await town.as_("admin.ran") as admin:
            assert (await admin.post("/v1/authorities/preview", json=body)).status_code == 422
