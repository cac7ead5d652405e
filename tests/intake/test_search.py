"""Reports by words in their texts: who finds what, what is asked for, and what the index gives away."""

import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.contents.words import marks_of, read
from shared.search import looking, marks
from shared.search.asking import TooShort, words_of
from tests.intake.builders import FAR_GRID, GRID, OTHER_GRID, REPORTER, hear, offered, opened, register
from tests.kit import searching
from tests.kit.appointing import Person, appoint
from tests.kit.searching import a_word
from tests.kit.world import World

CENTRE = "governance_center"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def staff(world: World) -> AsyncIterator[World]:
    await appoint(
        world,
        Person("clerk.street", "clerk", CENTRE, area="500104002"),
        Person("clerk.of.far", "clerk", CENTRE, area="500104003"),
        Person("clerk.of.both", "clerk", CENTRE, area="500104002"),
        Person("supervise.accused", "supervisor", "city_management_bureau"),
        Person("supervise.at.home", "supervisor", CENTRE, home="city_management_bureau"),
    )
    yield world


async def marked(world: World) -> None:
    await searching.marked(world, "intake")


async def ask(world: World, who: str | None, text: str, **more: Any) -> httpx.Response:
    return await searching.ask(world, "intake", who, text, **more)


async def finds(world: World, who: str, text: str, **more: Any) -> list[str]:
    """The reports."""
    return [item["report_id"] for item in await searching.found(world, "intake", who, text, **more)]


async def report(world: World, text: str, **changed: Any) -> dict[str, Any]:
    async with world.client("intake") as resident:
        return await register(resident, text=text, **changed)


async def add(world: World, receipt: dict[str, Any], what: str, **body: Any) -> None:
    async with world.client("intake") as resident:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        answer = await resident.post(f"/v1/receipts/{receipt['receipt_no']}/{what}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text


async def test_a_clerk_finds_a_report_by_its_words_and_reads_what_stands_around_them(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, f"三栋楼下的{word}长期停满私家车，消防车进不来。")
    await marked(staff)
    async with staff.client("intake", as_="clerk.street", language="zh") as clerk:
        answer = await clerk.post("/v1/search", json={"text": word})
    assert answer.headers["cache-control"] == "no-store"
    (item,) = answer.json()["items"]
    assert item["report_id"] == receipt["report_id"]
    assert item["excerpt"] == f"三栋楼下的{word}长期停满私家车，消防车进不来。"
    assert (item["kind"], item["status"], item["status_name"]) == ("narrative", "received", "已收到，待审核")
    assert (item["category_name"], item["area_name"]) == ("占用消防通道停车", "东正社区第一网格")
    assert (answer.json()["next"], answer.json()["searched_back_to"]) == (None, None)


async def test_an_excerpt_is_short(staff: World) -> None:
    word = a_word()
    await report(staff, "前" * 400 + word + "后" * 400)
    await marked(staff)
    (item,) = (await ask(staff, "clerk.liu", word)).json()["items"]
    assert item["excerpt"] == f"…{'前' * 24}{word}{'后' * 24}…"


async def test_each_word_has_to_stand_there_and_its_signs_next_to_each_other(staff: World) -> None:
    one, other = a_word(), a_word()
    both = await report(staff, f"{one}，然后{other}。")
    first = await report(staff, f"只有{one}。")
    turned = await report(staff, f"{one[2:]}{one[:2]}，{one[1:3]}{one[3]}{one[0]}{one[1]}")
    assert await finds(staff, "clerk.liu", f"{other} {one}") == [both["report_id"]]
    assert await finds(staff, "clerk.liu", f"{other}　{one}") == [both["report_id"]], "a full-width space"
    assert await finds(staff, "clerk.liu", one) == [first["report_id"], both["report_id"]], "newest first"
    assert await finds(staff, "clerk.liu", f"{other}{one}") == []
    assert turned["report_id"] not in await finds(staff, "clerk.liu", one[:3]), "all pairs are there, not the word"


@pytest.mark.parametrize(
    "wanted", ["ＷＯＲＤ３号楼", "word3号楼", "Word3 号楼", "“Word3”，号楼！", "word3号-楼", "号 楼 word3"]
)
async def test_width_case_spaces_and_punctuation_make_no_difference(staff: World, wanted: str) -> None:
    word = a_word()
    receipt = await report(staff, f"{word}。在Ｗord３号，楼的下面")
    asked = " ".join(part for part in wanted.split() if len(part) > 1).replace("号楼", "号楼", 1)
    assert receipt["report_id"] in await finds(staff, "clerk.liu", f"{word} {asked}")


async def test_latin_words_are_found_whole(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, f"{word} the fire lane is blocked，WIFI坏了")
    for found in ("FIRE lane", "lane", "wifi坏", "fire-lane", "blocked"):
        assert await finds(staff, "clerk.liu", f"{word} {found}") == [receipt["report_id"]], found
    for not_found in ("fir", "lan", "wif", "lane-fire"):
        assert await finds(staff, "clerk.liu", f"{word} {not_found}") == [], not_found


async def test_a_report_with_a_supplement_is_found_by_that(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, "楼道堆物")
    await add(staff, receipt, "supplement", text=f"今晚{word}又来了")
    await marked(staff)
    (item,) = (await ask(staff, "clerk.liu", word)).json()["items"]
    assert (item["report_id"], item["kind"], item["excerpt"]) == (
        receipt["report_id"],
        "supplement",
        f"今晚{word}又来了",
    )


async def test_a_withdrawn_report_is_found_as_such(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, f"{word}没有了")
    await add(staff, receipt, "withdraw")
    await marked(staff)
    (item,) = (await ask(staff, "supervise.mao", word)).json()["items"]
    assert (item["report_id"], item["status"]) == (receipt["report_id"], "withdrawn")


async def test_who_searches_reads_every_text_of_the_area(staff: World, far_clerk: str) -> None:
    word = a_word()
    near = await report(staff, f"近处{word}")
    far = await report(staff, f"远处{word}", area=FAR_GRID)
    both = [far["report_id"], near["report_id"]]
    for who in ("clerk.liu", "dispatch.cheng", "supervise.mao"):
        assert await finds(staff, who, word) == both, who
    assert await finds(staff, "clerk.street", word) == [near["report_id"]]
    for who in (far_clerk, "clerk.of.far"):
        assert await finds(staff, who, word) == [far["report_id"]]
        assert await finds(staff, who, word, area=GRID) == []
    assert await finds(staff, "clerk.liu", word, area="500104003") == [far["report_id"]]
    assert await finds(staff, "clerk.liu", word, area=GRID) == [near["report_id"]]
    assert await finds(staff, "clerk.street", word, area="500104") == [near["report_id"]]


async def test_nobody_else_searches_not_even_for_a_case_that_they_hold(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, word)
    async with staff.client("intake", as_="clerk.liu") as clerk:
        screened = await clerk.post(f"/v1/reports/{receipt['report_id']}/accept", json={})
    case = screened.json()["case_id"]
    await hear(staff, opened(receipt["report_id"], case, "500104-210305-SEARCHED"), offered(case, "housing_commission"))
    for who in ("housing.ye", "grid.luo", "audit.yan", "admin.ran", "system.city", "nobody.known"):
        answer = await ask(staff, who, word)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted"), who
        assert word not in answer.text
    assert (await ask(staff, None, word)).status_code == 401


async def test_the_accused_find_nothing_and_nothing_of_the_same_case(staff: World) -> None:
    word, accused = a_word(), "city_management_bureau"
    plain = await report(staff, f"先说{word}")
    async with staff.client("intake", as_="clerk.liu") as clerk:
        path = f"/v1/reports/{plain['report_id']}"
        case = (await clerk.post(f"{path}/accept", json={})).json()["case_id"]
    await hear(staff, opened(plain["report_id"], case, "500104-210305-ACCUSED"))
    for who in ("supervise.accused", "supervise.at.home"):
        assert await finds(staff, who, word) == [plain["report_id"]]
    complaint = await report(staff, f"后说{word}", complained_of=accused)
    for who in ("supervise.accused", "supervise.at.home"):
        assert await finds(staff, who, word) == [plain["report_id"]]
    async with staff.client("intake", as_="clerk.liu") as clerk:
        joined = await clerk.post(f"/v1/reports/{complaint['report_id']}/join", json={"into": case})
        assert joined.status_code == 200, joined.text
    for who in ("supervise.accused", "supervise.at.home"):
        assert await finds(staff, who, word) == []
    assert await finds(staff, "supervise.mao", word) == [complaint["report_id"], plain["report_id"]]


async def test_a_report_that_screening_moves_is_found_where_it_belongs(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, word, area=FAR_GRID)
    await marked(staff)
    async with staff.client("intake", as_="clerk.liu") as clerk:
        moved = {"area": OTHER_GRID, "category": "stairs.clutter"}
        assert (await clerk.post(f"/v1/reports/{receipt['report_id']}/accept", json=moved)).status_code == 200
    assert await finds(staff, "clerk.of.far", word) == []
    assert await finds(staff, "clerk.street", word) == [receipt["report_id"]]
    assert await finds(staff, "clerk.liu", word, category="stairs.clutter") == [receipt["report_id"]]
    assert await finds(staff, "clerk.liu", word, category="parking.fire_lane") == []


async def test_by_the_time_of_writing(staff: World) -> None:
    word = a_word()
    receipts = [await report(staff, f"{word}第{n}") for n in "一二三"]
    await marked(staff)
    items = (await ask(staff, "clerk.liu", word)).json()["items"]
    assert [item["report_id"] for item in items] == [each["report_id"] for each in reversed(receipts)]
    newest, middle, oldest = (item["written_at"] for item in items)
    ids = {item["written_at"]: item["report_id"] for item in items}
    assert await finds(staff, "clerk.liu", word, written_from=middle) == [ids[newest], ids[middle]]
    assert await finds(staff, "clerk.liu", word, written_to=middle) == [ids[oldest]]
    assert await finds(staff, "clerk.liu", word, written_from=middle, written_to=newest) == [ids[middle]]


async def test_pages_go_on_where_the_one_before_ended_while_more_comes_in(staff: World) -> None:
    word = a_word()
    receipts = [await report(staff, f"{word}{n}") for n in range(5)]
    await marked(staff)
    first = (await ask(staff, "clerk.liu", word, limit=2)).json()
    assert first["searched_back_to"] == first["items"][-1]["written_at"]
    await report(staff, f"{word}新的")
    await marked(staff)
    second = (await ask(staff, "clerk.liu", word, limit=2, cursor=first["next"])).json()
    third = (await ask(staff, "clerk.liu", word, limit=2, cursor=second["next"])).json()
    assert third["next"] is third["searched_back_to"] is None
    shown = [item["report_id"] for page in (first, second, third) for item in page["items"]]
    assert shown == [each["report_id"] for each in reversed(receipts)]
    assert (await ask(staff, "clerk.liu", word, cursor="WyJ4Il0")).json()["code"] == "invalid"


@pytest.mark.parametrize(
    ("text", "code", "said"),
    [
        ("消", "word-too-short", "每个检索词至少两个字（英文、数字至少两位），标点不计"),
        ("消防 车", "word-too-short", None),
        ("q", "word-too-short", None),
        ("，。！", "word-too-short", None),
        ("消\0防", "invalid", None),
        ("   ", "invalid", None),
        ("消" * 201, "invalid", None),
        ("消防" * 5000, "invalid", None),
        ("13800001111", "number-not-searched", "七位以上的数字（电话、证件号码）不能用来检索"),
        ("138-0000-1111", "number-not-searched", None),
        ("消防 １３８ ００００ １１１１", "number-not-searched", None),
        ("电话1380000", "number-not-searched", None),
    ],
)
async def test_what_cannot_be_searched_for_is_refused_by_name(staff: World, text: str, code: str, said: str | None):
    async with staff.client("intake", as_="clerk.liu", language="zh") as clerk:
        answer = await clerk.post("/v1/search", json={"text": text})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert said is None or answer.json()["title"] == said
    assert text.strip() == "" or text not in answer.text


async def test_what_can_just_be_searched_for(staff: World) -> None:
    for text in ("消防", "12", "ok", "消" * 200, "138000"):
        assert (await ask(staff, "clerk.liu", text)).status_code == 200, text


async def test_an_area_or_category_that_there_is_not_is_refused(staff: World) -> None:
    for more in ({"area": "599999"}, {"category": "no.such"}, {"status": "received"}):
        assert (await ask(staff, "clerk.liu", "消防", **more)).json()["code"] == "invalid"
    for moment in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2021-03-05T09:00:00"):
        assert (await ask(staff, "clerk.liu", "消防", written_to=moment)).json()["code"] == "invalid"


async def test_no_person_is_found_by_what_was_left_of_them(staff: World) -> None:
    word = a_word()
    who = {"name": f"欧阳{a_word()}", "phone": "13800001111", "address": f"{a_word()}路8号"}
    receipt = await report(staff, f"{word}，请打13800001111或 6888-1234 找我", reporter=who)
    assert await finds(staff, "clerk.liu", word) == [receipt["report_id"]]
    for text in (who["name"], who["address"]):
        assert await finds(staff, "clerk.liu", text) == []
    for part in ("1380000", "13800001111", "68881234"):
        assert (await ask(staff, "clerk.liu", part)).status_code == 422
    for part in ("138", "6888", "1111", "打138"):
        assert await finds(staff, "clerk.liu", f"{word} {part}") == []


async def test_an_erased_text_is_not_found_and_nothing_of_it_is_kept(staff: World) -> None:
    kept, gone = a_word(), a_word()
    receipt = await report(staff, f"{gone}的事", reporter=REPORTER)
    one = await report(staff, f"{kept}{gone}")
    assert len(await finds(staff, "clerk.liu", gone)) == 2
    query = "SELECT content_id FROM text_marks WHERE report_id = $1"
    (row,) = await staff.fetch("intake", query, one["report_id"])
    (reporter,) = await staff.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", receipt["report_id"])
    async with staff.client("intake", as_="admin.ran") as administrator:
        body = {"ground": "asked_by_person"}
        erased = await administrator.post(f"/v1/contents/{row['content_id']}/erase", json=body)
        assert erased.status_code == 200
        assert await staff.fetch("intake", query, one["report_id"]) == []
        assert await finds(staff, "clerk.liu", gone) == [receipt["report_id"]]
        assert (await administrator.post(f"/v1/reporters/{reporter['ref']}/erase")).status_code == 200
    assert await staff.fetch("intake", query, receipt["report_id"]) == []
    assert await finds(staff, "clerk.liu", gone) == []


async def test_what_was_erased_before_it_was_marked_is_never_marked(staff: World) -> None:
    word = a_word()
    async with staff.admin("intake") as admin, admin.transaction():
        await admin.execute("SELECT 1 FROM marking FOR UPDATE")  # nothing is marked meanwhile
        receipt = await report(staff, word)
        (text,) = await staff.fetch(
            "intake", "SELECT id, recorded_at FROM contents WHERE about = $1", receipt["report_id"]
        )
        waiting = (await ask(staff, "clerk.liu", word)).json()
        async with staff.client("intake", as_="admin.ran") as administrator:
            body = {"ground": "asked_by_person"}
            await administrator.post(f"/v1/contents/{text['id']}/erase", json=body)
    assert waiting["items"] == []
    since = datetime.fromisoformat(waiting["not_yet_since"])
    assert since == text["recorded_at"], "that it is not complete is said"
    assert await finds(staff, "clerk.liu", word) == []
    assert await staff.fetch("intake", "SELECT 1 FROM text_marks WHERE report_id = $1", receipt["report_id"]) == []


async def test_what_was_there_before_is_marked_from_the_log(staff: World) -> None:
    word = a_word()
    receipt = await report(staff, word)
    await marked(staff)
    async with staff.admin("intake") as admin:
        before = await admin.fetch("SELECT * FROM text_marks ORDER BY content_id")
        await searching.mark_again(staff, "intake")
        assert await finds(staff, "clerk.liu", word) == [receipt["report_id"]]
        again = await admin.fetch("SELECT * FROM text_marks ORDER BY content_id")
    assert [(row["content_id"], row["position"]) for row in again] == [
        (row["content_id"], row["position"]) for row in before
    ]
    for row, other in zip(again, before, strict=True):
        assert set(row["marks"]) <= set(other["marks"]), "but for places that reports have left"


async def test_parts_of_whatever_size_give_the_same_in_the_same_order(
    staff: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    often, seldom = a_word(), a_word()
    for n in range(30):
        await report(staff, f"{often}{seldom if n % 13 == 5 else ''}", area=FAR_GRID if n % 3 else GRID)
    asked = [(often, "clerk.liu"), (seldom, "clerk.liu"), (f"{often} {seldom}", "clerk.liu"), (often, "clerk.street")]
    whole = [await finds(staff, who, text) for text, who in asked]
    assert [len(ids) for ids in whole] == [20, 2, 2, 10]
    try:
        for module in (marks, looking):
            monkeypatch.setattr(module, "PART_BITS", (3, 5, 7))
        await searching.mark_again(staff, "intake")
        for (text, who), ids in zip(asked, whole, strict=True):
            assert await finds(staff, who, text) == ids
        paged, cursor = list[str](), None
        while cursor or not paged:
            page = (await ask(staff, "clerk.liu", often, limit=7, **({"cursor": cursor} if cursor else {}))).json()
            paged, cursor = [*paged, *(item["report_id"] for item in page["items"])], page["next"]
        assert (len(paged), paged[:20]) == (30, whole[0])
    finally:
        monkeypatch.undo()
        await searching.mark_again(staff, "intake")


async def test_no_word_can_be_read_in_the_index(staff: World) -> None:
    word = a_word()
    await report(staff, f"{word} passage")
    await marked(staff)
    secrets = [form for text in (word, word[:2], "passage") for form in (text, text.encode().hex())]
    async with staff.admin("intake") as admin:
        for table in ("text_marks", "marking", "searches", "log", "pending"):
            for secret in secrets:
                query = f"SELECT count(*) FROM {table} AS t WHERE t::text LIKE $1"
                assert await admin.fetchval(query, f"%{secret}%") == 0, f"{secret} in {table}"
        rows = await admin.fetch("SELECT marks FROM text_marks")
    words = {mark for row in rows for mark in row["marks"]}
    plain = {int.from_bytes(each.encode()[:8].ljust(8, b"\0"), signed=True) for each in marks_of(read(word).words)}
    assert words
    assert not words & plain


async def test_that_somebody_searched_is_told_without_the_words(
    staff: World, capfd: pytest.CaptureFixture[str]
) -> None:
    word = a_word()
    await report(staff, word)
    await marked(staff)
    for who, text in (("clerk.liu", word), ("clerk.liu", f" {word}！"), ("supervise.mao", a_word())):
        assert (await ask(staff, who, text)).status_code == 200
    assert (await ask(staff, "audit.yan", word)).status_code == 403
    await staff.settled()
    query = "SELECT topic, attributes, data FROM log WHERE type LIKE '%texts-searched%' ORDER BY position DESC LIMIT 3"
    third, second, first = await staff.fetch("intake", query)
    assert {row["topic"] for row in (first, second, third)} == {"accesses"}
    told = [json.loads(row["data"]) for row in (first, second, third)]
    assert [json.loads(row["attributes"])["actor"] for row in (first, second, third)] == [
        "clerk.liu",
        "clerk.liu",
        "supervise.mao",
    ]
    assert [fact["found"] for fact in told] == [1, 1, 0]
    assert told[0]["digest"] == told[1]["digest"] != told[2]["digest"]
    logged = "".join(capfd.readouterr())
    assert "/v1/search" in logged
    assert word not in logged


async def test_a_search_that_cannot_be_recorded_is_not_answered(staff: World) -> None:
    word = a_word()
    await report(staff, word)
    await marked(staff)
    async with staff.admin("intake") as admin:
        await admin.execute("REVOKE INSERT ON pending FROM lianzhi_intake")
        try:
            answer = await ask(staff, "clerk.liu", word)
        finally:
            await admin.execute("GRANT INSERT ON pending TO lianzhi_intake")
    assert answer.status_code == 503
    assert word not in answer.text


def test_words_are_read_alike_however_they_are_written() -> None:
    assert read("三栋，楼下 ＡＢ１２").words == ("三", "栋", "楼", "下", "ab12")
    assert words_of("㈱消防 Ａb") == (("株", "消", "防"), ("ab",))
    written = read("前㈱长期，停满")
    place = written.find(("株", "长"))
    assert place is not None
    assert written.text[place[0] : place[1]] == "㈱长"
    with pytest.raises(TooShort):
        words_of("消 防")


def test_long_numbers_are_no_words_and_join_nothing() -> None:
    for number in ("13800001111", "138-0000-1111", "023 6888 1234", "50010419900101123X", "wx1380000"):
        assert not [mark for mark in marks_of(read(f"打{number}找").words) if mark != "打" and mark != "找"], number
    assert "138000" in marks_of(read("138000号").words), "six digits are a word"


def test_reading_a_text_takes_no_longer_for_its_being_odd(world: World) -> None:
    for text in ("a" * 5000, "1-" * 2500, "1 a" * 1600, "9" * 5000, "1------" * 700):
        assert len(read(text).words) <= 5000
