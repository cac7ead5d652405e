"""Every screen, wide and on a phone: silent, accessible, and nothing cut off."""

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.console.conftest import Console

SCREENS = [
    (None, "/welcome"),
    (None, "/report"),
    (None, "/follow"),
    ("city.tang", "/worklist"),
    ("city.tang", "/consultations"),
    ("clerk.liu", "/reports"),
    ("clerk.liu", "/reports/new"),
    ("dispatch.cheng", "/queue"),
    ("dispatch.cheng", "/lanes"),
    ("city.tang", "/search"),
    ("supervise.mao", "/board"),
    ("supervise.mao", "/handoffs"),
    ("supervise.mao", "/cases"),
    ("audit.yan", "/log"),
    ("audit.yan", "/accesses"),
    ("audit.yan", "/proof"),
    ("audit.yan", "/district"),
    ("audit.yan", "/archives"),
    *(
        ("admin.ran", f"/administration?tab={tab}")
        for tab in ("health", "parked", "rules", "authorities", "holidays", "people", "posts")
    ),
    ("admin.ran", "/administration/departments/city_management_bureau"),
]
SERIOUS = ("serious", "critical")
LOOKS = (("zh", "light"), ("en", "dark"))
FITS = "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth"


@pytest.mark.parametrize(("number", "who", "path"), [(number, *screen) for number, screen in enumerate(SCREENS)])
async def test_a_screen_is_accessible_and_fits_a_phone(
    console: Console, number: int, who: str | None, path: str
) -> None:
    """Every second one in the other language and the other light."""
    async with console.window(who, *LOOKS[number % 2]) as page:
        await console.open(page, path)
        found = await Axe().run(page)
        serious = [each for each in found.response["violations"] if each["impact"] in SERIOUS]
        assert [(each["id"], [node["html"][:160] for node in each["nodes"][:3]]) for each in serious] == []
        await page.set_viewport_size({"width": 390, "height": 768})
        await page.wait_for_function(FITS)


async def test_a_screen_that_there_is_not_says_so(console: Console) -> None:
    async with console.window("city.tang") as page:
        await page.goto(f"{console.url}/cases/NO-SUCH-CASE")
        await expect(page.get_by_role("heading", name="没有找到")).to_be_visible()


async def test_cases_and_pages_are_found_by_keyboard_alone(console: Console) -> None:
    async with console.window("supervise.mao") as page:
        await console.open(page, "/board")
        await page.keyboard.press("Control+k")
        await expect(page.get_by_label("搜索或跳转")).to_be_focused()
        await page.keyboard.type("交办跟踪")
        await expect(page.locator("#found a").first).to_contain_text("交办跟踪")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="交办跟踪")).to_be_visible()
        await page.keyboard.press("Control+k")
        await expect(page.get_by_label("搜索或跳转")).to_be_focused()
        await page.keyboard.type("下水道堵塞")
        await expect(page.locator("#found").get_by_text("事项", exact=True)).to_be_visible()
        await expect(page.locator(".found-said")).to_contain_text("已查找：案件、页面、命令、单位、地点、事项")
        await page.get_by_label("搜索或跳转").fill("下水到堵塞")
        await page.get_by_role("button", name="下水道堵塞").click()
        await expect(page.get_by_label("搜索或跳转")).to_have_value("下水道堵塞")
        await page.get_by_label("搜索或跳转").fill("英文")
        await expect(page.locator("#found a").first).to_contain_text("English")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Hand-offs")).to_be_visible()


async def test_a_proof_is_checked_in_the_browser(console: Console) -> None:
    async with console.window("audit.yan") as page:
        await console.open(page, "/log")
        await page.get_by_role("button", name="核验").last.click()
        await expect(page.get_by_text("属实：该条目在已签署的日志中")).to_be_visible()
        await expect(page.get_by_text("条目内容的哈希值相符")).to_be_visible()
