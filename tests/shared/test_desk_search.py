"""What an office wrote on its own desk, by its words: who finds what, on each desk alike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from services.dispatch import facts as dispatch
from services.petition.model import MODEL as PETITION
from services.police.model import MODEL as POLICE
from shared.procedure.model import Model
from shared.search import looking, marks
from shared.search.telling import telling
from tests.kit import searching
from tests.kit.appointing import Person, appoint, seal
from tests.kit.searching import a_word
from tests.shared.desks import Handed, Office, handed, office_running

ACCUSED, CENTRE, STRANGER = "ecology_bureau", "governance_center", "market_supervision_bureau"
PATHS = {"petition": "/v1/petitions"}
DEPARTMENTS = {
    "petition": "petition_office",
    "police": "police_bureau",
    "justice": "justice_bureau",
    "emergency": "emergency_bureau",
}
HERE, FAR = "500104002", "500104003"


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=DEPARTMENTS)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    async with office_running(request.param, PATHS.get(request.param, "/v1/tasks")) as found:
        ours = DEPARTMENTS[request.param]
        await appoint(
            found.world,
            Person("ours", "handler", ours),
            Person("ours.too", "system", ours),
            Person("ours.here", "handler", ours, area=HERE),
            Person("ours.far", "handler", ours, area=FAR),
            Person("ours.auditor", "auditor", ours),
            Person("centre", "dispatcher", CENTRE),
            Person("boss.here", "supervisor", CENTRE, area=HERE),
            Person("boss.far", "supervisor", CENTRE, area=FAR),
            Person("boss.accused", "supervisor", ACCUSED),
            Person("at.home", "handler", ours, home=ACCUSED),
            Person("stranger", "handler", STRANGER),
        )
        yield found


def a_matter(office: Office, **fields: Any) -> Handed:
    return handed(DEPARTMENTS[office.service], office.service, at=datetime.now(UTC), **fields)


async def written(office: Office, text: str, matter: Handed | None = None, **offered: Any) -> str:
    """Returned, and why: the matter."""
    id = await office.has(matter or a_matter(office), **offered)
    answer = await office.post("ours", id, "return", {"reason": text})
    assert answer.status_code == 200, answer.text
    return id


async def finds(office: Office, who: str, text: str, **more: Any) -> list[str]:
    """The matters, newest first."""
    return [item["handoff_id"] for item in await searching.found(office.world, office.service, who, text, **more)]


@pytest.mark.parametrize(
    ("model", "facts"),
    [
        (POLICE, {"progress-noted", "extension-asked", "task-finished", "task-returned"}),
        (
            PETITION,
            {"progress-noted", "opinion-issued", "petition-concluded", "petition-returned", "petition-extended"},
        ),
    ],
    ids=["police", "petition"],
)
def test_whatever_people_write_is_searched_and_the_centres_words_are_not_kept_here(
    model: Model[Any], facts: set[str]
) -> None:
    assert {type.split(".")[2] for type in telling(model.facts)} == facts


async def test_the_office_and_who_answers_for_the_place_find_it_and_nobody_else_does(office: Office) -> None:
    word = a_word()
    matter = a_matter(office)
    id = await written(office, f"现场未见{word}，不属于本单位职责。", matter)
    (item,) = await searching.found(office.world, office.service, "ours", word)
    assert (item["handoff_id"], item["case_id"], item["case_code"]) == (id, matter.case_id, "DZ-0001")
    assert (item["kind"], item["status"], item["status_name"]) == ("return", "returned", "returned")
    assert item["excerpt"] == f"现场未见{word}，不属于本单位职责。"
    assert item["department"] == DEPARTMENTS[office.service]
    assert item["place"]["zh"] == "东正社区第一网格"
    assert (await office.content("ours", item["content_id"])).text == f"现场未见{word}，不属于本单位职责。"
    for who in ("ours.too", "ours.here", "centre", "boss.here", "at.home", "boss.accused"):
        assert await finds(office, who, word) == [id], who
    for who in ("ours.far", "boss.far", "stranger", "city.tang"):
        assert await finds(office, who, word) == [], who


async def test_who_reads_no_texts_does_not_search(office: Office) -> None:
    assert (await searching.ask(office.world, office.service, None, "现场查看")).status_code == 401
    for who in ("ours.auditor", "clerk.liu", "grid.luo", "admin.ran"):
        assert (await searching.ask(office.world, office.service, who, "现场查看")).status_code == 403, who


async def test_the_accused_and_who_stepped_back_find_nothing_until_that_is_lifted(office: Office) -> None:
    word = a_word()
    matter = a_matter(office)
    id = await written(office, f"{word}一事", matter, barred=(ACCUSED, "ours.too"))
    assert await finds(office, "ours", word) == [id]
    for who in ("at.home", "boss.accused", "ours.too"):
        assert await finds(office, who, word) == [], who
    await office.hears(matter.told(dispatch.HandoffUnbarred, unbarred=("ours.too",)))
    table = office.path.rsplit("/", 1)[1]
    await office.sees(f"SELECT 1 FROM {table} WHERE id = $1 AND NOT barred ? 'ours.too'", id)
    assert await finds(office, "ours.too", word) == [id]
    assert await finds(office, "at.home", word) == []


async def test_a_complaint_that_joins_later_hides_what_was_found_before(office: Office) -> None:
    word = a_word()
    matter = a_matter(office)
    id = await written(office, f"{word}一事", matter)
    assert await finds(office, "at.home", word) == [id]
    await office.hears(matter.told(dispatch.HandoffBarred, barred=(ACCUSED,)))
    table = office.path.rsplit("/", 1)[1]
    await office.sees(f"SELECT 1 FROM {table} WHERE id = $1 AND barred IS NOT NULL", id)
    assert await finds(office, "at.home", word) == []
    assert await finds(office, "ours", word) == [id]


async def test_nobody_outside_the_circle_of_a_sealed_matter_finds_it_but_who_routes_it(office: Office) -> None:
    word = a_word()
    id = await written(office, f"{word}一事")
    await seal(office.world, "noise.living", DEPARTMENTS[office.service])
    try:
        assert await finds(office, "ours", word) == await finds(office, "centre", word) == [id]
        assert await finds(office, "boss.here", word) == []
    finally:
        await seal(office.world, "noise.living")
    assert await finds(office, "boss.here", word) == [id]


async def test_what_is_erased_is_found_no_more_and_leaves_no_marks(office: Office) -> None:
    word = a_word()
    await written(office, f"当事人{word}")
    (item,) = await searching.found(office.world, office.service, "ours", word)
    async with office.world.client(office.service, "admin.ran") as admin:
        path = f"/v1/contents/{item['content_id']}/erase"
        assert (await admin.post(path, json={"ground": "asked_by_person"})).status_code == 200
    query = "SELECT 1 FROM text_marks WHERE content_id = $1"
    assert await office.world.fetch(office.service, query, item["content_id"]) == []
    assert await finds(office, "ours", word) == []
    await searching.mark_again(office.world, office.service)
    assert await office.world.fetch(office.service, query, item["content_id"]) == []


async def test_what_was_written_before_there_were_marks_is_found_by_the_log(office: Office) -> None:
    word = a_word()
    ids = [await written(office, f"{word}第{number}件") for number in range(3)]
    assert await finds(office, "ours", word) == ids[::-1]
    await searching.mark_again(office.world, office.service)
    assert await finds(office, "ours", word) == ids[::-1]
    (row,) = await office.world.fetch(
        office.service,
        "SELECT count(*) AS unmarked FROM contents WHERE erased_at IS NULL"
        " AND NOT EXISTS (SELECT FROM text_marks WHERE content_id = contents.id)",
    )
    assert row["unmarked"] == 0


async def test_pages_are_newest_first_and_hide_what_is_not_for_the_reader(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (marks, looking):
        monkeypatch.setattr(module, "PART_BITS", (3, 5, 7))
    word = a_word()
    ids = [await written(office, f"{word}一事", barred=(ACCUSED,) if number % 2 else ()) for number in range(5)]
    paged, cursor = list[str](), None
    await searching.marked(office.world, office.service)
    while cursor or not paged:
        more = {"cursor": cursor} if cursor else {}
        page = (await searching.ask(office.world, office.service, "at.home", word, limit=2, **more)).json()
        assert len(page["items"]) <= 2
        paged, cursor = [*paged, *(item["handoff_id"] for item in page["items"])], page["next"]
    monkeypatch.undo()
    await searching.mark_again(office.world, office.service)
    assert paged == ids[::2][::-1] == await finds(office, "at.home", word)


async def test_a_search_is_narrowed_by_place_matter_and_time(office: Office) -> None:
    word = a_word()
    id = await written(office, f"{word}一事")
    (item,) = await searching.found(office.world, office.service, "ours", word)
    at, tick = item["written_at"], timedelta(microseconds=1)
    after = (datetime.fromisoformat(at) + tick).isoformat()
    for narrowed, expected in (
        ({"area": "500104"}, [id]),
        ({"area": HERE}, [id]),
        ({"area": FAR}, []),
        ({"category": "noise.living"}, [id]),
        ({"category": "sanitation.drain"}, []),
        ({"written_from": at}, [id]),
        ({"written_from": after}, []),
        ({"written_to": at}, []),
        ({"written_to": after}, [id]),
    ):
        assert await finds(office, "ours", word, **narrowed) == expected, narrowed
    for wrong, status in (({"area": "999"}, 404), ({"category": "none"}, 404), ({"cursor": "x"}, 422)):
        assert (await searching.ask(office.world, office.service, "ours", word, **wrong)).status_code == status
    for text, code in (("字", "word-too-short"), ("19900007731", "number-not-searched")):
        refused = await searching.ask(office.world, office.service, "ours", text)
        assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_a_search_leaves_a_fact_without_its_words(office: Office) -> None:
    word = a_word()
    await written(office, f"{word}一事")
    assert len(await finds(office, "centre", word)) == 1
    query = "SELECT topic, convert_from(data, 'UTF8') AS data, attributes FROM log WHERE type LIKE $1 ORDER BY position"
    await searching.marked(office.world, office.service)
    *_, row = await office.world.fetch(office.service, query, f"lianzhi.{office.service}.texts-searched.%")
    assert (row["topic"], '"found":1' in row["data"].replace(" ", "")) == ("accesses", True)
    assert word not in row["data"]
    assert '"centre"' in str(row["attributes"])
