"""The endpoints that OAuth clients know: token, discovery, keys. Errors in OAuth's form (RFC 6749)."""

import base64
import binascii
from typing import Annotated, Any
from urllib.parse import unquote_plus

import orjson
from fastapi import APIRouter, Form, Path, Request, Response
from pydantic import BaseModel, Field

from services.directory import views
from services.directory.model.keyring import MODEL, AddKey, RevokeKey
from services.directory.tokens.keys import new_key, revocation
from services.directory.tokens.places import place_of, sign_in_of
from shared.refusals.refusals import NotFound, TooMuch, Unavailable
from shared.web.call import Call
from shared.web.signed_in import doing

router = APIRouter(tags=["sign-in"])
PERSON_CLIENT = "lianzhi"
"""The client on whose behalf people sign in without a browser."""
CODE = "authorization_code"
GRANTS = {"password": "staff", "client_credentials": "client"}
_NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}
Rotating = Annotated[Call, doing(MODEL, AddKey)]
Revoking = Annotated[Call, doing(MODEL, RevokeKey)]
Field_ = Annotated[str | None, Form()]


class Token(BaseModel):
    access_token: str = Field(description="JWT (RFC 9068), ES256")
    token_type: str = Field("Bearer", examples=["Bearer"])
    expires_in: int = Field(description="seconds", examples=[28800])
    scope: str | None = Field(None, description="of a code", examples=["openid"])
    id_token: str | None = Field(None, description="for a code: who signed in, for the page that asked (ES256)")


class OAuthError(BaseModel):
    error: str = Field(examples=["invalid_grant"])
    error_description: str


class OAuthRefused(Exception):
    def __init__(self, status: int, error: str, description: str, **headers: str) -> None:
        super().__init__(error)
        self.status, self.error, self.description, self.headers = status, error, description, headers


_ERRORS: dict[int | str, dict[str, Any]] = {status: {"model": OAuthError} for status in (400, 401, 429, 503)}


@router.post("/v1/token", response_model=Token, responses=_ERRORS)
async def token(
    request: Request,
    grant_type: Field_ = None,
    username: Field_ = None,
    password: Field_ = None,
    client_id: Field_ = None,
    client_secret: Field_ = None,
    code: Field_ = None,
    redirect_uri: Field_ = None,
    code_verifier: Field_ = None,
) -> Response:
    """Pages bring an `authorization_code` with its code_verifier; people sign in with `grant_type=password`, systems
    with `client_credentials` (form or HTTP Basic)."""
    try:
        if grant_type == CODE:
            return _answer(200, await _exchanged(request, code, client_id, redirect_uri, code_verifier), _NO_STORE)
        if grant_type == "client_credentials":
            given = _basic(request) or (client_id, client_secret)
        else:
            given = (username, password)
        return _answer(200, await _token(request, grant_type, *given), _NO_STORE)
    except Unavailable as refusal:
        body = {"error": "temporarily_unavailable", "error_description": str(refusal)}
        return _answer(503, body, {**_NO_STORE, "Retry-After": str(refusal.retry_after)})
    except OAuthRefused as refused:
        body = {"error": refused.error, "error_description": refused.description}
        return _answer(refused.status, body, {**_NO_STORE, **refused.headers})


async def _token(request: Request, grant: str | None, login: str | None, secret: str | None) -> dict[str, Any]:
    if grant is None:
        raise OAuthRefused(400, "invalid_request", "grant_type is missing, or the body is not a form")
    if grant not in GRANTS:
        raise OAuthRefused(400, "unsupported_grant_type", f"one of: {', '.join((CODE, *GRANTS))}")
    if not login or not secret:
        raise OAuthRefused(400, "invalid_request", "name or secret is missing")
    sign_in = sign_in_of(request)
    try:
        who = await sign_in.check(login, secret, GRANTS[grant], place_of(request))
    except TooMuch as refusal:
        text = f"too many wrong tries; try again in {refusal.retry_after} s"
        raise OAuthRefused(429, "slow_down", text, **{"Retry-After": str(refusal.retry_after)}) from None
    if who is None and grant == "password":
        raise OAuthRefused(400, "invalid_grant", "user name or password is wrong")
    if who is None:
        challenge = {"WWW-Authenticate": 'Basic realm="lianzhi"'}
        raise OAuthRefused(401, "invalid_client", "client id or secret is wrong", **challenge)
    return await sign_in.token(who, PERSON_CLIENT if grant == "password" else login)


async def _exchanged(
    request: Request, code: str | None, client_id: str | None, redirect_uri: str | None, verifier: str | None
) -> dict[str, Any]:
    sign_in = sign_in_of(request)
    if "authorization" in request.headers or client_id not in sign_in.settings.oidc_clients:
        raise OAuthRefused(401, "invalid_client", "client_id is not that of a registered page, which has no secret")
    if not code or not redirect_uri or not verifier:
        raise OAuthRefused(400, "invalid_request", "code, redirect_uri or code_verifier is missing")
    tokens = await sign_in.exchanged(code, client_id, redirect_uri, verifier)
    if tokens is None:
        raise OAuthRefused(400, "invalid_grant", "the code is used, too old, or was given for something else")
    return tokens


def _basic(request: Request) -> tuple[str, str] | None:
    """Client id and secret, form-encoded inside HTTP Basic (RFC 6749, section 2.3.1)."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(given.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise OAuthRefused(400, "invalid_request", "the Basic credentials cannot be read") from None
    return unquote_plus(name), unquote_plus(secret)


UNDERSTOOD: dict[str, Any] = {
    "grant_types_supported": [CODE, *GRANTS],
    "token_endpoint_auth_methods_supported": ["none", "client_secret_basic", "client_secret_post"],
    "response_types_supported": ["code"],
    "response_modes_supported": ["query"],
    "code_challenge_methods_supported": ["S256"],
    "authorization_response_iss_parameter_supported": True,
    "scopes_supported": ["openid"],
    "claims_supported": ["iss", "sub", "aud", "iat", "exp", "auth_time", "nonce"],
    "ui_locales_supported": ["zh-CN", "en"],
    "subject_types_supported": ["public"],
    "id_token_signing_alg_values_supported": ["ES256"],
    "claims_parameter_supported": False,
    "request_parameter_supported": False,
    "request_uri_parameter_supported": False,
}


@router.get("/.well-known/openid-configuration")
async def configuration(request: Request) -> dict[str, Any]:
    """Discovery: where people sign in, where keys and tokens are, and what is understood here."""
    sign_in = sign_in_of(request)
    return {
        "issuer": sign_in.issuer,
        "authorization_endpoint": f"{sign_in.browsers}/v1/authorize",
        "end_session_endpoint": f"{sign_in.browsers}/v1/end-session",
        "jwks_uri": f"{sign_in.issuer}/v1/jwks",
        "token_endpoint": f"{sign_in.issuer}/v1/token",
        **UNDERSTOOD,
    }


@router.get("/v1/jwks")
async def jwks(request: Request, response: Response) -> dict[str, list[dict[str, Any]]]:
    """Public keys (RFC 7517): the one that signs, and those whose tokens may still hold."""
    response.headers["Cache-Control"] = "max-age=5"
    return {"keys": await sign_in_of(request).keys.published()}


@router.post("/v1/keys/rotate", status_code=201)
async def rotate(call: Rotating) -> Response:
    """A new key signs from now on; tokens of the one before hold until they expire."""
    async with call.runtime.database.plain() as connection:
        root = await views.root_area(connection)
    write = new_key(call.runtime.vault, {**call.stamp, "root": root}, call.expected)
    return await call.record(write, lambda outcome: {"kid": outcome.state.kid}, 201)


@router.post("/v1/keys/{kid}/revoke")
async def revoke(kid: Annotated[str, Path(max_length=64)], call: Revoking) -> Response:
    """For a key that somebody else may have: it goes at once, everybody whose token it signed signs in again.

    Services notice within seconds. A new key signs from now on.
    """
    if not await sign_in_of(call.request).keys.there(kid):
        raise NotFound("key")
    async with call.runtime.database.plain() as connection:
        root = await views.root_area(connection)
    write = revocation(call.runtime.vault, {**call.stamp, "root": root}, kid)
    return await call.record(write, lambda outcome: {"revoked": kid, "kid": outcome.state.kid})


def _answer(status: int, body: dict[str, Any], headers: dict[str, str]) -> Response:
    return Response(orjson.dumps(body), status, headers, "application/json")
