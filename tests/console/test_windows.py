"""What an open window costs ends when it is closed."""

from playwright.async_api import expect

from services.dispatch.live.feed import Feed
from tests.console.conftest import Console


async def test_a_closed_window_follows_nothing_any_more(console: Console) -> None:
    """Well within the minute for which it is kept in case that it comes back: each person has only so many streams."""
    feed = console.world.runtime("dispatch").extra(Feed)
    async with console.window("city.tang") as page:
        await console.open(page, "/worklist")
        await expect(page.get_by_text("实时更新")).to_be_visible()
        assert feed.readers
    await console.world.until(lambda: not feed.readers, 10, "nobody listens")
