"""An auditor has everything rebuilt from the log, and sees how far it is and what came of it."""

from playwright.async_api import expect

from tests.console.conftest import Console
from tests.kit.operator import operator


async def test_an_auditor_has_everything_rebuilt_and_is_told_what_came_of_it(console: Console) -> None:
    await console.a_case()
    await console.world.settled()
    async with console.window("audit.yan") as page:
        await console.open(page, "/proof")
        begin = page.get_by_role("button", name="按日志重建并比对")
        await expect(begin).to_be_disabled()
        await expect(page.get_by_text("重建由运维程序执行，目前没有启动")).to_be_visible()
        async with operator(console.world):
            await console.open(page, "/proof")
            await expect(page.get_by_text("还没有重建过")).to_be_visible()
            await begin.click()
            section = page.locator("#rebuild")
            await expect(section.get_by_text("没有差异")).to_be_visible()
            await expect(section.get_by_role("row").filter(has_text="基础目录")).to_be_visible()
            await expect(begin).to_be_enabled()
