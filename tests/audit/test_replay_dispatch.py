"""Whatever dispatch does by hand, the log gives it again: consultations, sequences, merges, splits, recusals."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.replay import check
from tests.dispatch.conftest import Centre
from tests.kit.world import running

pytestmark = pytest.mark.asyncio(loop_scope="session")
CITY, TRANSPORT = "city_management_bureau", "transport_bureau"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def centre() -> AsyncIterator[Centre]:
    async with running("intake", "dispatch", "audit", head_every=0.5) as world:
        yield Centre(world)


async def consulted(centre: Centre) -> None:
    """Planned after the lead, in dispute, referred, concluded by the arbiter, done, asked, closed."""
    case = await centre.a_case()
    path, first = f"cases/{case['case_id']}", case["handoffs"][0]["handoff_id"]
    body = {"department": "housing_commission", "part": "co", "after": first}
    await centre.does("dispatch.cheng", f"{path}/handoffs", body)
    await centre.does("city.tang", f"handoffs/{first}/dispute", {"reason": "不属本局"})
    asked = {"reason": "dispute", "question": "由谁承办？", "invited": [TRANSPORT], "disputed": [first]}
    case = await centre.does("dispatch.cheng", f"{path}/consultations", asked)
    consultation = f"consultations/{case['consultations'][0]['consultation_id']}"
    await centre.does("city.tang", f"{consultation}/papers", {"paper": "管网图"})
    for who in ("city.tang", "transport.lei"):
        await centre.does(who, f"{consultation}/position", {"position": "not_ours", "statement": "不属本局"})
    await centre.does("dispatch.cheng", f"{consultation}/refer", {"reason": "未达成一致"})
    ended = {"conclusion": "由区交通局承办", "tasks": [{"department": TRANSPORT}], "agreed": False}
    case = await centre.does("supervise.mao", f"{consultation}/conclude", ended)
    mine = next(h["handoff_id"] for h in case["handoffs"] if h["department"] == TRANSPORT)
    await centre.does("transport.lei", f"handoffs/{mine}/accept")
    await centre.does("transport.lei", f"handoffs/{mine}/complete", {"result": "已办"})
    case = await centre.does("dispatch.cheng", f"handoffs/{mine}/verify")
    assert [h["status"] for h in case["handoffs"]] == ["recalled", "offered", "verified"]


async def merged_and_parted(centre: Centre) -> None:
    one, other, third = [await centre.a_case() for _ in range(3)]
    await centre.does("dispatch.cheng", f"cases/{one['case_id']}/merge", {"into": other["code"]})
    await centre.does("dispatch.cheng", f"cases/{third['case_id']}/merge", {"into": other["code"]})
    await centre.does("dispatch.cheng", f"cases/{one['case_id']}/unmerge")
    await centre.does("dispatch.cheng", f"cases/{other['case_id']}/split", {"category": "noise.living"})
    body = {"kind": "caused_by", "other": one["case_id"]}
    await centre.does("dispatch.cheng", f"cases/{other['case_id']}/links", body)
    path = f"cases/{other['case_id']}"
    await centre.does("city.tang", f"{path}/recuse", {"ground": "kinship"})
    (officer,) = (await centre.case(other["case_id"]))["barred"]
    await centre.does("dispatch.cheng", f"{path}/recuse/lift", {"officer": officer, "reason": "经核实无利害关系。"})
    await centre.does("city.tang", f"{path}/recuse", {"ground": "interest"})


async def test_all_that_departments_do_together_is_given_again_by_the_log(centre: Centre):
    await consulted(centre)
    await merged_and_parted(centre)
    await centre.world.settled()
    report = await check(centre.world.admin_url, ["intake", "dispatch"], reference=False, patience=20)
    assert report.clean, report.differences
