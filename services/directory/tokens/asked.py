"""What a page asks for when it sends somebody to sign in (OpenID Connect Core 3.1.2.1, RFC 6749, 7636)."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.directory.tokens.settings import PublicClient

Params = Sequence[tuple[str, str]]
PARAMETERS: Mapping[str, str] = {
    "client_id": "a page that is registered (`OIDC_CLIENTS`)",
    "redirect_uri": "where to come back to: one of its registered addresses, sign by sign",
    "response_type": "`code`",
    "scope": "with `openid` in it",
    "state": "comes back as it was",
    "nonce": "stands in the ID token",
    "code_challenge": "SHA-256 of the code_verifier, base64url (RFC 7636)",
    "code_challenge_method": "`S256`",
    "ui_locales": "languages of the page, the best first: zh, en",
    "login_hint": "a sign-in name to begin with",
    "prompt": "`none` is answered by login_required: nobody stays signed in here",
}
KEPT = ("ui_locales", "login_hint")
LONGEST = 1024
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


class Stranger(Exception):
    """By whom it is asked, or where to come back to, is not known: nobody may be sent on there."""


@dataclass(slots=True, eq=False)
class SentBack(Exception):
    """Told to the page, at its own address (RFC 6749, section 4.1.2.1)."""

    redirect_uri: str
    error: str
    description: str
    state: str | None

    def answer(self) -> dict[str, str | None]:
        return {"error": self.error, "error_description": self.description, "state": self.state}


@dataclass(frozen=True, slots=True)
class Asked:
    client_id: str
    redirect_uri: str
    challenge: str
    state: str | None
    nonce: str | None
    given: Mapping[str, str]

    @property
    def login_hint(self) -> str:
        return self.given.get("login_hint", "")


def read(params: Params, clients: Mapping[str, PublicClient]) -> Asked:
    """Raises Stranger, SentBack."""
    given: dict[str, list[str]] = {}
    for name, value in params:
        given.setdefault(name, []).append(value)
    client_id, redirect_uri = (given.get(name, [""]) for name in ("client_id", "redirect_uri"))
    client = clients.get(client_id[0])
    if len(client_id) != 1 or len(redirect_uri) != 1 or client is None or redirect_uri[0] not in client.redirect_uris:
        raise Stranger
    found = {name: values[0] for name, values in given.items() if name in PARAMETERS and values[0]}
    state = found.get("state")
    if wrong := _wrong(given, found):
        raise SentBack(
            redirect_uri[0], *wrong, state if len(given.get("state", ())) == 1 and _is_plain(state) else None
        )
    return Asked(client_id[0], redirect_uri[0], found["code_challenge"], state, found.get("nonce"), found)


def _wrong(given: Mapping[str, Sequence[str]], found: Mapping[str, str]) -> tuple[str, str] | None:
    """Error and description, in the signs that RFC 6749 allows."""
    if repeated := [name for name in PARAMETERS if len(given.get(name, ())) > 1]:
        return "invalid_request", f"{repeated[0]} is given more than once"
    if odd := [name for name in ("state", "nonce") if not _is_plain(found.get(name))]:
        return "invalid_request", f"{odd[0]} is longer than {LONGEST} or holds unprintable signs"
    for name in ("request", "request_uri"):
        if name in given:
            return f"{name}_not_supported", f"{name} is not understood here"
    if found.get("response_type") != "code":
        error = "unsupported_response_type" if "response_type" in found else "invalid_request"
        return error, "response_type has to be code"
    if given.get("response_mode", ["query"]) != ["query"]:
        return "invalid_request", "response_mode has to be query"
    if "openid" not in found.get("scope", "").split(" "):
        return "invalid_scope", "scope has to hold openid"
    if found.get("code_challenge_method") != "S256":
        return "invalid_request", "code_challenge_method has to be S256"
    if not _CHALLENGE.fullmatch(found.get("code_challenge", "")):
        return "invalid_request", "code_challenge has to be a SHA-256 in base64url"
    return _prompted(found.get("prompt", "").split())


def _prompted(prompt: Sequence[str]) -> tuple[str, str] | None:
    if "none" not in prompt:
        return None
    if len(prompt) > 1:
        return "invalid_request", "prompt none stands alone"
    return "login_required", "nobody stays signed in here"


def _is_plain(value: str | None) -> bool:
    return value is None or (len(value) <= LONGEST and value.isprintable())
