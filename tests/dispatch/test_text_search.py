"""What offices wrote, by its words: who finds what, what is recorded of it, and what the index keeps."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.dispatch.marking import TELLING
from shared.search import looking, marks
from tests.dispatch.conftest import GRID, Centre
from tests.dispatch.test_scope import content_of
from tests.kit import searching
from tests.kit.appointing import Person, appoint, seal
from tests.kit.searching import a_word
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITY, TRANSPORT = "city_management_bureau", "transport_bureau"
Case = dict[str, Any]


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def people(world: World) -> AsyncIterator[None]:
    await appoint(
        world,
        Person("find.street", "supervisor", "political_legal_committee", area="500104002"),
        Person("find.far", "supervisor", "political_legal_committee", area="500104003"),
        Person("find.city.far", "handler", CITY, area="500104003"),
        Person("find.both", "auditor", "political_legal_committee"),
        Person("find.system", "system", CITY),
        Person("find.home", "supervisor", "governance_center", home=CITY),
    )
    yield


async def marked(world: World) -> None:
    await searching.marked(world, "dispatch")


async def ask(world: World, who: str | None, text: str, **more: Any) -> httpx.Response:
    return await searching.ask(world, "dispatch", who, text, **more)


async def finds(centre: Centre, who: str, text: str, **more: Any) -> list[str]:
    """The kinds of text, newest first."""
    return [item["kind"] for item in await searching.found(centre.world, "dispatch", who, text, **more)]


async def worked(centre: Centre, word: str, **about: Any) -> Case:
    """City management noted something, and is done."""
    case = await centre.a_case(**about)
    handoff = f"handoffs/{case['handoffs'][0]['handoff_id']}"
    await centre.does("city.tang", f"{handoff}/accept")
    await centre.does("city.tang", f"{handoff}/progress", {"note": f"现场查看，{word}破损。"})
    await centre.does("city.tang", f"{handoff}/complete", {"result": f"已更换{word}，试水正常。"})
    return case


async def test_a_handler_finds_what_was_written_in_the_offices_own_cases_and_no_other_office_does(centre: Centre):
    word = a_word()
    case = await worked(centre, word)
    await marked(centre.world)
    (result, note) = (await ask(centre.world, "city.tang", word)).json()["items"]
    assert (note["kind"], note["case_id"], note["code"]) == ("progress", case["case_id"], case["code"])
    assert (result["excerpt"], note["excerpt"]) == (f"已更换{word}，试水正常。", f"现场查看，{word}破损。")
    assert (note["handoff_id"], note["consultation_id"]) == (case["handoffs"][0]["handoff_id"], None)
    assert note["area_name"]
    assert note["category_name"]
    both = ["result", "progress"]
    for who in ("find.system", "dispatch.cheng", "supervise.mao", "clerk.liu", "find.street", "find.home"):
        assert await finds(centre, who, word) == both, who
    for who in ("transport.lei", "find.far", "find.city.far", "police.wu"):
        assert await finds(centre, who, word) == [], who


async def test_residents_and_auditors_do_not_search(centre: Centre):
    assert (await ask(centre.world, None, "现场查看")).status_code == 401
    for who in ("audit.yan", "find.both", "admin.ran"):
        assert (await ask(centre.world, who, "现场查看")).status_code == 403


async def test_the_office_complained_of_finds_nothing_of_it(centre: Centre):
    word = a_word()
    case = await centre.a_case(complained_of=CITY)
    await centre.does(
        "dispatch.cheng", f"cases/{case['case_id']}/refuse", {"route": "other", "reason": f"{word}另行处理"}
    )
    assert await finds(centre, "supervise.mao", word) == ["refusal"]
    assert await finds(centre, "find.home", word) == await finds(centre, "city.tang", word) == []


async def test_an_office_that_comes_in_later_finds_what_was_written_before_and_one_that_left_finds_nothing(
    centre: Centre,
):
    word = a_word()
    case = await centre.a_case()
    handoff = f"handoffs/{case['handoffs'][0]['handoff_id']}"
    await centre.does("city.tang", f"{handoff}/accept")
    await centre.does("city.tang", f"{handoff}/progress", {"note": f"{word}属道路排水。"})
    assert await finds(centre, "transport.lei", word) == []
    await centre.does("city.tang", f"{handoff}/transfer", {"to": TRANSPORT, "reason": f"{word}属交通部门"})
    assert await finds(centre, "transport.lei", word) == ["transfer", "progress"]
    assert await finds(centre, "city.tang", word) == []
    body = {"reason": "complex", "question": f"{word}如何整治？", "invited": ["housing_commission"]}
    await centre.does("dispatch.cheng", f"cases/{case['case_id']}/consultations", body)
    found = (await ask_when_marked(centre, "housing.ye", word)).json()["items"]
    assert [item["kind"] for item in found] == ["consultation_question", "transfer", "progress"]


async def ask_when_marked(centre: Centre, who: str, text: str) -> httpx.Response:
    await marked(centre.world)
    return await ask(centre.world, who, text)


async def test_a_grid_worker_finds_the_result_that_the_visit_is_about_and_not_the_notes(centre: Centre):
    word = a_word()
    case = await worked(centre, word, area=GRID)
    assert await finds(centre, "grid.tan", word) == []
    await centre.does("dispatch.cheng", f"handoffs/{case['handoffs'][0]['handoff_id']}/verify")
    for limit in (1, 2, 20):
        assert "result" in await finds(centre, "grid.tan", word, limit=limit)
        assert await finds(centre, "grid.luo", word, limit=limit) == []


async def test_who_stepped_back_and_who_is_outside_the_circle_find_nothing(centre: Centre):
    word = a_word()
    case = await worked(centre, word)
    await seal(centre.world, "sanitation.drain", CITY)
    try:
        assert await finds(centre, "supervise.mao", word) == []
        assert await finds(centre, "city.tang", word) == ["result", "progress"]
    finally:
        await seal(centre.world, "sanitation.drain")
    await centre.does("city.tang", f"cases/{case['case_id']}/recuse", {"ground": "kinship"})
    assert await finds(centre, "city.tang", word) == []
    assert await finds(centre, "supervise.mao", word) == ["result", "progress"]


async def test_a_search_is_narrowed_by_place_matter_and_time(centre: Centre):
    word = a_word()
    await worked(centre, word)
    await marked(centre.world)
    (at, *_) = [item["written_at"] for item in (await ask(centre.world, "city.tang", word)).json()["items"]]
    tick = timedelta(microseconds=1)
    for narrowed, many in (
        ({"area": "500104002"}, 2),
        ({"area": "500104"}, 2),
        ({"area": "500104003"}, 0),
        ({"category": "sanitation.drain"}, 2),
        ({"category": "noise.living"}, 0),
        ({"written_from": at}, 1),
        ({"written_from": (datetime.fromisoformat(at) + tick).isoformat()}, 0),
        ({"written_to": at}, 1),
        ({"written_to": (datetime.fromisoformat(at) + tick).isoformat()}, 2),
    ):
        assert len(await finds(centre, "city.tang", word, **narrowed)) == many, narrowed
    assert (await ask(centre.world, "city.tang", word, area="999")).status_code == 404
    for text, code in (("字", "word-too-short"), ("19900007731", "number-not-searched")):
        refused = await ask(centre.world, "city.tang", text)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_text_from_when_the_clock_was_ahead_hides_no_other(centre: Centre):
    early, word = a_word(), a_word()
    await worked(centre, early)
    await marked(centre.world)
    async with centre.world.admin("dispatch") as database:
        await database.execute(
            "UPDATE text_marks SET written_at = '2099-01-01' WHERE position = (SELECT max(position) FROM text_marks)"
        )
    await worked(centre, word)
    assert len(await finds(centre, "city.tang", word, written_to="2098-01-01T00:00:00Z")) == 2
    assert len(await finds(centre, "city.tang", early, written_from="2098-01-01T00:00:00Z")) == 1
    assert len(await finds(centre, "city.tang", early, written_to="2098-01-01T00:00:00Z")) == 1


async def test_a_search_leaves_a_fact_without_its_words(centre: Centre):
    word = a_word()
    await worked(centre, word)
    assert len(await finds(centre, "city.tang", word)) == 2
    await finds(centre, "city.tang", a_word())
    query = "SELECT convert_from(data, 'UTF8')::jsonb AS data, attributes FROM log WHERE type = $1"
    rows = await centre.world.fetch("dispatch", f"{query} ORDER BY position", "lianzhi.dispatch.texts-searched.v1")
    told = [row["data"] for row in rows]
    assert '"found": 2' in str(told[-2])
    assert '"found": 0' in str(told[-1])
    assert word not in str(told)
    assert all("city.tang" in str(row["attributes"]) for row in rows[-2:])


async def test_what_is_erased_is_found_no_more_and_leaves_no_marks(centre: Centre):
    word = a_word()
    case = await worked(centre, word)
    assert await finds(centre, "city.tang", word) == ["result", "progress"]
    note = await content_of(centre, case["case_id"], "handoff-progressed", "note")
    await centre.does("admin.ran", f"contents/{note}/erase", {"ground": "asked_by_person"})
    assert await finds(centre, "city.tang", word) == ["result"]
    assert await centre.world.fetch("dispatch", "SELECT 1 FROM text_marks WHERE content_id = $1", note) == []


async def test_parts_of_whatever_size_give_the_same_in_the_same_order(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    word = a_word()
    case = await centre.a_case()
    handoff = f"handoffs/{case['handoffs'][0]['handoff_id']}"
    await centre.does("city.tang", f"{handoff}/accept")
    for number in range(12):
        await centre.does("city.tang", f"{handoff}/progress", {"note": f"{word}第{number}次"})
    await marked(centre.world)
    whole = (await ask(centre.world, "city.tang", word)).json()["items"]
    assert len(whole) == 12
    try:
        for module in (marks, looking):
            monkeypatch.setattr(module, "PART_BITS", (3, 5, 7))
        await searching.mark_again(centre.world, "dispatch")
        paged, cursor = list[Any](), None
        while cursor or not paged:
            more = {"cursor": cursor} if cursor else {}
            page = (await ask(centre.world, "city.tang", word, limit=5, **more)).json()
            paged, cursor = [*paged, *page["items"]], page["next"]
        assert paged == whole
    finally:
        monkeypatch.undo()
        await searching.mark_again(centre.world, "dispatch")


async def test_every_text_that_a_fact_tells_of_is_marked(centre: Centre):
    """Of whatever kind: also those of the other tests of this world."""
    await marked(centre.world)
    rows = await centre.world.fetch(
        "dispatch",
        "SELECT DISTINCT kind FROM contents WHERE erased_at IS NULL"
        " AND NOT EXISTS (SELECT FROM text_marks WHERE content_id = contents.id)"
        " AND EXISTS (SELECT FROM log WHERE position(convert_to(contents.id, 'UTF8') IN data) > 0)",
    )
    assert rows == []
    assert len(TELLING) > 15
