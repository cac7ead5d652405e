"""Who else has a case open: told by post, among those who work on it, for half a minute."""

import pytest
import pytest_asyncio

from services.dispatch.live import presence
from services.dispatch.live.feed import Feed
from tests.dispatch.conftest import Centre
from tests.kit.appointing import Person, appoint
from tests.kit.listening import listening
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def people(world: World) -> None:
    await appoint(world, Person("city.second", "handler", "city_management_bureau"))


async def opens(centre: Centre, who: str, case_id: str, expect: int = 200) -> list[dict[str, str]]:
    async with centre.world.client("dispatch", who, "zh") as someone:
        answer = await someone.put(f"/v1/cases/{case_id}/presence")
    assert answer.status_code == expect, answer.text
    return list(answer.json().get("others", []))


async def aged(centre: Centre, person: str, seconds: int) -> None:
    async with centre.world.admin("dispatch") as connection:
        moved = f"UPDATE presence SET seen_at = now() - interval '{seconds} seconds' WHERE person = $1"
        await connection.execute(moved, person)


async def test_two_people_on_one_case_see_each_other_by_post(centre: Centre):
    case_id = (await centre.a_case())["case_id"]
    async with listening(centre.world, "city.tang") as first, listening(centre.world, "transport.lei") as elsewhere:
        assert await opens(centre, "city.tang", case_id) == []
        (seen,) = await opens(centre, "dispatch.cheng", case_id)
        assert (seen["department_name"], seen["role_name"]) == ("区城市管理局", "承办人")
        assert set(seen) == {"person", "department", "department_name", "role", "role_name"}
        told = await first.hears("presence", case_id=case_id)
        while not told["others"]:
            told = await first.hears("presence", case_id=case_id)
        assert [each["role_name"] for each in told["others"]] == ["综治中心调度员"]
        assert [each for each in elsewhere.told if each.name == "presence"] == []


async def test_who_has_gone_is_seen_for_half_a_minute_and_no_longer(centre: Centre):
    case_id = (await centre.a_case())["case_id"]
    async with listening(centre.world, "city.tang") as first:
        await opens(centre, "city.second", case_id)
        assert len(await opens(centre, "city.tang", case_id)) == 1
        await first.hears("presence", case_id=case_id)
        await aged(centre, "city.second", presence.SECONDS - 2)
        assert len(await opens(centre, "city.tang", case_id)) == 1
        await aged(centre, "city.second", presence.SECONDS)
        assert (await first.hears("presence", case_id=case_id))["others"] == []
        assert await opens(centre, "city.tang", case_id) == []


async def test_who_inspects_is_not_seen_and_who_sees_a_part_sees_nobody(centre: Centre):
    case = await centre.a_case()
    case_id, handoff = case["case_id"], case["handoffs"][0]["handoff_id"]
    await opens(centre, "audit.yan", case_id, expect=403)
    await opens(centre, "transport.lei", case_id, expect=404)
    await opens(centre, "dispatch.cheng", case_id)
    await centre.does("dispatch.cheng", f"handoffs/{handoff}/recall", {"reason": "应由交通局承办。"})
    assert await opens(centre, "city.tang", case_id) == []
    assert await opens(centre, "dispatch.cheng", case_id) == [], "nor is one seen"


async def test_who_steps_back_is_told_of_nobody(centre: Centre):
    case_id = (await centre.a_case())["case_id"]
    async with listening(centre.world, "city.tang") as first:
        await opens(centre, "city.tang", case_id)
        await centre.does("city.tang", f"cases/{case_id}/recuse", {"ground": "kinship"})
        await first.hears("change", case_id=case_id, gone=True)
        await opens(centre, "dispatch.cheng", case_id)
        feed = centre.world.runtime("dispatch").extra(Feed)
        await centre.world.until(lambda: not feed._look_around)
        other = (await centre.a_case())["case_id"]
        await first.hears("change", case_id=other)
        assert first.of(case_id) == []
    await opens(centre, "city.tang", case_id, expect=404)


async def test_it_leaves_no_fact(centre: Centre):
    case_id = (await centre.a_case())["case_id"]
    await centre.world.settled()
    counted = "SELECT position FROM sealing"
    before = await centre.world.fetch("dispatch", counted)
    await opens(centre, "city.tang", case_id)
    await centre.world.settled()
    assert await centre.world.fetch("dispatch", counted) == before
