"""The timeline of a case, as people read it."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from shared.world.world import set_clock
from tests.dispatch.conftest import Centre

pytestmark = pytest.mark.asyncio(loop_scope="session")
MONDAY = datetime.fromisoformat("2026-11-30T09:00:00+08:00")
BASIS_ZH = "区级派遣目录2021年版（政策）：市容环卫、园林绿化和照明设施由城市管理部门负责"
BASIS_EN = "District catalogue 2021 (policy): sanitation, greening and lighting are city management's"
BEGINNING_ZH = [
    "登记反映件：下水道堵塞，东正社区第三网格，来源：手机端",
    "受理反映件：下水道堵塞，东正社区第三网格",
    "登记案件：下水道堵塞，东正社区第三网格",
    f"按交办目录分流：区城市管理局主办；依据：{BASIS_ZH}",
    "交办给区城市管理局（主办），应于12月2日 24:00前接收",
]
BEGINNING_EN = [
    "registered the report: Blocked drain, Dongzheng Community Grid 3 (mobile)",
    "accepted the report: Blocked drain, Dongzheng Community Grid 3",
    "opened the case: Blocked drain, Dongzheng Community Grid 3",
    f"routed by the catalogue: City Management Bureau leads; basis: {BASIS_EN}",
    "handed to City Management Bureau (lead); to be accepted by 2 Dec 24:00",
]


async def told(centre: Centre, case: dict[str, Any], language: str) -> list[Any]:
    async with centre.world.client("dispatch", "dispatch.cheng") as someone:
        asked = {"Accept-Language": language}
        answer = await someone.get(f"/v1/cases/{case['case_id']}/timeline", headers=asked)
    assert answer.status_code == 200, answer.text
    return [fact["told"] for fact in answer.json()["items"]]


async def test_a_case_is_told_from_its_report_to_its_end_in_both_languages(centre: Centre, clock_file: Path):
    try:
        set_clock(clock_file, MONDAY)
        case = await centre.a_case()
        handoff = f"handoffs/{case['handoffs'][0]['handoff_id']}"
        await centre.does("city.tang", f"{handoff}/accept")
        await centre.does("supervise.mao", f"{handoff}/urge")
        await centre.does("city.tang", f"{handoff}/progress", {"note": "已到场。"})
        await centre.does("city.tang", f"{handoff}/extension", {"days": 3, "reason": "待配件到货。"})
        await centre.does("dispatch.cheng", f"{handoff}/extension/grant")
        await centre.does("city.tang", f"{handoff}/complete", {"result": "已疏通。"})
        await centre.does("dispatch.cheng", f"{handoff}/rework", {"reason": "仍有外溢。"})
        await centre.does("city.tang", f"{handoff}/complete", {"result": "已更换管段。"})
        await centre.does("dispatch.cheng", f"{handoff}/verify")
        said = {"solved": True, "satisfied": True, "channel": "phone"}
        await centre.does("dispatch.cheng", f"cases/{case['case_id']}/follow-up", said)
        await centre.does("dispatch.cheng", f"cases/{case['case_id']}/close", {"reason": "solved"})
        zh, en = await told(centre, case, "zh"), await told(centre, case, "en")
    finally:
        clock_file.unlink(missing_ok=True)
    assert zh == [
        *BEGINNING_ZH,
        "接收交办，应于12月21日 24:00前办理完毕",
        "案件进入办理",
        "催办区城市管理局",
        "记录办理情况",
        "申请延期3天",
        "批准区城市管理局延期至12月23日 24:00",
        "报告办理完毕，应于12月3日 24:00前核实",
        "退回区城市管理局重办，应于12月23日 24:00前办理完毕",
        "报告办理完毕，应于12月3日 24:00前核实",
        "核实区城市管理局的办理结果",
        "各项交办均已完成，案件办理完毕，应于12月7日 24:00前回访",
        "回访（电话）：反映人确认已解决，表示满意",
        "办结案件：已解决，12月30日 24:00前可以要求重新办理",
    ]
    assert en == [
        *BEGINNING_EN,
        "accepted the task; to be done by 21 Dec 24:00",
        "handling of the case began",
        "urged City Management Bureau",
        "noted progress",
        "asked for 3 days more",
        "gave City Management Bureau time until 23 Dec 24:00",
        "reported the task as done; to be verified by 3 Dec 24:00",
        "sent the result back to City Management Bureau; to be done by 23 Dec 24:00",
        "reported the task as done; to be verified by 3 Dec 24:00",
        "verified City Management Bureau's result",
        "every task is done, and the case resolved; the reporter is to be asked by 7 Dec 24:00",
        "asked the reporter (by telephone): solved, and satisfied",
        "closed the case: solved; it can be reopened until 30 Dec 24:00",
    ]


async def test_what_clocks_do_by_themselves_says_of_whom_and_by_what_rule(centre: Centre, clock_file: Path):
    async def climbed() -> bool:
        return "区委政法委" in str(await told(centre, case, "zh"))

    try:
        set_clock(clock_file, MONDAY)
        case = await centre.a_case()
        set_clock(clock_file, datetime.fromisoformat(case["clocks"][0]["deadline"]["due_at"]) + timedelta(days=40))
        await centre.world.until(climbed)
        zh, en = await told(centre, case, "zh"), await told(centre, case, "en")
    finally:
        clock_file.unlink(missing_ok=True)
    assert (zh[:5], en[:5]) == (BEGINNING_ZH, BEGINNING_EN)
    of_acceptance = [said for said in zh[5:] if "签收接办" in said]
    assert of_acceptance == [
        "时限预警（黄色）：区城市管理局的“签收接办”将于12月2日 24:00到期",
        "时限预警（红色）：区城市管理局的“签收接办”将于12月2日 24:00到期",
        "逾期：区城市管理局未在12月2日 24:00前完成“签收接办”",
        "上报区综治中心：区城市管理局未在12月2日 24:00前完成“签收接办”，现仍未完成",
        "上报区委政法委：区城市管理局未在12月2日 24:00前完成“签收接办”，现仍未完成",
    ]
    assert [said for said in en[5:] if "Acceptance" in said][1:4] == [
        "a warning (red) to City Management Bureau: “Acceptance of a hand-off” ends at 2 Dec 24:00",
        "City Management Bureau is late: “Acceptance of a hand-off” was due by 2 Dec 24:00",
        "told Governance Centre that City Management Bureau is late still: “Acceptance of a hand-off” was due by"
        " 2 Dec 24:00",
    ]


async def test_an_office_complained_of_is_named_where_the_case_is_left_to_a_person(centre: Centre):
    case = await centre.a_case(complained_of="city_management_bureau")
    zh, en = await told(centre, case, "zh"), await told(centre, case, "en")
    assert zh[2] == "登记案件：下水道堵塞，东正社区第三网格；反映涉及区城市管理局，该单位回避"
    assert zh[3].startswith("转人工分流：应承办的单位系被反映的单位，应于")
    assert en[3].startswith("left to be routed by hand: the office that would act is complained of; due by ")


async def test_what_an_office_tells_where_it_works_is_in_the_same_story(centre: Centre):
    async def received() -> list[str]:
        return [said for said in await told(centre, case, "zh") if "收到信访事项" in said]

    case = await centre.a_case("petition.pension")
    await centre.world.until(received)
    assert (await received())[0].startswith("区信访办收到信访事项（主办），应于")
