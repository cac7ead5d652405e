"""Signing in by the issuer's page, staying signed in, and what somebody else's cookie is worth."""

from playwright.async_api import expect

from services.console.session import SESSION
from tests.console.conftest import Console, sign_in
from tests.kit.signing_in import PASSWORD


async def test_whoever_is_not_signed_in_is_asked_to_and_comes_back_to_where_they_went(console: Console) -> None:
    async with console.window() as page:
        await page.goto(f"{console.url}/cases?status=closed")
        await expect(page).to_have_url(f"{console.url}/welcome?to=%2Fcases%3Fstatus%3Dclosed")
        await page.get_by_role("link", name="工作人员登录").click()
        await page.fill("input[name=username]", "supervise.mao")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit]")
        await expect(page).to_have_url(f"{console.url}/cases?status=closed")
        await expect(page.get_by_role("heading", name="案件", exact=True)).to_be_visible()


async def test_what_is_offered_follows_from_the_posts(console: Console) -> None:
    async with console.window("city.tang") as page:
        await console.open(page, "/worklist")
        menu = page.get_by_role("navigation", name="主菜单")
        await expect(menu.get_by_role("link", name="我的待办")).to_be_visible()
        await expect(menu.get_by_role("link", name="审计日志")).to_have_count(0)
        await expect(menu.get_by_role("link", name="系统管理")).to_have_count(0)


async def test_an_administrator_is_led_to_the_administration(console: Console) -> None:
    async with console.window("admin.ran") as page:
        await expect(page.get_by_role("heading", name="系统管理")).to_be_visible()


async def test_signing_out_ends_it_here(console: Console) -> None:
    async with console.window("city.tang") as page:
        await console.open(page, "/worklist")
        await page.get_by_role("button", name="退出登录").click()
        await expect(page.get_by_role("link", name="工作人员登录")).to_be_visible()
        await page.goto(f"{console.url}/worklist")
        await expect(page.get_by_role("link", name="工作人员登录")).to_be_visible()


async def test_a_cookie_that_was_not_sealed_here_signs_nobody_in(console: Console) -> None:
    async with console.window() as page:
        forged = "A" * 400
        await page.context.add_cookies([{"name": SESSION, "value": forged, "url": console.url}])
        await page.goto(f"{console.url}/worklist")
        await expect(page.get_by_role("link", name="工作人员登录")).to_be_visible()


async def test_a_code_that_this_browser_did_not_ask_for_is_refused(console: Console) -> None:
    async with console.window() as page:
        await page.goto(f"{console.url}/auth/callback?code=stolen&state=of-somebody-else")
        await expect(page.get_by_role("alert")).to_contain_text("登录请求已过期")


async def test_nobody_is_sent_elsewhere_after_signing_in(console: Console) -> None:
    async with console.window() as page:
        await page.goto(f"{console.url}/auth/sign-in?to=//example.org/")
        await page.fill("input[name=username]", "city.tang")
        await page.fill("input[name=password]", PASSWORD)
        await page.click("form button[type=submit]")
        await page.wait_for_url(f"{console.url}/worklist")


async def test_language_and_light_are_kept_by_the_browser(console: Console) -> None:
    async with console.window() as page:
        await sign_in(page, console.url, "city.tang")
        await page.get_by_role("button", name="English").click()
        await expect(page.get_by_role("heading", name="My worklist")).to_be_visible()
        await page.get_by_role("button", name="Light", exact=True).click()
        await page.get_by_role("button", name="Auto", exact=True).click()
        await expect(page.locator("body.body--dark")).to_be_attached()
