"""What a supervisor sees of the whole: each figure opens just what it counts, and the wall tells it to a room."""

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.console.test_screens import SERIOUS
from tests.dispatch.conftest import Centre

SCREENS = ("/flow", "/ageing", "/map", "/compare")
RIBBON = "由区城市管理局交给区交通局"


async def _passed_on(centre: Centre) -> None:
    """From one office by its return to another."""
    case = await centre.a_case()
    await centre.does(
        "city.tang", f"handoffs/{case['handoffs'][0]['handoff_id']}/return", {"reason": "不属于本单位职责"}
    )
    await centre.does("dispatch.cheng", f"cases/{case['case_id']}/handoffs", {"department": "transport_bureau"})


async def _serious(page: Page) -> list[tuple[str, list[str]]]:
    found = (await Axe().run(page)).response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"][:3]]) for one in found if one["impact"] in SERIOUS]


async def _rows(page: Page, heading: str, count: int) -> None:
    await expect(page.get_by_role("heading", name=heading, exact=True)).to_be_visible()
    await expect(page.locator(".rows tbody tr")).to_have_count(count)


async def test_a_ribbon_and_a_place_open_as_many_rows_as_they_say(console: Console) -> None:
    await _passed_on(Centre(console.world))
    async with console.window("supervise.mao") as page:
        await console.open(page, "/board")
        await page.get_by_role("link", name="流转分析").click()
        ribbon = page.locator(f'.flow a[aria-label^="{RIBBON}"]')
        count = int(re.findall(r"(\d+) 次", await ribbon.get_attribute("aria-label") or "")[0])
        assert count > 0
        await ribbon.focus()
        await page.keyboard.press("Enter")
        await _rows(page, "交办跟踪", count)
        await expect(page.locator(".rows").get_by_text("退回后改派")).to_have_count(count)
        await page.get_by_role("link", name="案件地图").click()
        await page.get_by_role("button", name="网格", exact=True).click()
        place = page.locator('.map .layer.grid a[aria-label^="东正社区第三网格"]')
        count = int(re.findall(r"(\d+) 件", await place.get_attribute("aria-label") or "")[0])
        await place.click()
        await _rows(page, "案件", count)


async def test_the_wall_is_live_and_says_when_it_is_not(console: Console) -> None:
    async with console.window("supervise.mao") as page:
        context = await console.browser.new_context(
            viewport={"width": 1920, "height": 1080}, storage_state=await page.context.storage_state()
        )
        wall = await context.new_page()
        await wall.goto(f"{console.url}/wall")
        opened = wall.locator("#wall-opened")
        before = int(await opened.inner_text())
        case = await Centre(console.world).a_case()
        await expect(opened).to_have_text(str(before + 1))
        await expect(wall.locator(".news").get_by_text("下水道堵塞").first).to_be_visible()
        assert case["code"] not in await wall.locator("body").inner_text()
        assert await _serious(wall) == []
        await context.set_offline(True)
        await expect(wall.get_by_role("alert")).to_contain_text("连接已断开")
        await expect(opened).to_have_text(str(before + 1))
        await context.set_offline(False)
        await expect(wall.get_by_role("alert")).to_be_hidden()
        await context.close()


async def test_figures_are_accessible_in_both_languages_and_whole_on_a_phone(console: Console) -> None:
    for language, theme in (("zh", "light"), ("en", "dark")):
        async with console.window("supervise.mao", language, theme) as page:
            for path in SCREENS:
                await console.open(page, path)
                await expect(page.locator(".define").first).to_be_visible()
                found = await Axe().run(page)
                serious = [each for each in found.response["violations"] if each["impact"] in SERIOUS]
                assert [
                    (path, each["id"], [node["html"][:160] for node in each["nodes"][:3]]) for each in serious
                ] == []
    async with console.window("supervise.mao", width=390) as page:
        for path in (*SCREENS, "/wall"):
            await page.goto(console.url + path)
            await expect(page.locator(".define, .wall-grid").first).to_be_visible()
            wide = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, path


async def test_what_is_shown_is_taken_along_as_a_table(console: Console) -> None:
    async with console.window("supervise.mao") as page:
        for path, head in zip(SCREENS, ("由谁交来", "承办单位", "区域代码", "指标"), strict=True):
            answer = await page.request.get(f"{console.url}/export{path}")
            assert answer.headers["content-type"].startswith("text/csv"), path
            text = (await answer.body()).decode("utf-8-sig")
            assert text.splitlines()[0].startswith(head), path
            assert len(text.splitlines()) > 2, path
