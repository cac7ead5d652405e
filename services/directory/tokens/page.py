"""The pages of signing in and out: HTML from the server, no script, nothing from elsewhere."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from fastapi.responses import HTMLResponse

from services.directory.tokens.words import PAGE
from shared.refusals.words import Language

STYLE = Path(__file__).with_name("sign_in.css").read_text(encoding="utf-8")
_STYLED = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
TAGS: Mapping[Language, str] = {"zh": "zh-CN", "en": "en"}


@dataclass(frozen=True, slots=True)
class Sample:
    """Somebody of an invented district: `about` office and role."""

    username: str
    name: str
    about: str


@dataclass(frozen=True, slots=True)
class Page:
    """`district`: its name, if it is known; `link`: what has to stay in the address of this page."""

    language: Language
    district: str | None = None
    link: Mapping[str, str] = field(default_factory=dict)

    def say(self, name: str) -> str:
        return escape(PAGE[name].said(self.language))

    def address(self, **changed: str) -> str:
        return escape("?" + urlencode({**self.link, **changed}))


@dataclass(frozen=True, slots=True)
class Form:
    """`hidden` comes back with it; `problem` is what was wrong with the last one."""

    hidden: Mapping[str, str]
    username: str = ""
    password: str = ""
    problem: str | None = None
    samples: Sequence[Sample] = ()


def sign_in(page: Page, form: Form) -> str:
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in form.hidden.items()
    )
    problem = f'<div role="alert" id="problem">{escape(form.problem)}</div>' if form.problem else ""
    told = ' aria-describedby="problem"' if form.problem else ""
    first = "password" if form.username else "username"
    return _whole(
        page,
        page.say("sign_in"),
        f'<form method="post" action="authorize">{problem}{hidden}'
        f"{_input(page, 'username', form.username, first, told)}{_input(page, 'password', form.password, first, told)}"
        f'<button type="submit">{page.say("sign_in")}</button></form>{"".join(_samples(page, form))}',
    )


def _input(page: Page, name: str, value: str, first: str, told: str) -> str:
    kind = {
        "username": 'type="text" autocomplete="username" autocapitalize="none" spellcheck="false"',
        "password": 'type="password" autocomplete="current-password"',
    }[name]
    begin = " autofocus" if name == first else ""
    return (
        f'<label for="{name}">{page.say(name)}</label>'
        f'<input id="{name}" name="{name}" {kind} value="{escape(value)}" maxlength="256" required{begin}{told}>'
    )


def _samples(page: Page, form: Form) -> Iterator[str]:
    if not form.samples:
        return
    yield f'<section aria-labelledby="samples"><h2 id="samples">{page.say("samples")}</h2>'
    yield f'<p class="soft">{page.say("samples_about")}</p><ul>'
    for each in form.samples:
        chosen = ' aria-current="true"' if each.username == form.username else ""
        address = page.address(login_hint=each.username)
        yield f'<li><a href="{address}"{chosen}>{escape(each.name)}<span>{escape(each.about)}</span></a></li>'
    yield "</ul></section>"


def notice(page: Page, title: str, about: str) -> str:
    """A page that only says something."""
    return _whole(page, page.say(title), f"<h2>{page.say(title)}</h2><p>{page.say(about)}</p>")


def _whole(page: Page, title: str, body: str) -> str:
    other: Language = "en" if page.language == "zh" else "zh"
    under = escape(page.district) if page.district else page.say("subtitle")
    switch = f'<a href="{page.address(ui_locales=TAGS[other])}" lang="{TAGS[other]}">{page.say("other_language")}</a>'
    return (
        f'<!doctype html><html lang="{TAGS[page.language]}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<title>{title} · {page.say('product')}</title><style>{STYLE}</style></head><body><main>"
        f'<header><span class="mark" aria-hidden="true">联</span><div><h1>{page.say("product")}</h1>'
        f'<p class="soft">{under}</p></div></header>{body}</main>'
        f"<footer>{switch if page.link else ''}</footer></body></html>"
    )


def answer(html: str, status: int = 200, sent_on_to: str | None = None) -> HTMLResponse:
    """`sent_on_to`: browsers ask the form's permission for where its answer leads, too."""
    parts = urlsplit(sent_on_to or "")
    onward = f" {parts.scheme}://{parts.netloc}" if sent_on_to else ""
    policy = (
        f"default-src 'none'; style-src 'sha256-{_STYLED}'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
        f"form-action 'self'{onward}"
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
    }
    return HTMLResponse(html, status, headers)
