"""Finding things: in texts of every office, by filters that are kept; and what is new in a list."""

from playwright.async_api import expect

from tests.console.conftest import GRID, Console


async def test_each_office_answers_for_what_one_may_read_there_and_who_does_not_is_named(console: Console) -> None:
    async with console.window("city.tang") as page:
        await console.open(page, "/search")
        await page.get_by_label("检索词").fill("从未写过的词语")
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("未能检索受理服务")).to_be_visible()
        await expect(page.get_by_text("没有相符的内容").first).to_be_visible()
        assert "从未" not in page.url


async def test_a_list_opens_with_the_filter_that_was_kept_for_that(console: Console) -> None:
    await console.a_case()
    async with console.window("supervise.mao") as page:
        await console.open(page, "/cases?status=closed")
        await page.get_by_role("button", name="我的筛选").click()
        await page.get_by_role("button", name="保存当前筛选").click()
        await page.get_by_label("名称").fill("已办结的")
        await page.get_by_role("dialog").get_by_text("打开列表时使用", exact=True).click()
        await page.get_by_role("button", name="保存", exact=True).click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await console.open(page, "/cases")
        await page.get_by_role("button", name="已办结的").click()
        await page.get_by_role("link", name="显示全部").click()
        await expect(page.locator(".rows .title").first).to_be_visible()
        await page.get_by_role("button", name="我的筛选").click()
        await page.get_by_role("button", name="删除“已办结的”").click()
        await expect(page.get_by_text("还没有保存的筛选")).to_be_visible()


async def test_new_reports_wait_until_they_are_asked_for(console: Console) -> None:
    body = {"category": "sanitation.drain", "area": GRID, "text": "污水外溢。", "channel": "mobile"}
    async with console.world.client("intake") as resident:
        await resident.post("/v1/reports", json=body)
        async with console.window("clerk.liu") as page:
            await console.open(page, "/reports")
            await expect(page.locator(".rows .title").first).to_be_visible()
            before = await page.locator(".rows .title").count()
            new = (await resident.post("/v1/reports", json=body)).json()
            await page.get_by_role("button", name="有 1 件新的，点此显示").click()
            await expect(page.get_by_role("row").filter(has_text=new["receipt_no"])).to_be_visible()
            assert await page.locator(".rows .title").count() == before + 1
