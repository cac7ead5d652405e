"""What somebody has begun to write: still there after a reload and a new sign-in, readable to nobody else, gone once it
is sent or they sign out."""

from playwright.async_api import Page, expect

from services.console.session import SESSION
from tests.console.conftest import Console
from tests.kit.signing_in import PASSWORD

TEXT = "已到现场疏通，"
KEPT = "sessionStorage.getItem('lianzhi.drafts')"


async def _begins(page: Page) -> None:
    await page.get_by_role("button", name="报告办理完毕", exact=True).first.click()
    field = page.get_by_role("dialog").get_by_label("办理结果")
    await field.fill(TEXT)
    await page.wait_for_function(f"{KEPT} !== null")


async def test_a_draft_outlives_reload_and_sign_in_and_ends_with_sending_and_signing_out(console: Console) -> None:
    code = await console.a_case()
    async with console.world.client("dispatch", "city.tang") as office:
        case = (await office.get(f"/v1/cases/{code}")).json()
    await console.does("city.tang", f"handoffs/{case['handoffs'][0]['handoff_id']}/accept")
    async with console.window("city.tang") as page:
        await console.open(page, f"/cases/{code}")
        await page.get_by_role("button", name="报告办理完毕", exact=True).first.click()
        await page.get_by_text("办理依据和时限").click()
        await expect(page.locator(".guide")).to_contain_text("还剩")
        await page.get_by_role("button", name="取消").click()
        await _begins(page)
        assert TEXT not in await page.evaluate(KEPT), "nobody reads it without signing in"
        await page.context.clear_cookies(name=SESSION)
        await page.reload()
        await page.get_by_role("link", name="工作人员登录").click()
        await page.fill("input[name=username]", "city.tang")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit]")
        await expect(page.get_by_text("有未提交的草稿")).to_be_visible()
        await page.get_by_role("button", name="继续填写").click()
        field = page.get_by_role("dialog").get_by_label("办理结果")
        await expect(field).to_have_value(TEXT)
        await field.fill(TEXT + "试水正常。")
        await page.get_by_role("dialog").get_by_role("button", name="报告办理完毕", exact=True).click()
        await expect(page.locator(".lane").get_by_text(TEXT + "试水正常。")).to_be_visible()
        await page.wait_for_function(f"{KEPT} === null")
    other = await console.a_case()
    async with console.window("city.tang") as page:
        await console.open(page, f"/cases/{other}")
        await page.get_by_role("button", name="退回交办", exact=True).first.click()
        await page.get_by_role("dialog").get_by_label("理由").fill(TEXT)
        await page.wait_for_function(f"{KEPT} !== null")
        await page.get_by_role("button", name="取消").click()
        await page.get_by_role("button", name="退出登录").click()
        await expect(page.get_by_role("link", name="工作人员登录")).to_be_visible()
        assert await page.evaluate(KEPT) is None
