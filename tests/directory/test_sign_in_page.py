"""The sign-in page: what stands on it, in whose language, and what it lets nobody do."""

import re
from html.parser import HTMLParser

import pytest

from services.directory.tokens.issue import SignIn
from tests.directory.browser import ASKED, Browser, fields
from tests.directory.conftest import Town
from tests.kit.signing_in import PASSWORD


class Whole(HTMLParser):
    """Every tag that is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "link", "input", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.fixture
def browser(town: Town) -> Browser:
    return Browser(town)


@pytest.mark.parametrize(
    ("language", "ui_locales", "said"),
    [
        ("zh-CN", None, "用户名"),
        ("", None, "用户名"),
        ("en-GB,zh;q=0.5", None, "User name"),
        ("zh-CN", "en", "User name"),
        ("en", "fr zh-CN", "用户名"),
        ("zh", "fr", "用户名"),
    ],
)
async def test_it_speaks_the_readers_language(town: Town, language: str, ui_locales: str | None, said: str) -> None:
    page = (await Browser(town, language=language).open(ui_locales=ui_locales)).text
    assert f">{said}</label>" in page
    assert f'<html lang="{"zh-CN" if said == "用户名" else "en"}">' in page
    assert ("大渡口区" in page) == (said == "用户名")


async def test_every_field_has_its_label_and_every_tag_its_end(browser: Browser) -> None:
    page = (await browser.open()).text
    whole = Whole()
    whole.feed(page)
    assert whole.open == []
    for name in ("username", "password"):
        assert f'<label for="{name}">' in page
        assert f'id="{name}"' in page
    assert "<script" not in page
    assert 'autocomplete="current-password"' in page
    assert page.count(" autofocus") == 1


async def test_nothing_from_elsewhere_and_no_frame_around_it(browser: Browser) -> None:
    answer = await browser.open()
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'self' http://127.0.0.1:8120" in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert re.findall(r'(?:src|href)="(?!\?|data:)', answer.text) == []
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


async def test_what_an_address_holds_becomes_no_tag(browser: Browser) -> None:
    nasty = '"><script>alert(1)</script>'
    page = await browser.open(state=nasty, login_hint=nasty, nonce=nasty)
    assert "<script" not in page.text
    assert fields(page.text)["state"] == nasty
    wrong = await browser.type_in(page, nasty, nasty)
    assert "<script" not in wrong.text


async def test_what_was_wrong_is_said_and_read_aloud(browser: Browser) -> None:
    wrong = await browser.type_in(await browser.open(), "clerk.liu", "wrong")
    assert '<div role="alert" id="problem">用户名或密码不正确。</div>' in wrong.text
    assert 'aria-describedby="problem"' in wrong.text
    kept = fields(wrong.text)
    assert (kept["username"], kept["password"], kept["state"]) == ("clerk.liu", "", ASKED["state"])
    lacking = await browser.type_in(wrong, "clerk.liu", "")
    assert (lacking.status_code, "请输入用户名和密码" in lacking.text) == (400, True)


async def test_people_to_try_fill_in_the_form(town: Town, browser: Browser) -> None:
    page = (await browser.open()).text
    assert "示例人员" in page
    assert "刘晓蓉<span>区综治中心 · 窗口受理员</span>" in page
    assert "nobody.here" not in page
    assert PASSWORD not in page
    chosen = await browser.open(login_hint="clerk.liu")
    filled = fields(chosen.text)
    assert (filled["username"], filled["password"]) == ("clerk.liu", PASSWORD)
    assert 'aria-current="true"' in chosen.text
    other = fields((await browser.open(login_hint="admin.ran")).text)
    assert (other["username"], other["password"]) == ("admin.ran", "")
    signed_in = await browser.type_in(chosen, filled["username"], filled["password"])
    assert signed_in.status_code == 303


async def test_without_the_setting_nobody_is_offered(
    town: Town, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = town.world.runtime("directory").extra(SignIn).settings
    monkeypatch.setattr(settings, "sample_people", [])
    for page in (await browser.open(), await browser.open(login_hint="clerk.liu")):
        assert "示例人员" not in page.text
        assert "刘晓蓉" not in page.text
        assert fields(page.text)["password"] == ""
