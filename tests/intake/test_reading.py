"""Contents and identities: who reads them, what it leaves behind, and what erasure destroys."""

import json

from services.dispatch import facts as dispatch
from tests.intake.builders import REPORTER, TEXT, a_content, handoff, hear, offered, opened, register
from tests.kit.world import World


async def a_case(world: World, **changed: object) -> tuple[dict[str, str], str, str]:
    """Receipt, case and the id of its text."""
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        receipt = await register(resident, **changed)
        path = f"/v1/reports/{receipt['report_id']}"
        case = (await clerk.post(f"{path}/accept", json={})).json()["case_id"]
        content = (await clerk.get(path)).json()["contents"][0]["content_id"]
    await hear(world, opened(receipt["report_id"], case))
    return receipt, case, content


async def status(world: World, user: str | None, path: str) -> int:
    async with world.client("intake", as_=user) as client:
        return (await client.get(path)).status_code


async def test_contents_are_for_the_area_the_offices_involved_and_the_reporter(world: World, far_clerk: str) -> None:
    receipt, case, content = await a_case(world)
    path, office = f"/v1/contents/{content}", "housing_commission"
    for user in ("clerk.liu", "dispatch.cheng", "supervise.mao"):
        assert await status(world, user, path) == 200
    for user in (far_clerk, "audit.yan", "housing.ye", "grid.luo", "nobody.known"):
        assert await status(world, user, path) == 404
    assert await status(world, None, path) == 401
    await hear(world, offered(case, office))
    assert await status(world, "housing.ye", path) == 200
    assert await status(world, "police.wu", path) == 404
    await hear(world, handoff(dispatch.HandoffRecalled, case, office, why=a_content()))
    assert await status(world, "housing.ye", path) == 404
    async with world.client("intake") as resident:
        code = {"Tracking-Code": receipt["tracking_code"]}
        mine = await resident.get(path, params={"receipt_no": receipt["receipt_no"]}, headers=code)
        assert mine.text == TEXT
        other = await register(resident)
        code = {"Tracking-Code": other["tracking_code"]}
        theirs = await resident.get(path, params={"receipt_no": other["receipt_no"]}, headers=code)
        assert theirs.status_code == 404
    assert await status(world, "clerk.liu", "/v1/contents/no-such") == 404


async def test_the_department_complained_of_and_its_stations_never_read(world: World) -> None:
    receipt, case, content = await a_case(world, complained_of="police_bureau", reporter=REPORTER)
    await hear(world, offered(case, "yuejincun_police_station"))
    await hear(world, handoff(dispatch.HandoffAccepted, case, "yuejincun_police_station"))
    for user in ("police.wu", "station.jiang"):
        assert await status(world, user, f"/v1/contents/{content}") == 403
        assert await status(world, user, f"/v1/reports/{receipt['report_id']}/reporter?purpose=verify") == 403


async def test_opening_an_identity_is_recorded_before_it_is_answered(world: World) -> None:
    receipt, case, _ = await a_case(world, reporter=REPORTER)
    path = f"/v1/reports/{receipt['report_id']}/reporter"
    for user in ("audit.yan", "supervise.mao", "admin.ran", "city.tang"):
        assert await status(world, user, f"{path}?purpose=contact") == 403
    assert await status(world, "clerk.liu", path) == 422, "without a purpose"
    await hear(world, offered(case, "city_management_bureau"))
    assert await status(world, "city.tang", f"{path}?purpose=contact") == 403, "offered is not held"
    await hear(world, handoff(dispatch.HandoffAccepted, case, "city_management_bureau"))
    key = {"Idempotency-Key": "same-question"}
    for user in ("clerk.liu", "city.tang", "city.tang"):
        async with world.client("intake", as_=user) as office:
            answer = await office.get(f"{path}?purpose=contact", headers=key)
        assert answer.json() == {"report_id": receipt["report_id"], "purpose": "contact", **REPORTER}
    await world.settled()
    told = await world.fetch(
        "intake",
        "SELECT topic, attributes, data FROM log WHERE type LIKE '%identity-opened%' AND aggregate_id = $1",
        receipt["report_id"],
    )
    actors = [json.loads(row["attributes"])["actor"] for row in told]
    assert actors == ["clerk.liu", "city.tang", "city.tang"], "each opening, also a repeated one"
    assert {row["topic"] for row in told} == {"accesses"}
    assert json.loads(told[0]["data"])["purpose"] == "contact"


async def test_what_cannot_be_recorded_is_not_answered(world: World) -> None:
    receipt, *_ = await a_case(world, reporter=REPORTER)
    async with world.admin("intake") as admin, world.client("intake", as_="clerk.liu") as clerk:
        await admin.execute("REVOKE INSERT ON pending FROM lianzhi_intake")
        try:
            answer = await clerk.get(f"/v1/reports/{receipt['report_id']}/reporter?purpose=contact")
        finally:
            await admin.execute("GRANT INSERT ON pending TO lianzhi_intake")
    assert answer.status_code == 503
    assert REPORTER["phone"] not in answer.text


async def test_anonymous_reports_have_nobody_to_show(world: World) -> None:
    receipt, *_ = await a_case(world)
    async with world.client("intake", as_="clerk.liu") as clerk:
        answer = await clerk.get(f"/v1/reports/{receipt['report_id']}/reporter?purpose=contact")
    assert (answer.status_code, answer.json()["code"]) == (404, "anonymous")


async def test_erasure_destroys_name_and_text_and_keeps_the_proof(world: World) -> None:
    receipt, _case, content = await a_case(world, reporter=REPORTER)
    [row] = await world.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", receipt["report_id"])
    path = f"/v1/reporters/{row['ref']}/erase"
    async with world.client("intake", as_="clerk.liu") as clerk:
        assert (await clerk.post(path)).status_code == 403
    async with world.client("intake", as_="admin.ran") as administrator:
        first, second = await administrator.post(path), await administrator.post(path)
        assert (await administrator.post("/v1/reporters/no-such/erase")).status_code == 404
    assert first.status_code == second.status_code == 200
    assert first.json() == second.json()
    [kept] = await world.fetch("intake", "SELECT * FROM reporters WHERE ref = $1", row["ref"])
    assert kept["wrapped_key"] is None
    assert kept["sealed"] is None
    [text] = await world.fetch("intake", "SELECT * FROM contents WHERE id = $1", content)
    assert text["sealed"] is text["salt"] is text["wrapped_key"] is None
    assert text["commitment"], "the proof stays"
    async with world.client("intake", as_="clerk.liu") as clerk:
        assert (await clerk.get(f"/v1/contents/{content}")).status_code == 410
        gone = await clerk.get(f"/v1/reports/{receipt['report_id']}/reporter?purpose=contact")
        assert gone.status_code == 410
        shown = (await clerk.get(f"/v1/reports/{receipt['report_id']}")).json()
        assert shown["contents"][0]["text"] is None
        assert shown["erased"]


async def test_what_the_reporter_added_later_goes_with_the_reporter(world: World) -> None:
    receipt, _, _ = await a_case(world, reporter=REPORTER)
    async with world.client("intake") as resident, world.client("intake", as_="clerk.liu") as clerk:
        headers = {"Tracking-Code": receipt["tracking_code"]}
        path = f"/v1/receipts/{receipt['receipt_no']}/supplement"
        assert (await resident.post(path, json={"text": "我住在3栋2-1"}, headers=headers)).status_code == 200
        contents = (await clerk.get(f"/v1/reports/{receipt['report_id']}")).json()["contents"]
    assert [each["kind"] for each in contents] == ["narrative", "supplement"]
    (row,) = await world.fetch("intake", "SELECT ref FROM reporters WHERE report_id = $1", receipt["report_id"])
    async with world.client("intake", as_="admin.ran") as admin:
        assert (await admin.post(f"/v1/reporters/{row['ref']}/erase")).status_code == 200
    for each in contents:
        assert await status(world, "clerk.liu", f"/v1/contents/{each['content_id']}") == 410


async def test_one_text_of_an_anonymous_report_can_be_erased(world: World, far_clerk: str) -> None:
    _, _, content = await a_case(world)
    path, body = f"/v1/contents/{content}/erase", {"ground": "processed_unlawfully"}
    async with world.client("intake", as_="clerk.liu") as clerk, world.client("intake", as_="admin.ran") as admin:
        assert (await clerk.post(path, json=body)).status_code == 403
        erased = await admin.post(path, json=body)
        assert (erased.status_code, erased.json()) == (200, (await admin.post(path, json=body)).json())
    assert await status(world, "clerk.liu", f"/v1/contents/{content}") == 410
