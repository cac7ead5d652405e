"""The dispatcher's desk: from the queue to several offices, duplicates side by side, tasks passed on by hand and by
keyboard."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.console.conftest import Console

PLACE, NOISE = "50010400300101", "noise.living"
HERE, THERE = "三楼深夜装修，噪声扰民。", "同一栋楼夜间施工声很大。"


async def _confirm(page: Page, step: str, **fields: str) -> None:
    dialog = page.get_by_role("dialog")
    for label, value in fields.items():
        await dialog.get_by_label(label).fill(value)
    await dialog.get_by_role("button", name=step, exact=True).click()
    await expect(page.get_by_text(f"已完成：{step}").first).to_be_visible()


async def _led_before(console: Console, *departments: str) -> None:
    for department in departments:
        code = await console.a_case(NOISE, PLACE)
        async with console.world.client("dispatch", "dispatch.cheng") as someone:
            case = (await someone.get(f"/v1/cases/{code}")).json()
        await console.does("dispatch.cheng", f"cases/{case['case_id']}/route", {"lead": department})


async def test_a_case_of_the_queue_is_compared_handed_to_two_and_its_task_passed_on(console: Console) -> None:
    await _led_before(console, "transport_bureau", "city_management_bureau")
    here, there = await console.a_case(NOISE, PLACE, HERE), await console.a_case(NOISE, PLACE, THERE)
    async with console.window("dispatch.cheng") as page:
        await console.open(page, "/")
        await expect(page.get_by_role("heading", name="待分流")).to_be_visible()
        await page.get_by_role("row").filter(has_text=here).get_by_role("link").click()
        await expect(page.get_by_text("交办目录中没有对应的规则")).to_be_visible()
        await _merged_and_parted(page, there)
        serious = [v for v in (await Axe().run(page)).response["violations"] if v["impact"] in ("serious", "critical")]
        assert [(each["id"], each["nodes"][0]["html"][:160]) for each in serious] == []
        await page.get_by_role("button", name="区交通局：设为主办").click()
        await page.get_by_role("button", name="区城市管理局：加为协办").click()
        await page.get_by_label("交办要求").fill("请今晚联合到场。")
        await page.get_by_role("button", name="分流交办", exact=True).click()
        await expect(page.locator(".head").get_by_text("已分流")).to_be_visible()
        await _passed_on(console, page, here)
    async with console.window("fire.shi") as page:
        await console.open(page, f"/cases/{here}")
        await expect(page.locator(".lane").get_by_text("请今晚联合到场。").first).to_be_visible()


async def _merged_and_parted(page: Page, there: str) -> None:
    """Into this one, and by Undo out of it again."""
    await page.get_by_role("row").filter(has_text=there).get_by_role("button", name="对照").click()
    pair = page.get_by_role("region", name="两案对照").or_(page.locator("#pair"))
    await expect(pair.get_by_text(HERE)).to_be_visible()
    await expect(pair.get_by_text(THERE)).to_be_visible()
    await expect(pair.get_by_text("以后由本案答复")).to_be_visible()
    await pair.get_by_role("button", name="另一案件并入本案").click()
    await _confirm(page, "另一案件并入本案")
    await expect(pair.get_by_text("已并入他案")).to_be_visible()
    await expect(page.locator(".undo")).to_contain_text("秒内")
    await page.get_by_role("button", name="撤销", exact=True).click()
    await expect(page.get_by_text("已撤销")).to_be_visible()
    await expect(pair.get_by_text("待人工分流").last).to_be_visible()


async def _passed_on(console: Console, page: Page, code: str) -> None:
    lanes = ("transport_bureau", "city_management_bureau", "fire_rescue_brigade")
    await console.open(page, f"/lanes?category={NOISE}&department={','.join(lanes)}")
    card = page.locator("[data-lane=transport_bureau] .task").filter(has=page.locator(f"a[href='/cases/{code}']"))
    await card.drag_to(page.locator("[data-lane=city_management_bureau]"))
    await expect(page.get_by_text(re.compile("不能转给区城市管理局：.*"))).to_be_visible()
    await card.drag_to(page.locator("[data-lane=fire_rescue_brigade]"))
    await _confirm(page, "收回并改派给区消防救援支队", 理由="涉及消防设施。")
    moved = page.locator("[data-lane=fire_rescue_brigade] .task").filter(has=page.locator(f"a[href='/cases/{code}']"))
    await expect(moved).to_be_visible()
    await (
        page.locator("[data-lane=city_management_bureau] .task")
        .filter(has=page.locator(f"a[href='/cases/{code}']"))
        .get_by_role("button", name="转给其他单位")
        .press("Enter")
    )
    await page.get_by_role("dialog").get_by_label("单位").fill("住房城乡")
    await page.get_by_role("option", name="区住房城乡建设委").first.click()
    await page.get_by_role("button", name="继续", exact=True).click()
    await page.get_by_role("dialog").get_by_label("理由").fill("属物业管理。")
    await page.get_by_role("dialog").get_by_role("button", name=re.compile("^收回并改派给")).click()
    await expect(page.get_by_text(re.compile("已完成：收回并改派给.*住房")).first).to_be_visible()
