"""Signing in by the browser: the page, what comes of it, and the way back (OpenID Connect Core, RFC 9207)."""

import re
from collections.abc import Mapping
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from services.directory.tokens import codes, page
from services.directory.tokens.asked import KEPT, PARAMETERS, Asked, Params, SentBack, Stranger, read
from services.directory.tokens.issue import SignIn
from services.directory.tokens.page import Form, Page
from services.directory.tokens.places import place_of, sign_in_of
from services.directory.tokens.samples import district, samples
from services.directory.tokens.words import PAGE
from shared.refusals.refusals import TooMuch
from shared.refusals.words import Language
from shared.web.problems import language_of
from shared.world.world import random_bytes

router = APIRouter(tags=["sign-in"])
COOKIE, TOKEN = "lianzhi_sign_in", "form_token"
_SECRET = re.compile(r"[0-9a-f]{32}")
_WHERE: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}
        for name, about in PARAMETERS.items()
    ]
}
_ENDING: dict[str, Any] = {
    "parameters": [
        {"name": name, "in": "query", "description": about, "schema": {"type": "string"}}
        for name, about in {
            "client_id": "the page",
            "id_token_hint": "or the ID token that it got",
            "post_logout_redirect_uri": "one of its registered addresses",
            "state": "comes back as it was",
        }.items()
    ]
}


@router.get("/v1/authorize", response_class=HTMLResponse, openapi_extra=_WHERE)
async def authorize(request: Request) -> Response:
    """The page on which people sign in (authorization code with PKCE). It leads back with `code`, `state` and `iss`."""
    return await _page(request, request.query_params.multi_items())


@router.post("/v1/authorize", response_class=HTMLResponse, openapi_extra=_WHERE)
async def signing_in(request: Request) -> Response:
    """The page's own form; or what GET takes, as a form."""
    given = await form_of(request)
    fields = dict(given)
    if TOKEN not in fields:
        return await _page(request, given)
    try:
        asked = read(given, sign_in_of(request).settings.oidc_clients)
    except Stranger:
        return _stranger(request, given)
    except SentBack as wrong:
        return _back(request, wrong.redirect_uri, wrong.answer())
    username, password = fields.get("username", "").strip(), fields.get("password", "")
    if not _is_ours(request, fields[TOKEN]):
        return await _shown(request, asked, username, "stale", 400)
    if not username or not password:
        return await _shown(request, asked, username, "lacking", 400)
    return await _checked(request, asked, username, password)


async def _checked(request: Request, asked: Asked, username: str, password: str) -> Response:
    sign_in: SignIn = sign_in_of(request)
    try:
        who = await sign_in.check(username, password, "staff", place_of(request))
    except TooMuch as refusal:
        shown = await _shown(request, asked, username, "wait", 429, refusal.retry_after)
        shown.headers["Retry-After"] = str(refusal.retry_after)
        return shown
    if who is None:
        return await _shown(request, asked, username, "wrong", 400)
    async with sign_in.database.plain() as connection:
        code = await codes.issue(connection, asked, who.account)
    return _back(request, asked.redirect_uri, {"code": code, "state": asked.state})


async def _page(request: Request, params: Params) -> Response:
    try:
        asked = read(params, sign_in_of(request).settings.oidc_clients)
    except Stranger:
        return _stranger(request, params)
    except SentBack as wrong:
        return _back(request, wrong.redirect_uri, wrong.answer())
    return await _shown(request, asked, asked.login_hint)


async def _shown(
    request: Request, asked: Asked, username: str, problem: str | None = None, status: int = 200, wait: int = 0
) -> Response:
    sign_in: SignIn = sign_in_of(request)
    language = _language(request, asked.given)
    secret = _secret(request) or random_bytes(16).hex()
    known = await samples(request, sign_in.settings.sample_people, language)
    first = sign_in.settings.demo_password if username in {each.username for each in known} and not problem else None
    form = Form(
        hidden={**asked.given, TOKEN: _token(request, secret)},
        username=username,
        password=first.get_secret_value() if first else "",
        problem=PAGE[problem].said(language).format(left=_spoken(wait, language)) if problem else None,
        samples=known,
    )
    shown = page.answer(
        page.sign_in(Page(language, district(request, language), asked.given), form), status, asked.redirect_uri
    )
    secure = sign_in.browsers.startswith("https:")
    shown.set_cookie(COOKIE, secret, path="/v1/authorize", secure=secure, httponly=True, samesite="strict")
    return shown


def _stranger(request: Request, params: Params) -> Response:
    language = _language(request, dict(params))
    return page.answer(page.notice(Page(language, district(request, language)), "stranger", "stranger_about"), 400)


@router.get("/v1/end-session", response_class=HTMLResponse, openapi_extra=_ENDING)
async def end_session(request: Request) -> Response:
    """Back to the page that one signs out of (OpenID Connect RP-Initiated Logout): nobody stays signed in here."""
    return await _ended(request, request.query_params.multi_items())


@router.post("/v1/end-session", response_class=HTMLResponse, openapi_extra=_ENDING)
async def ending_session(request: Request) -> Response:
    """The same, as a form."""
    return await _ended(request, await form_of(request))


async def _ended(request: Request, params: Params) -> Response:
    given, sign_in = dict(params), sign_in_of(request)
    client_id = given.get("client_id") or await sign_in.client_of(given.get("id_token_hint", ""))
    client = sign_in.settings.oidc_clients.get(client_id or "")
    wanted = given.get("post_logout_redirect_uri")
    if wanted and client is not None and wanted in client.post_logout_redirect_uris:
        return _sent(wanted, {"state": given.get("state")})
    language = _language(request, given)
    shown = Page(language, district(request, language))
    return page.answer(page.notice(shown, "ended", "no_return" if wanted else "ended_about"), 400 if wanted else 200)


def _back(request: Request, redirect_uri: str, answer: Mapping[str, str | None]) -> Response:
    return _sent(redirect_uri, {**answer, "iss": sign_in_of(request).issuer})


def _sent(uri: str, answer: Mapping[str, str | None]) -> Response:
    """303: what was typed into the form is not sent on (RFC 9700, section 4.12)."""
    parts = urlsplit(uri)
    added = urlencode({name: value for name, value in answer.items() if value is not None})
    query = "&".join(part for part in (parts.query, added) if part)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(urlunsplit(parts._replace(query=query)), 303, headers)


async def form_of(request: Request) -> list[tuple[str, str]]:
    """Of a body of another kind nothing."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return []
    return [(name, value) for name, value in (await request.form()).multi_items() if isinstance(value, str)]


def _language(request: Request, given: Mapping[str, str]) -> Language:
    wanted = [tag[:2].lower() for tag in given.get(KEPT[0], "").split()]
    named = next((tag for tag in wanted if tag in ("zh", "en")), None)
    return language_of(request) if named is None else "zh" if named == "zh" else "en"


def _secret(request: Request) -> str | None:
    """The browser's own, in a cookie that comes with this site's forms only."""
    given = request.cookies.get(COOKIE, "")
    return given if _SECRET.fullmatch(given) else None


def _token(request: Request, secret: str) -> str:
    """What a form has to bring beside the cookie; nobody who sets cookies can make it up."""
    vault = request.app.state.runtime.vault
    return str(vault.fingerprint(f"sign-in form\0{secret}".encode()).hex())


def _is_ours(request: Request, token: str) -> bool:
    secret = _secret(request)
    return secret is not None and compare_digest(_token(request, secret).encode(), token.encode(errors="replace"))


def _spoken(seconds: int, language: Language) -> str:
    minutes, rest = divmod(seconds, 60)
    if language == "zh":
        return (f"{minutes}分" if minutes and rest else f"{minutes}分钟" if minutes else "") + (
            f"{rest}秒" if rest else ""
        )
    return " ".join([f"{minutes} min"] * bool(minutes) + [f"{rest} s"] * bool(rest))
