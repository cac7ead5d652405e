"""`make pictures`: the console's main screens as the README shows them, taken from a running demonstration.

`python -m deploy.pictures [DATA]`: DATA is the data directory of a run whose story was played to its end.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from deploy import browser
from deploy.cli.options import DEFAULT_DATA
from deploy.embedded import health, keyring
from deploy.embedded.environment import Addresses
from deploy.embedded.folder import Folder
from deploy.registry import SERVICES

HOME = Path(__file__).parents[1] / "docs" / "pictures"
WIDE, PHONE = (1366, 768), (390, 780)
LOCALES = {"zh": "zh-CN", "en": "en-GB"}


@dataclass(frozen=True)
class Picture:
    """`who` is signed in; `then`: what is done before it is taken."""

    name: str
    who: str
    path: str
    size: tuple[int, int] = WIDE
    theme: str = "light"
    language: str = "zh"
    then: Callable[[Page], None] = lambda page: None


def matter_of(name: str) -> Callable[[Page], None]:
    def then(page: Page) -> None:
        page.locator("table.rows a.title", has_text=name).first.click()
        page.locator(".line li").first.wait_for()

    return then


def first_link(page: Page) -> None:
    page.locator("table.rows a.title").first.click()
    page.wait_for_url("**/queue/*")
    page.locator(".screen h1").first.wait_for()


def worked_out(page: Page) -> None:
    page.locator(".tiles").first.wait_for(timeout=60_000)


def on_the_wall(page: Page) -> None:
    page.locator("#wall section, #wall .tile").first.wait_for()


def film_of_a_case(page: Page) -> None:
    page.get_by_role("link", name="案件重放").first.click()
    page.locator(".film-bar").wait_for()
    page.get_by_role("button", name="下一步").click()


PICTURES = (
    Picture("worklist", "city.tang", "/worklist"),
    Picture("case", "city.tang", "/worklist", then=matter_of("垃圾清运")),
    Picture("deciding", "dispatch.cheng", "/queue", then=first_link),
    Picture("lanes", "dispatch.cheng", "/lanes"),
    Picture("board", "supervise.mao", "/board"),
    Picture("flow", "supervise.mao", "/flow"),
    Picture("map", "supervise.mao", "/map"),
    Picture("wall", "supervise.mao", "/wall", size=(1920, 1080), then=on_the_wall),
    Picture("district", "audit.yan", "/district?at=2021-09-24T16:00:00&since=2021-09-01T00:00:00", then=worked_out),
    Picture("film", "audit.yan", "/log", then=film_of_a_case),
    Picture("board-dark-en", "supervise.mao", "/board", theme="dark", language="en"),
    Picture("worklist-phone", "city.tang", "/worklist", size=PHONE),
)


def take(window: Browser, url: str, password: str, picture: Picture) -> None:
    width, height = picture.size
    context = window.new_context(
        viewport={"width": width, "height": height}, locale=LOCALES[picture.language], reduced_motion="reduce"
    )
    tastes = {"lianzhi_language": picture.language, "lianzhi_theme": picture.theme}
    context.add_cookies([{"name": name, "value": value, "url": url} for name, value in tastes.items()])
    page = context.new_page()
    page.goto(f"{url}/auth/sign-in")
    page.fill("input[name=username]", picture.who)
    page.fill("input[name=password]", password)
    page.click("form button[type=submit]")
    page.wait_for_url(f"{url}/**")
    page.goto(url + picture.path)
    page.locator(".screen h1, .plain-page h1, .wall-top h1").first.wait_for()
    picture.then(page)
    page.evaluate("document.fonts.ready")
    page.locator(".loading").first.wait_for(state="detached")
    page.screenshot(path=HOME / f"{picture.name}.png")
    context.close()


def main(data: Path) -> int:
    folder, program = Folder(data.absolute()), browser.found()
    running = health.running(folder)
    if running is None or program is None:
        print("nothing runs there: `make run` first" if running is None else browser.TO_INSTALL, file=sys.stderr)
        return 1
    url = f"http://127.0.0.1:{Addresses(running.base, SERVICES).console}"
    password = keyring.load(folder.secrets)[keyring.DEMO]
    HOME.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=program, args=browser.ARGUMENTS)
        for picture in PICTURES:
            take(window, url, password, picture)
            print(picture.name)
        window.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else DEFAULT_DATA))
