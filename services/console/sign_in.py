"""Sign-in by OpenID Connect: authorization code with PKCE (RFC 7636), whoever the issuer is."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import httpx
import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from joserfc import jws, jwt
from joserfc.errors import JoseError

from services.console.session import A_YEAR, LANGUAGE, THEME, Sealed, Session, Sessions, tastes_of
from services.console.settings import ConsoleSettings
from shared.identity.keys import PublishedKeys
from shared.refusals.refusals import NotSignedIn, Unavailable
from shared.world.world import random_bytes

CALLBACK = "/auth/callback"
BEGUN = "lianzhi_sign_in"
BEGUN_FOR = 600
"""Seconds in which somebody has to have signed in."""
LEEWAY = 30
ALGORITHMS = ["ES256", "RS256", "PS256", "EdDSA"]
log = structlog.get_logger("console")


@dataclass(frozen=True, slots=True)
class Begun:
    """What was sent to the issuer, to be held against what comes back. `to`: where to go then, a path of ours."""

    state: str
    nonce: str
    verifier: str
    to: str

    @classmethod
    def now(cls, to: str) -> "Begun":
        return cls(_secret(), _secret(), _secret(), to if is_own(to) else "/")

    @property
    def challenge(self) -> str:
        return _text(sha256(self.verifier.encode()).digest())


class SignInFailed(Exception):
    """`code`: for the page that says so."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class Issuer:
    """The OpenID provider, as its discovery document has it (OpenID Connect Discovery 1.0)."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self.settings = settings
        self._keys = PublishedKeys(settings.oidc_issuer)
        self._client = httpx.AsyncClient(timeout=10.0)
        self._found: Mapping[str, Any] = {}

    async def endpoint(self, name: str) -> str | None:
        """Raises SignInFailed when the provider cannot be reached."""
        if not self._found:
            try:
                answer = await self._client.get(f"{self.settings.oidc_issuer}/.well-known/openid-configuration")
                answer.raise_for_status()
                self._found = answer.json()
            except (httpx.HTTPError, ValueError) as error:
                raise SignInFailed("unreachable") from error
        found = self._found.get(name)
        return str(found) if found else None

    async def way_in(self, begun: Begun, language: str) -> str:
        """Where to send the browser. Raises SignInFailed."""
        asked = {
            "response_type": "code",
            "client_id": self.settings.oidc_client_id,
            "redirect_uri": self.settings.console_url + CALLBACK,
            "scope": self.settings.oidc_scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
            "ui_locales": "zh-CN" if language == "zh" else "en",
        }
        return f"{await self.endpoint('authorization_endpoint')}?{urlencode(asked)}"

    async def exchange(self, code: str, begun: Begun) -> Session:
        """Raises SignInFailed."""
        asked = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.settings.console_url + CALLBACK,
            "client_id": self.settings.oidc_client_id,
            "code_verifier": begun.verifier,
        }
        try:
            answer = await self._client.post(await self.endpoint("token_endpoint") or "", data=asked)
            given = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise SignInFailed("unreachable") from error
        if answer.is_error or not isinstance(given, dict):
            raise SignInFailed("refused")
        await self._check(str(given.get("id_token", "")), begun.nonce)
        expires = time.time() + float(given.get("expires_in", 3600))
        return Session(str(given["access_token"]), str(given["id_token"]), expires)

    async def _check(self, id_token: str, nonce: str) -> None:
        """As OpenID Connect Core 1.0, section 3.1.3.7, has it. Raises SignInFailed."""
        try:
            kid = jws.extract_compact(id_token.encode()).headers().get("kid")
            claims = jwt.decode(id_token, await self._keys.find(kid), algorithms=ALGORITHMS).claims
        except (JoseError, ValueError, Unavailable, NotSignedIn) as wrong:
            raise SignInFailed("refused") from wrong
        audience = claims.get("aud")
        meant = self.settings.oidc_client_id in (audience if isinstance(audience, list) else [audience])
        in_time = float(claims.get("exp", 0)) + LEEWAY > time.time()
        if claims.get("iss") != self.settings.oidc_issuer or not meant or not in_time or claims.get("nonce") != nonce:
            raise SignInFailed("refused")

    async def close(self) -> None:
        await self._client.aclose()


def _secret() -> str:
    return _text(random_bytes(32))


def _text(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def is_own(to: str) -> bool:
    """Whether it is a path here: whoever made the link must not send somebody elsewhere."""
    return to.startswith("/") and not to.startswith(("//", "/\\", "/auth/"))


class SignIn:
    """What the routes stand on. One per process."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self.issuer = Issuer(settings)
        self.sessions = Sessions(settings)
        self.begun = Sealed(settings, BEGUN, "/auth")
        self.vault = settings.vault()
        self.home = settings.console_url


router = APIRouter(prefix="/auth", include_in_schema=False)


@router.get("/sign-in")
async def begin(request: Request, to: str = "/") -> RedirectResponse:
    """To the issuer, remembering where somebody wanted to go."""
    sign_in: SignIn = request.app.state.sign_in
    begun = Begun.now(to)
    try:
        there = await sign_in.issuer.way_in(begun, tastes_of(request).language)
    except SignInFailed as failed:
        return _failed(failed)
    response = RedirectResponse(there, 303)
    sign_in.begun.put(response, asdict(begun), BEGUN_FOR)
    return response


@router.get("/callback")
async def come_back(request: Request, code: str = "", state: str = "", error: str = "") -> RedirectResponse:
    """From the issuer, with a code for what was begun in this browser, and no other."""
    sign_in: SignIn = request.app.state.sign_in
    content = sign_in.begun.take(request)
    begun = Begun(**content) if content else None  # type: ignore[arg-type]
    iss = request.query_params.get("iss", sign_in.issuer.settings.oidc_issuer)
    try:
        if begun is None or state != begun.state or iss != sign_in.issuer.settings.oidc_issuer:
            raise SignInFailed("stale")
        if error or not code:
            raise SignInFailed("refused")
        session = await sign_in.issuer.exchange(code, begun)
    except SignInFailed as failed:
        log.warning("a sign-in failed", reason=failed.code)
        return _failed(failed)
    response = RedirectResponse(begun.to, 303)
    sign_in.begun.drop(response)
    sign_in.sessions.begin(response, session)
    return response


@router.post("/sign-out")
async def sign_out(request: Request) -> RedirectResponse:
    """Here, and at the issuer where it has a way for that (OpenID Connect RP-Initiated Logout 1.0)."""
    sign_in: SignIn = request.app.state.sign_in
    session = sign_in.sessions.of(request)
    try:
        there = await sign_in.issuer.endpoint("end_session_endpoint")
    except SignInFailed:
        there = None
    home = f"{sign_in.home}/welcome"
    if there and session:
        about = {"id_token_hint": session.id_token, "post_logout_redirect_uri": home}
        home = f"{there}?{urlencode(about)}"
    response = RedirectResponse(home, 303)
    sign_in.sessions.end(response)
    return response


@router.post("/tastes")
async def choose(
    request: Request, language: str = Form(""), theme: str = Form(""), to: str = Form("/")
) -> RedirectResponse:
    """Language and light or dark, for this browser."""
    response = RedirectResponse(to if is_own(to) else "/", 303)
    for name, value, possible in (
        (LANGUAGE, language, {"zh", "en"}),
        (THEME, theme, {"auto", "light", "dark"}),
    ):
        if value in possible:
            response.set_cookie(name, value, A_YEAR, samesite="lax", httponly=True)
    return response


def _failed(failed: SignInFailed) -> RedirectResponse:
    return RedirectResponse(f"/welcome?failed={failed.code}", 303)
