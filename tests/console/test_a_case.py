"""A case from report to close, through the screens alone, in each role; and what others see of it meanwhile."""

import re

from playwright.async_api import Page, expect

from tests.console.conftest import Console

TEXT = "三单元门口下水道堵塞，污水外溢。"
RESULT = "已疏通，试水正常。"


async def _take(page: Page, step: str, **fields: str) -> None:
    """Press a step's button, fill in what it asks for, confirm."""
    await page.get_by_role("button", name=step, exact=True).first.click()
    dialog = page.get_by_role("dialog")
    done = page.get_by_text(f"已完成：{step}")
    await expect(dialog.or_(done).first).to_be_visible()
    if await dialog.count():
        for label, value in fields.items():
            await dialog.get_by_label(label).fill(value)
        await dialog.get_by_role("button", name=step, exact=True).click()
    await expect(done).to_be_visible()


async def _reported(console: Console) -> tuple[str, str]:
    """A resident reports on a phone: receipt and tracking code."""
    async with console.window(width=390) as page:
        await page.goto(f"{console.url}/report")
        await page.get_by_label("是哪一类问题").select_option(label="下水道堵塞")
        await page.get_by_label("发生在哪里").select_option(index=3)
        await page.get_by_label("反映的问题").fill(TEXT)
        await page.get_by_role("button", name="提交").click()
        codes = page.locator(".big-code")
        await expect(codes).to_have_count(2)
        receipt, code = await codes.all_inner_texts()
        return receipt, code


async def _accepted(console: Console, receipt: str) -> str:
    """The clerk accepts it; the case's code."""
    async with console.window("clerk.liu") as page:
        await page.get_by_role("row").filter(has_text=receipt).get_by_role("link").click()
        await expect(page.get_by_text(TEXT)).to_be_visible()
        await _take(page, "受理")
        await page.get_by_role("link", name="查看案件").click()
        code = page.locator(".head .code")
        await expect(code).to_have_text(re.compile(r"^\d{6}-\d{6}-\w{8}$"))
        return await code.inner_text()


async def test_from_report_to_close(console: Console) -> None:
    receipt, tracking = await _reported(console)
    code = await _accepted(console, receipt)
    async with console.window("supervise.mao") as watching, console.window("city.tang") as page:
        await console.open(watching, f"/cases/{code}")
        await page.get_by_role("link", name="下水道堵塞").first.wait_for()
        await console.open(page, f"/cases/{code}")
        await _take(page, "接收交办")
        await expect(watching.locator(".lane").get_by_text("已接收")).to_be_visible()
        await expect(watching.get_by_text("也在查看")).to_be_visible()
        await _take(page, "开始办理")
        await _take(page, "报告办理完毕", 办理结果=RESULT)
        await expect(page.locator(".lane").get_by_text(RESULT)).to_be_visible()
        await _take(watching, "核实办理结果")
        await expect(watching.locator(".head").get_by_text("待回访")).to_be_visible()
    async with console.window(width=390) as page:
        await page.goto(f"{console.url}/follow")
        await page.get_by_label("回执编号").fill(receipt)
        await page.get_by_label("查询码").fill(tracking)
        await page.get_by_role("button", name="查看进度").click()
        await expect(page.get_by_text(RESULT)).to_be_visible()
        await page.get_by_label("已解决").check()
        await page.get_by_role("button", name="提交").first.click()
        await expect(page.get_by_text("谢谢您的反馈")).to_be_visible()
    async with console.window("dispatch.cheng") as page:
        await console.open(page, f"/cases/{code}")
        await expect(page.locator(".head").get_by_text("已回访")).to_be_visible()
        await page.get_by_role("button", name="办结案件").click()
        await page.get_by_role("dialog").get_by_label("办结结果").click()
        await page.get_by_role("option", name="已解决", exact=True).click()
        await page.get_by_role("dialog").get_by_role("button", name="办结案件").click()
        await expect(page.locator(".head").get_by_text("已办结")).to_be_visible()


async def test_what_is_missing_is_said_and_what_was_typed_stays(console: Console) -> None:
    receipt, _ = await _reported(console)
    code = await _accepted(console, receipt)
    async with console.window("city.tang") as page:
        await console.open(page, f"/cases/{code}")
        await _take(page, "接收交办")
        await page.get_by_role("button", name="申请延期").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("延期天数").fill("5")
        await dialog.get_by_role("button", name="申请延期").click()
        await expect(dialog.get_by_text("请填写此项")).to_be_visible()
        await expect(dialog.get_by_label("延期天数")).to_have_value("5")


async def test_nobody_overwrites_what_they_have_not_seen(console: Console) -> None:
    """The second to answer is told so, and sees what there is now."""
    receipt, _ = await _reported(console)
    code = await _accepted(console, receipt)
    async with console.window("city.tang") as first, console.window("city.tang") as second:
        for page in (first, second):
            await console.open(page, f"/cases/{code}")
        await second.context.set_offline(True)
        await _take(first, "接收交办")
        await second.context.set_offline(False)
        await expect(second.locator(".lane").get_by_text("已接收")).to_be_visible()


async def test_a_case_that_one_may_not_see_is_not_there(console: Console) -> None:
    receipt, _ = await _reported(console)
    code = await _accepted(console, receipt)
    async with console.window("transport.lei") as page:
        await page.goto(f"{console.url}/cases/{code}")
        await expect(page.get_by_role("heading", name="没有找到")).to_be_visible()
