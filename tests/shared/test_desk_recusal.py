"""Nobody of an office complained of meets the matter on any desk, whatever post or home ties them to it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import httpx
import pytest
import pytest_asyncio

from services.dispatch import facts as dispatch
from tests.kit.appointing import Person, appoint
from tests.shared.desks import Handed, Office, handed, office_running

ACCUSED, BELOW = "ecology_bureau", "ecology_station"
BARRED = (ACCUSED, BELOW)
PATHS = {"petition": "/v1/petitions"}
DEPARTMENTS = {
    "petition": "petition_office",
    "police": "police_bureau",
    "justice": "justice_bureau",
    "emergency": "emergency_bureau",
}
READING = ("supervisor", "auditor", "dispatcher", "handler", "system")


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=DEPARTMENTS)
async def office(request: pytest.FixtureRequest) -> AsyncIterator[Office]:
    async with office_running(request.param, PATHS.get(request.param, "/v1/tasks")) as found:
        ours = DEPARTMENTS[request.param]
        await appoint(
            found.world,
            *(Person(f"accused.{role}", role, ACCUSED) for role in READING),
            *(Person(f"below.{role}", role, BELOW) for role in READING),
            *(Person(f"home.{role}", role, ours, home=ACCUSED) for role in READING),
            *(Person(f"free.{role}", role, ours) for role in READING),
        )
        yield found


def a_matter(office: Office) -> Handed:
    return handed(DEPARTMENTS[office.service], office.service, at=datetime.now(UTC))


async def seen_by(office: Office, id: str) -> set[str]:
    """Everybody who sees it, in whatever way."""
    seen = set()
    for tie in ("accused", "below", "home", "free"):
        for role in READING:
            one = await office.get(f"{tie}.{role}", f"/{id}")
            listed = await office.get(f"{tie}.{role}", "?status=all&limit=200")
            rows = listed.json()["items"] if listed.status_code == 200 else []
            if one.status_code != 404 or id in {row["handoff_id"] for row in rows}:
                seen.add(f"{tie}.{role}")
    return seen


async def written(office: Office, id: str) -> str:
    """Somebody who may returns it: the content of the reason."""
    assert (await office.post("free.handler", id, "return", {"reason": "不属于本单位职责"})).status_code == 200
    content: str = (await office.get("free.handler", f"/{id}")).json()["history"][-1]["content"]
    return content


async def answers(office: Office, content: str) -> dict[str, httpx.Response]:
    ties = ("accused", "below", "home", "free")
    return {f"{tie}.handler": await office.content(f"{tie}.handler", content) for tie in ties}


FREE = {f"free.{role}" for role in READING}


async def test_the_office_complained_of_does_not_find_the_matter_on_the_desk(office: Office) -> None:
    id = await office.has(a_matter(office), barred=BARRED)
    assert await seen_by(office, id) == FREE
    for condition in ({}, {"If_Match": '"99"'}):
        assert (await office.post("home.handler", id, "return", {"reason": "查看"}, **condition)).status_code == 404
    assert (await office.post("free.handler", id, "return", {"reason": "查看"}, If_Match='"99"')).status_code == 412
    read = await answers(office, await written(office, id))
    assert {who: answer.status_code for who, answer in read.items()} == {
        "accused.handler": 404,
        "below.handler": 404,
        "home.handler": 404,
        "free.handler": 200,
    }


async def test_a_complaint_that_joins_later_hides_it_from_then_on(office: Office) -> None:
    matter = a_matter(office)
    id = await office.has(matter)
    assert await seen_by(office, id) >= FREE | {"home.handler", "accused.supervisor"}
    await office.hears(matter.told(dispatch.HandoffBarred, barred=BARRED))
    await office.sees(f"SELECT 1 FROM {office.path.rsplit('/', 1)[1]} WHERE id = $1 AND barred IS NOT NULL", id)
    assert await seen_by(office, id) == FREE
    await written(office, id)


async def test_a_departments_own_system_lists_and_reads_what_it_may_accept(office: Office) -> None:
    id = await office.has(a_matter(office))
    listed = await office.get("free.system", "?limit=200")
    assert id in {row["handoff_id"] for row in listed.json()["items"]}
    assert (await office.get("free.system", f"/{id}")).status_code == 200
    content = await written(office, id)
    assert (await office.content("free.system", content)).status_code == 200
    assert (await office.content("accused.system", content)).status_code == 404


async def test_who_stepped_back_meets_the_matter_again_once_that_is_lifted(office: Office) -> None:
    """And nobody else does: the complaint stands."""
    matter, officer = a_matter(office), "free.handler"
    id = await office.has(matter, barred=(*BARRED, officer))
    assert await seen_by(office, id) == FREE - {officer}
    assert (await office.post(officer, id, "return", {"reason": "查看"})).status_code == 404
    await office.hears(matter.told(dispatch.HandoffUnbarred, unbarred=(officer,)))
    await office.sees(
        f"SELECT 1 FROM {office.path.rsplit('/', 1)[1]} WHERE id = $1 AND NOT barred ? 'free.handler'", id
    )
    assert await seen_by(office, id) == FREE
    await written(office, id)
