"""What people are told while they look: of their own cases, at once, without a gap, and of no other's."""

import time

import httpx
import pytest
import pytest_asyncio

from services.dispatch.live.feed import MOST_MISSED, Feed
from services.dispatch.live.readers import Others, Reader
from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor
from shared.web import listeners, streaming
from shared.web.listeners import MOST_OF_ONE, MOST_WAITING
from tests.dispatch.conftest import Centre
from tests.kit.appointing import Person, appoint
from tests.kit.issuer import the_issuer
from tests.kit.listening import Listening, address, everything_is_told, headers, listening
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")
HERE = "50010400200303"


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def people(world: World) -> None:
    await appoint(
        world,
        Person("walker.here", "grid_worker", "dongzheng_community", area=HERE),
        Person("many.pages", "dispatcher", "governance_center"),
        Person("other.pages", "dispatcher", "governance_center"),
        Person("moved.away", "dispatcher", "governance_center"),
    )


@pytest.fixture
def beats(monkeypatch: pytest.MonkeyPatch) -> None:
    """Often, so that each listener learns how far everything has been told."""
    monkeypatch.setattr(streaming, "HEARTBEAT", 0.1)


@pytest.fixture
def feed(world: World) -> Feed:
    return world.runtime("dispatch").extra(Feed)


async def test_an_office_is_told_of_its_own_case_by_ids_and_kinds_only(centre: Centre, beats: None):
    async with listening(centre.world, "city.tang") as city, listening(centre.world, "transport.lei") as roads:
        case = await centre.a_case()
        handoff = case["handoffs"][0]["handoff_id"]
        opened = await city.hears("change", case_id=case["case_id"])
        assert "handoff-offered" in opened["kinds"]
        assert (opened["handoffs"], opened["code"], opened["gone"]) == ([handoff], case["code"], False)
        await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "已到场"}, expect=409)
        answered = await centre.does("city.tang", f"handoffs/{handoff}/accept")
        taken = await city.hears("change", case_id=case["case_id"])
        assert set(taken) == {"case_id", "code", "version", "handoffs", "kinds", "gone"}
        assert "handoff-accepted" in taken["kinds"]
        assert taken["version"] == answered["version"]
        await everything_is_told(centre.world, city, roads)
        assert roads.of(case["case_id"]) == []


async def test_the_centre_is_told_of_its_whole_area_and_an_auditor_too(centre: Centre):
    async with listening(centre.world, "dispatch.cheng") as desk, listening(centre.world, "audit.yan") as audit:
        case = await centre.a_case()
        for each in (desk, audit):
            assert "case-opened" in (await each.hears("change", case_id=case["case_id"]))["kinds"]


async def test_who_comes_back_with_the_last_id_has_missed_nothing(centre: Centre, beats: None):
    case = await centre.a_case()
    handoff = case["handoffs"][0]["handoff_id"]
    async with listening(centre.world, "city.tang") as city:
        await everything_is_told(centre.world, city)
        last = city.last
    await centre.does("city.tang", f"handoffs/{handoff}/accept")
    await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "已到场"})
    await centre.world.settled()
    async with listening(centre.world, "city.tang", last) as again:
        missed = await again.hears("change", case_id=case["case_id"])
        assert {"handoff-accepted", "handoff-progressed"} <= set(missed["kinds"])
        assert int(again.last or 0) > int(last or 0)
        await centre.does("city.tang", f"handoffs/{handoff}/progress", {"note": "正在疏通"})
        more = await again.hears("change", case_id=case["case_id"])
        assert more["kinds"] == ["handoff-progressed"]
    async with listening(centre.world, "transport.lei", last) as roads:
        await everything_is_told(centre.world, roads)
        assert roads.of(case["case_id"]) == [], "what was missed is told by scope, too"


async def test_who_has_missed_nothing_is_told_nothing(centre: Centre, beats: None):
    async with listening(centre.world, "city.tang") as city:
        await everything_is_told(centre.world, city)
        last = city.last
    async with listening(centre.world, "city.tang", last) as again:
        assert [each.name for each in again.told] == ["ready"]


@pytest.mark.parametrize("last", ["", "x", "-1", "0.5", "9" * 18, "9" * 40])
async def test_an_id_that_never_was_means_reading_anew(world: World, last: str):
    async with listening(world, "city.tang", last) as again:
        assert [each.name for each in again.told] == ["anew"]


async def test_too_long_ago_means_reading_anew(centre: Centre, feed: Feed, monkeypatch: pytest.MonkeyPatch):
    async with listening(centre.world, "city.tang") as city:
        here = int(city.last or 0)
    monkeypatch.setattr("services.dispatch.live.feed.MOST_MISSED", 3)
    for behind, said in ((3, "ready"), (4, "anew")):
        async with listening(centre.world, "transport.lei", str(here - behind)) as again:
            assert again.told[0].name == said
    assert MOST_MISSED == 2000


async def test_who_steps_back_in_the_middle_is_told_that_it_is_gone_and_nothing_more(centre: Centre, beats: None):
    case = await centre.a_case()
    case_id = case["case_id"]
    await centre.world.settled()
    async with listening(centre.world, "city.tang") as city, listening(centre.world, "transport.lei") as roads:
        await centre.does("city.tang", f"cases/{case_id}/recuse", {"ground": "kinship"})
        assert await city.hears("change", case_id=case_id) == {"case_id": case_id, "gone": True}
        await centre.does("dispatch.cheng", f"handoffs/{case['handoffs'][0]['handoff_id']}/urge")
        await everything_is_told(centre.world, city, roads)
        assert city.of(case_id) == []
        assert roads.of(case_id) == [], "gone is said to who had it"
        last = city.last
    async with listening(centre.world, "city.tang", last) as again:
        assert again.told[0].name == "ready"


async def test_what_was_missed_while_it_went_is_told_as_gone(centre: Centre, beats: None):
    case = await centre.a_case()
    async with listening(centre.world, "city.tang") as city:
        await everything_is_told(centre.world, city)
        last = city.last
    await centre.does("city.tang", f"cases/{case['case_id']}/recuse", {"ground": "kinship"})
    await centre.world.settled()
    async with listening(centre.world, "city.tang", last) as again:
        assert [each.data for each in again.of(case["case_id"])] == [{"case_id": case["case_id"], "gone": True}]


async def test_an_office_hears_that_its_task_was_taken_back_and_no_more_of_the_case(centre: Centre, beats: None):
    case = await centre.a_case()
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.world.settled()
    async with listening(centre.world, "city.tang") as city:
        await centre.does("dispatch.cheng", f"handoffs/{handoff}/recall", {"reason": "应由交通局承办。"})
        recalled = await city.hears("change", case_id=case_id)
        assert ("handoff-recalled" in recalled["kinds"], recalled["handoffs"]) == (True, [handoff])
        await everything_is_told(centre.world, city)
        city.told.clear()
        await centre.does("dispatch.cheng", f"cases/{case_id}/handoffs", {"department": "transport_bureau"})
        await everything_is_told(centre.world, city)
        assert city.of(case_id) == []


async def test_a_visit_comes_and_goes(centre: Centre, beats: None):
    case = await centre.a_case()
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await centre.world.settled()
    async with listening(centre.world, "walker.here") as walker:
        await centre.does("city.tang", f"handoffs/{handoff}/accept")
        await everything_is_told(centre.world, walker)
        assert walker.of(case_id) == []
        await centre.does("city.tang", f"handoffs/{handoff}/complete", {"result": "已疏通。"})
        shown = await centre.case(case_id)
        if shown["status"] != "resolved":
            await centre.does("dispatch.cheng", f"handoffs/{handoff}/verify")
        visit = await walker.hears("change", case_id=case_id)
        assert visit["gone"] is False
        await centre.does("dispatch.cheng", f"cases/{case_id}/follow-up", {"solved": True, "channel": "phone"})
        await centre.does("dispatch.cheng", f"cases/{case_id}/close", {"reason": "solved"})
        await walker.hears("change", case_id=case_id, gone=True)


async def test_a_new_post_means_reading_anew(centre: Centre):
    async with listening(centre.world, "moved.away") as moved:
        await appoint(centre.world, Person("moved.away", "dispatcher", "governance_center", area="500104003"))
        await moved.hears("anew")
        case = await centre.a_case()
        async with listening(centre.world, "dispatch.cheng", moved.last) as desk:
            await desk.hears("change", case_id=case["case_id"])
        assert moved.of(case["case_id"]) == []


async def test_heartbeats_carry_the_place_past_what_was_for_others(centre: Centre, beats: None):
    async with listening(centre.world, "transport.lei") as roads:
        before = int(roads.last or 0)
        await centre.a_case()
        await everything_is_told(centre.world, roads)
        assert roads.beats > 0
        assert int(roads.last or 0) > before


async def test_without_a_heartbeat_the_interval_is_fifteen_seconds():
    assert streaming.HEARTBEAT == 15


async def test_a_stream_ends_with_its_token(world: World):
    token = the_issuer().token("city.tang", exp=int(time.time()) + 2)
    async with listening(world, "city.tang", token=token) as city:
        assert await city.hears("end") == {"why": "expired"}
        await world.until(lambda: city.over)
        assert time.time() < the_exp(token) + 1


def the_exp(token: str) -> float:
    import base64
    import json

    claims = token.split(".")[1]
    return float(json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"])


async def test_nobody_listens_without_a_token_or_a_post(world: World):
    async with httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(address(world))).status_code == 401
        unknown = await client.get(address(world), headers=await headers(world, "nobody.at.all"))
    assert unknown.status_code == 403


async def test_so_many_pages_of_one_person_and_no_more(world: World):
    opened = []
    try:
        for _ in range(MOST_OF_ONE):
            page = listening(world, "many.pages")
            await page.__aenter__()
            opened.append(page)
        async with httpx.AsyncClient(trust_env=False) as client:
            refused = await client.get(address(world), headers=await headers(world, "many.pages"))
        assert (refused.status_code, refused.json()["code"], refused.headers["Retry-After"]) == (
            429,
            "too-many-streams",
            "10",
        )
        assert f"每人最多 {MOST_OF_ONE} 个" in refused.json()["title"]
        async with listening(world, "other.pages"):
            pass
    finally:
        for page in opened[1:]:
            await page.__aexit__(None, None, None)
    await opened[0].__aexit__(None, None, None)
    feed = world.runtime("dispatch").extra(Feed)
    await world.until(lambda: not feed.readers)
    async with listening(world, "many.pages"):
        pass


async def test_so_many_of_all_people_and_no_more(world: World, monkeypatch: pytest.MonkeyPatch):
    await world.until(lambda: not world.runtime("dispatch").extra(Feed).readers)
    monkeypatch.setattr(listeners, "MOST", 2)
    async with listening(world, "city.tang"), listening(world, "transport.lei"):
        async with httpx.AsyncClient(trust_env=False) as client:
            refused = await client.get(address(world), headers=await headers(world, "dispatch.cheng"))
        assert (refused.status_code, refused.json()["whose"]) == (429, "all")


async def test_a_reader_who_falls_behind_reads_anew(centre: Centre, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(listeners, "MOST_WAITING", 0)
    async with listening(centre.world, "dispatch.cheng") as desk:
        await centre.a_case()
        await desk.hears("anew")
        assert [each for each in desk.told if each.name == "change"] == []
        monkeypatch.setattr(listeners, "MOST_WAITING", MOST_WAITING)
        after = await centre.a_case()
        await desk.hears("change", case_id=after["case_id"])


async def test_what_waits_for_a_slow_reader_is_bounded():
    """They are told what was passed over, and everything from then on."""
    reader = Reader(Bearer("x", None, time.time() + 60), Actor("x"), 7)
    for number in range(MOST_WAITING):
        reader.see(Others(str(number), ()))
    whole = await reader.next(0.01)
    assert (len(whole.events), whole.anew) == (MOST_WAITING, False)
    for number in range(MOST_WAITING + 1):
        reader.see(Others(str(number), ()))
    behind = await reader.next(0.01)
    assert (behind.events, behind.anew) == ((), True)
    reader.see(Others("later", ()))
    assert [event.case_id for event in (await reader.next(0.01)).events] == ["later"]


async def test_nothing_is_looked_at_while_nobody_listens(centre: Centre, feed: Feed):
    await centre.world.until(lambda: not feed.readers)
    before = feed.position
    await centre.a_case()
    await centre.world.settled()
    assert feed.position == before
    async with listening(centre.world, "dispatch.cheng") as desk:
        assert int(desk.last or 0) > before
        assert isinstance(desk, Listening)


async def test_what_another_replica_has_sealed_is_told_too(centre: Centre, feed: Feed, monkeypatch: pytest.MonkeyPatch):
    """Nothing wakes this one: it looks once a second."""
    monkeypatch.setattr(centre.world.runtime("dispatch").relay, "when_sealed", [])
    async with listening(centre.world, "dispatch.cheng") as desk:
        case = await centre.a_case()
        await desk.hears("change", within=3, case_id=case["case_id"])
