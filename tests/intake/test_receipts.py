"""What reporters see and do with receipt and tracking code."""

import asyncio
from datetime import timedelta

import httpx

from services.dispatch import facts as dispatch
from services.intake.api.codes import WRONG_TRIES
from tests.intake.builders import a_content, handoff, hear, of_case, offered, opened, register
from tests.kit.world import World


class Follower:
    """A reporter with a receipt."""

    def __init__(self, client: httpx.AsyncClient, receipt: dict[str, str]) -> None:
        self.client, self.path = client, f"/v1/receipts/{receipt['receipt_no']}"
        self.report_id = receipt["report_id"]
        self.headers = {"Tracking-Code": receipt["tracking_code"]}

    async def look(self, **headers: str) -> httpx.Response:
        return await self.client.get(self.path, headers={**self.headers, **headers})

    async def do(self, what: str, **body: object) -> httpx.Response:
        return await self.client.post(f"{self.path}/{what}", json=body, headers=self.headers)


async def an_accepted(world: World, client: httpx.AsyncClient) -> tuple[Follower, str]:
    follower = Follower(client, await register(client))
    async with world.client("intake", as_="clerk.liu") as clerk:
        done = await clerk.post(f"/v1/reports/{follower.report_id}/accept", json={})
    return follower, done.json()["case_id"]


async def test_a_reporter_follows_the_whole_way(world: World) -> None:
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        assert (await mine.look()).json()["text"].startswith("Accepted; the case is being opened")
        await hear(world, opened(mine.report_id, case, "500104-210305-AAAA"))
        assert (await mine.look()).json()["text"] == "Accepted as case 500104-210305-AAAA"
        office = "yuejincun_subdistrict"
        await hear(world, offered(case, office), handoff(dispatch.HandoffAccepted, case, office))
        told = (await mine.look()).json()
        assert told["text"] == "In handling by Yuejincun Subdistrict Office", told["text"]
        assert told["departments"] == [office]
        assert (await mine.do("answer", solved=True)).status_code == 409, "not yet"
        await hear(world, of_case(dispatch.CaseResolved, case))
        assert (await mine.look()).json()["status"] == "resolved"
        assert (await mine.do("answer", solved=True, satisfied=None)).status_code == 200
        closed = of_case(dispatch.CaseClosed, case, reason="solved", at=world.runtime("intake").now())
        await hear(world, of_case(dispatch.FollowedUp, case), closed)
        told = (await mine.look(**{"Accept-Language": "zh"})).json()
        assert told["text"] == "已办结：问题已解决"
        steps = [step["step"] for step in told["steps"] if step["step"] != "registered"]
        assert steps == ["opened", "offered", "accepted", "resolved", "followed_up", "closed"]
        assert (await mine.do("supplement", text="还有")).status_code == 409
        assert (await mine.do("answer", solved=False)).status_code == 200
        await hear(world, of_case(dispatch.CaseReopened, case, reason="not_solved"))
        assert (await mine.look()).json()["status"] == "in_handling"


async def test_not_solved_comes_too_late_once_the_districts_thirty_days_and_a_holiday_are_over(world: World) -> None:
    long_ago = world.runtime("intake").now() - timedelta(days=45)
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        closed = of_case(dispatch.CaseClosed, case, reason="solved", at=long_ago)
        await hear(world, opened(mine.report_id, case), closed)
        late = await mine.do("answer", solved=False)
        assert (late.status_code, late.json()["code"]) == (409, "reopening-over")
        assert (await mine.look()).json()["solved"] is None
        assert (await mine.do("answer", solved=True)).status_code == 200


async def test_a_case_refused_by_the_centre_tells_its_reporter_the_lawful_route(world: World) -> None:
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        refused = of_case(dispatch.CaseRefused, case, route="arbitration", reason=a_content("c6", "refusal"))
        await hear(world, opened(mine.report_id, case), refused)
        told = (await mine.look(**{"Accept-Language": "zh"})).json()
        assert (told["status"], told["route"]) == ("refused", "arbitration")
        assert told["text"] == "不属于受理范围。您可以：向仲裁机构申请仲裁"
        assert (await mine.do("withdraw")).status_code == 409


async def test_a_follow_up_that_reached_nobody_does_not_say_that_it_is_solved(world: World) -> None:
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        unreached = of_case(dispatch.ReporterNotReached, case, reason="not_reached")
        await hear(world, opened(mine.report_id, case), of_case(dispatch.CaseResolved, case), unreached)
        told = (await mine.look()).json()
        assert (told["status"], told["solved"]) == ("followed_up", None)
        assert "The follow-up could reach nobody" in {step["text"] for step in told["steps"]}


async def test_who_has_been_let_off_is_not_said_to_handle_it(world: World) -> None:
    lead, co = "yuejincun_subdistrict", "fire_rescue_brigade"
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        await hear(world, opened(mine.report_id, case), offered(case, lead), offered(case, co, "h2", "co"))
        await hear(world, *(handoff(dispatch.HandoffAccepted, case, who, id) for who, id in ((lead, "h1"), (co, "h2"))))
        assert (await mine.look()).json()["departments"] == [lead, co]
        await hear(world, handoff(dispatch.HandoffWaived, case, co, "h2", reason=a_content("c5", "note")))
        told = (await mine.look()).json()
        assert told["text"] == "In handling by Yuejincun Subdistrict Office"
        assert told["departments"] == [lead]
        assert "waived" in {step["step"] for step in told["steps"]}
        await hear(world, handoff(dispatch.HandoffVerified, case, lead))
        told = (await mine.look(**{"Accept-Language": "zh"})).json()
    assert told["departments"] == []
    assert "跃进村街道办事处的办理结果已核实" in {step["text"] for step in told["steps"]}


async def test_steps_name_offices_and_never_officials(world: World) -> None:
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        office = "fire_rescue_brigade"
        back = handoff(dispatch.HandoffReturned, case, office, reason=a_content("c5", "note"))
        await hear(world, opened(mine.report_id, case), offered(case, office), back)
        told = (await mine.look()).json()
    assert {step["step"] for step in told["steps"]} == {"registered", "opened", "offered", "returned"}
    assert told["departments"] == []
    assert "clerk.liu" not in str(told)
    assert "somebody" not in str(told)


async def test_waiting_answers_when_something_changes(world: World) -> None:
    async with world.client("intake") as resident:
        mine, case = await an_accepted(world, resident)
        waiting = asyncio.create_task(mine.look(Prefer="wait=20"))
        await hear(world, opened(mine.report_id, case))
        first = await waiting
        assert first.json()["case_code"]
        tag = first.headers["etag"]
        assert (await mine.look(**{"If-None-Match": tag})).status_code == 304
        waiting = asyncio.create_task(mine.look(**{"If-None-Match": tag, "Prefer": "wait=20"}))
        await hear(world, offered(case, "police_bureau"))
        second = await waiting
    assert second.status_code == 200
    assert second.headers["etag"] != tag


async def test_a_wrong_code_is_answered_like_no_receipt_and_guessing_is_stopped(world: World) -> None:
    async with world.client("intake") as resident:
        mine = Follower(resident, await register(resident))
        wrong = {"Tracking-Code": "0000-0000-0000"}
        nowhere = await resident.get("/v1/receipts/210101-999999-9", headers=wrong)
        for _ in range(WRONG_TRIES):
            answer = await resident.get(mine.path, headers=wrong)
            assert answer.status_code == nowhere.status_code == 404
            assert answer.json() == nowhere.json()
        stopped = await resident.get(mine.path, headers=wrong)
        assert stopped.status_code == 429
        assert int(stopped.headers["retry-after"]) > 0
        assert (await mine.look()).status_code == 200, "nobody is locked out by another's guessing"
        for _ in range(WRONG_TRIES):
            await resident.get("/v1/receipts/210101-999998-9", headers=wrong)
        assert (await resident.get("/v1/receipts/210101-999998-9", headers=wrong)).status_code == 429
        assert (await resident.get(mine.path)).status_code == 422, "without a code"


async def test_supplement_and_withdraw(world: World) -> None:
    async with world.client("intake") as resident:
        mine = Follower(resident, await register(resident))
        assert (await mine.do("supplement", text="今晚又停满了")).status_code == 200
        assert (await mine.do("supplement", text="")).status_code == 422
        assert (await mine.do("withdraw")).json()["status"] == "withdrawn"
        assert (await mine.do("withdraw")).status_code == 409
        assert (await mine.do("supplement", text="再说")).status_code == 409
        told = (await mine.look()).json()
    assert (told["status"], told["text"]) == ("withdrawn", "Withdrawn")
