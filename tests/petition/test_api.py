"""The petition office's desk as its people meet it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from services.dispatch import facts as dispatch
from tests.shared.desks import TEXT, Handed, Office, handed, office_running

OURS = "petition.fu"
HEAD = "petition.lan"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def office() -> AsyncIterator[Office]:
    async with office_running("petition", "/v1/petitions") as found:
        yield found


def a_petition(**fields: Any) -> Handed:
    given = {"category": "petition.pension", "at": datetime.now(UTC), **fields}
    return handed("petition_office", "petition", **given)


async def accepted(office: Office, petition: Handed) -> str:
    id = await office.has(petition)
    for step in ("register", "accept"):
        answer = await office.post(OURS, id, step)
        assert answer.status_code == 200, answer.text
    return id


async def detail(office: Office, id: str, who: str = OURS) -> Any:
    answer = await office.get(who, f"/{id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_petition_goes_from_its_receipt_to_the_conclusion(office: Office) -> None:
    petition = a_petition()
    id = await office.has(petition)
    for step, body, status in (
        ("register", None, "registered"),
        ("accept", None, "accepted"),
        ("progress", {"note": "已听取信访人陈述"}, "accepted"),
        ("opinion", {"opinion": "依照规定予以补发"}, "opinion_issued"),
        ("conclude", {"result": "已补发"}, "concluded"),
    ):
        answer = await office.post(OURS, id, step, body)
        assert (answer.status_code, answer.json()["status"]) == (200, status), answer.text
    history = (await detail(office, id))["history"]
    assert [step["step"] for step in history] == [
        "petition-received",
        "petition-registered",
        "petition-accepted",
        "progress-noted",
        "opinion-issued",
        "petition-concluded",
    ]
    assert [step["text"] for step in history[3:]] == ["已听取信访人陈述", "依照规定予以补发", "已补发"]
    await office.hears(petition.told(dispatch.HandoffVerified))
    await office.until(petition, "verified")


async def test_the_detail_says_what_is_owed_by_when_and_by_which_article(office: Office) -> None:
    id = await office.has(a_petition())
    received = await detail(office, id)
    assert received["notice_basis"] == "信访工作条例 Art 23"
    assert received["objection_basis"] == "信访工作条例 Art 23(3)"
    assert received["due_at"] is not None
    assert (received["accepted_at"], received["decision_due_at"], received["registration_no"]) == (
        None,
        None,
        None,
    )
    assert [step["path"].rsplit("/", 1)[1] for step in received["steps"]] == ["register", "return"]
    for step in ("register", "accept"):
        await office.post(OURS, id, step)
    owed = await detail(office, id)
    assert owed["registration_no"].startswith("XF20")
    assert owed["decision_basis"] == "信访工作条例 Art 34"
    assert owed["due_at"] == owed["decision_due_at"]
    days = datetime.fromisoformat(owed["decision_due_at"]) - datetime.fromisoformat(owed["accepted_at"])
    assert timedelta(days=60) <= days <= timedelta(days=72)


async def test_an_objection_after_the_fifth_working_day_is_refused_with_the_article(office: Office) -> None:
    in_time = await office.has(a_petition())
    late = await office.has(a_petition(at=datetime.now(UTC) - timedelta(days=30)))
    answer = await office.post(OURS, in_time, "return", {"reason": "属于诉讼事项"})
    assert answer.json()["status"] == "returned"
    answer = await office.post(OURS, late, "return", {"reason": "属于诉讼事项"})
    assert (answer.status_code, answer.json()["code"]) == (409, "objection-closed")
    assert answer.json()["law"] == "信访工作条例 Art 23(3)"
    assert not await office.world.fetch("petition", "SELECT 1 FROM contents WHERE about = $1", late)


async def test_an_extension_is_given_once_by_the_responsible_person_of_the_office(office: Office) -> None:
    id = await accepted(office, a_petition())
    body = {"days": 30, "reason": "案情复杂"}
    own = await office.post(OURS, id, "extend", body)
    assert (own.status_code, own.json()["code"]) == (403, "not-permitted")
    elsewhere = await office.post("supervise.mao", id, "extend", body)
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (403, "responsible-person-needed")
    before = (await detail(office, id))["decision_due_at"]
    too_long = await office.post(HEAD, id, "extend", {**body, "days": 31})
    assert too_long.json()["code"] == "extension-too-long"
    assert (await office.post(HEAD, id, "extend", body)).status_code == 200
    after = await detail(office, id)
    assert after["extended_by"] == 30
    assert after["due_at"] == after["decision_due_at"]
    later = datetime.fromisoformat(after["decision_due_at"]) - datetime.fromisoformat(before)
    assert timedelta(days=20) <= later <= timedelta(days=40)
    again = await office.post(HEAD, id, "extend", {**body, "days": 1})
    assert again.json()["code"] == "extended-already"


async def test_an_extension_before_acceptance_is_refused(office: Office) -> None:
    id = await office.has(a_petition())
    answer = await office.post(HEAD, id, "extend", {"days": 10, "reason": "复杂"})
    assert (answer.status_code, answer.json()["code"]) == (409, "not-now")


async def test_another_departments_people_neither_see_nor_take_a_petition(office: Office) -> None:
    id = await office.has(a_petition())
    for who in ("justice.shen", "station.jiang"):
        assert (await office.get(who, f"/{id}")).status_code == 404
        assert (await office.post(who, id, "register")).status_code == 403
    rows = (await office.get(OURS)).json()["items"]
    assert id in {row["handoff_id"] for row in rows}
    rows = (await office.get("justice.shen")).json()["items"]
    assert id not in {row["handoff_id"] for row in rows}


@pytest.mark.parametrize(
    ("step", "body"),
    [
        ("register", None),
        ("accept", None),
        ("progress", {"note": "n"}),
        ("opinion", {"opinion": "o"}),
        ("conclude", {"result": "r"}),
        ("return", {"reason": "r"}),
        ("extend", {"days": 1, "reason": "r"}),
    ],
)
async def test_no_other_role_takes_a_step(office: Office, step: str, body: dict[str, Any] | None) -> None:
    for who in ("dispatch.cheng", "audit.yan", "clerk.liu", "admin.ran", "grid.luo"):
        assert (await office.post(who, "any", step, body)).status_code == 403
    assert (await office.post(None, "any", step, body)).status_code == 401


async def test_a_recall_after_acceptance_takes_it_back(office: Office) -> None:
    petition = a_petition()
    id = await accepted(office, petition)
    await office.hears(petition.told(dispatch.HandoffRecalled, why=TEXT))
    await office.until(petition, "withdrawn")
    answer = await office.post(OURS, id, "opinion", {"opinion": "意见"})
    assert (answer.status_code, answer.json()["code"]) == (409, "taken-back")


async def test_the_same_key_has_its_effect_once(office: Office) -> None:
    id = await office.has(a_petition())
    answers = [await office.post(OURS, id, "register", Idempotency_Key="once") for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert len((await detail(office, id))["history"]) == 2
