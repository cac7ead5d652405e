"""What an administrator changes in the directory: from a day on, and seen before it is done."""

from playwright.async_api import Page, expect

from tests.console.conftest import Console
from tests.kit.signing_in import PASSWORD

HOUSING = "/administration/departments/housing_commission"


async def _change_name(page: Page, name: str) -> None:
    await page.get_by_role("button", name="变更", exact=True).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("名称（中文）").fill(name)
    await dialog.get_by_role("button", name="变更", exact=True).click()
    await expect(dialog.get_by_role("heading", name="将作如下变更")).to_be_visible()
    await expect(dialog.get_by_role("row").filter(has_text="名称（中文）")).to_contain_text(name)
    await dialog.get_by_role("button", name="确认生效").click()
    await expect(dialog).to_have_count(0)


async def test_a_department_has_another_name_from_tomorrow(console: Console) -> None:
    async with console.window("admin.ran") as page:
        await console.open(page, "/administration?tab=departments")
        await page.get_by_role("link", name="区住房城乡建设委").click()
        await expect(page.get_by_role("heading", name="区住房城乡建设委")).to_be_visible()
        await _change_name(page, "区住房城乡建设局")
        coming = page.get_by_role("row").filter(has_text="尚未生效")
        await expect(coming).to_contain_text("区住房城乡建设局")
        await expect(page.get_by_role("row").filter(has_text="现行有效")).to_contain_text("区住房城乡建设委")


async def test_a_change_that_cannot_be_is_refused_and_what_was_typed_stays(console: Console) -> None:
    async with console.window("admin.ran") as page:
        await console.open(page, HOUSING)
        await page.get_by_role("button", name="变更", exact=True).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("自该日起生效").fill("2000-01-01")
        await dialog.get_by_role("button", name="变更", exact=True).click()
        await dialog.get_by_role("button", name="确认生效").click()
        await expect(page.get_by_text("只能从今天")).to_be_visible()
        await expect(dialog.get_by_label("自该日起生效")).to_have_value("2000-01-01")


async def test_somebody_new_signs_in_with_the_post_that_they_were_given(console: Console) -> None:
    async with console.window("admin.ran") as page:
        await console.open(page, "/administration?tab=people")
        await page.get_by_role("button", name="登记人员").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("登录名").fill("city.new")
        await dialog.get_by_label("姓名").fill("丁新来")
        await dialog.get_by_label("单位", exact=True).click()
        await page.get_by_role("option", name="区城市管理局", exact=True).click()
        await dialog.get_by_role("button", name="登记人员").click()
        person = page.get_by_role("row").filter(has_text="丁新来")
        await expect(person).to_contain_text("区城市管理局")
        await person.get_by_role("button", name="设置密码").click()
        await page.get_by_role("dialog").get_by_label("新密码").fill(PASSWORD)
        await page.get_by_role("dialog").get_by_role("button", name="设置密码").click()
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await console.open(page, "/administration?tab=posts")
        await page.get_by_role("button", name="分派岗位").click()
        dialog = page.get_by_role("dialog")
        for label, option in (
            ("任职人", "丁新来 · 区城市管理局"),
            ("岗位", "承办人"),
            ("单位", "区城市管理局"),
            ("区域", "大渡口区"),
        ):
            await dialog.get_by_label(label, exact=True).click()
            await page.get_by_role("option", name=option, exact=True).click()
        await dialog.get_by_role("button", name="分派岗位").click()
        await expect(page.get_by_role("row").filter(has_text="丁新来")).to_contain_text("承办人")
    async with console.window("city.new") as page:
        await console.open(page, "/worklist")


async def test_how_far_each_service_is_behind_is_seen(console: Console) -> None:
    await console.a_case()
    await console.world.settled()
    async with console.window("admin.ran") as page:
        await console.open(page, "/administration?tab=health")
        row = page.get_by_role("row").filter(has_text="分派服务")
        await expect(row.get_by_text("主用")).to_be_visible()
        await expect(row.get_by_text("已全部发出")).to_be_visible()
        await expect(row.get_by_text("未读 0 条")).to_be_visible()
        await expect(row.locator("time")).to_be_visible()
