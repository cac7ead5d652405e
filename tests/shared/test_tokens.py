"""Access tokens: what does not hold is refused by name (B6), and nobody waits for what others have forged."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.identity import keys
from shared.identity.tokens import LEEWAY, Tokens
from shared.refusals.refusals import NotSignedIn, Unavailable
from tests.kit.issuer import AUDIENCE, Issuer, a_key, the_issuer
from tests.kit.until import until
from tests.kit.world import World


@pytest.fixture(scope="module")
def issuer() -> Iterator[Issuer]:
    issuer = Issuer()
    yield issuer
    issuer.close()


@pytest.fixture
async def tokens(issuer: Issuer) -> AsyncIterator[Tokens]:
    tokens = Tokens(issuer.url, AUDIENCE)
    issuer.asked, issuer.broken, issuer.keys = 0, False, [issuer.key]
    yield tokens
    issuer.answers.set()
    await tokens.keys.close()


def encoded(part: Any) -> str:
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def forged(issuer: Issuer, kid: str, number: int = 0) -> str:
    return issuer.signed({"kid": kid}, key=a_key(kid), number=number)


async def test_a_header_with_crit_was_an_internal_error_for_anybody(toys: World) -> None:
    header = {"alg": "ES256", "kid": "kit", "crit": 5}
    async with toys.client("toy") as client:
        token = f"{encoded(header)}.{encoded({})}.AAAA"
        answer = await client.get("/v1/parked", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


HEADERS: dict[str, Any] = {
    "no algorithm": {"alg": None},
    "none": {"alg": "none"},
    "several algorithms": {"alg": ["ES256"]},
    "another algorithm": {"alg": "ES384"},
    "a number as kid": {"kid": 5},
    "a list as kid": {"kid": ["kit"]},
    "a path as kid": {"kid": "../../../../dev/null"},
    "SQL as kid": {"kid": "' OR 1=1 --"},
    "crit": {"crit": ["exp"]},
    "crit that is no list": {"crit": 5},
    "an unencoded payload": {"b64": False, "crit": ["b64"]},
    "a number as type": {"typ": 5},
    "no type": {"typ": None},
    "an ID token's type": {"typ": "JWT"},
    "a key of its own": {"jwk": a_key("kit").as_dict(private=False)},
    "no key": {"jwk": 5},
    "certificates": {"x5c": ["AAAA"]},
    "no certificates": {"x5c": 7},
}


@pytest.mark.parametrize("what", HEADERS)
async def test_a_header_that_is_not_what_it_should_be_is_refused(issuer: Issuer, tokens: Tokens, what: str) -> None:
    true = issuer.token("u")
    await tokens.check(true)
    header = {"alg": "ES256", "kid": "kit", "typ": "at+jwt", **HEADERS[what]}
    _, claims, signature = true.split(".")
    written = {name: value for name, value in header.items() if value is not None}
    for token in (f"{encoded(written)}.{claims}.{signature}", f"{encoded(written)}.{claims}."):
        with pytest.raises(NotSignedIn):
            await tokens.check(token)


@pytest.mark.parametrize("header", [[1], "x", None, 3, b"{", b"\xff", b"[" * 5000, b'{"a":' * 3000, b""])
async def test_a_header_that_is_no_object_is_refused(issuer: Issuer, tokens: Tokens, header: Any) -> None:
    with pytest.raises(NotSignedIn):
        await tokens.check(f"{encoded(header)}.{encoded({})}.AAAA")


@pytest.mark.parametrize("type", ["JWT", "id+jwt", "dpop+jwt", "", None])
async def test_only_an_access_tokens_type_is_accepted(issuer: Issuer, tokens: Tokens, type: str | None) -> None:
    with pytest.raises(NotSignedIn):
        await tokens.check(issuer.signed({"typ": type}))
    assert (await tokens.check(issuer.signed({"typ": "application/AT+JWT"}))).subject == "u"


@pytest.mark.parametrize("name", ["jku", "x5u"])
async def test_keys_are_never_fetched_from_where_a_token_says(issuer: Issuer, tokens: Tokens, name: str) -> None:
    other = Issuer()
    try:
        with pytest.raises(NotSignedIn):
            await tokens.check(issuer.signed({name: f"{other.url}/jwks"}, key=other.key))
        assert other.asked == 0
    finally:
        other.close()


async def test_the_public_key_is_no_secret(issuer: Issuer, tokens: Tokens) -> None:
    said = f"{encoded({'alg': 'HS256', 'kid': 'kit', 'typ': 'at+jwt'})}.{issuer.token('u').split('.')[1]}"
    for secret in (issuer.key.as_pem(private=False), issuer.key.as_der(private=False)):
        with pytest.raises(NotSignedIn):
            await tokens.check(f"{said}.{encoded(hmac.digest(secret, said.encode(), 'sha256'))}")


@pytest.mark.parametrize("name", ["exp", "nbf", "iat"])
@pytest.mark.parametrize(
    "value", ["x", "1", None, [], {}, True, float("nan"), float("inf"), -float("inf"), 10**400, 1e300]
)
async def test_a_time_that_is_no_number_was_an_internal_error(
    issuer: Issuer, tokens: Tokens, name: str, value: Any
) -> None:
    with pytest.raises(NotSignedIn):
        await tokens.check(issuer.token("u", **{name: value}))


@pytest.mark.parametrize(
    ("wrong", "value"),
    [
        *(("iss", value) for value in ("https://elsewhere.example", None, 5, ["x"])),
        *(("aud", value) for value in ("another", ["another"], None, {}, [[AUDIENCE]])),
        *(("sub", value) for value in (None, "", 5)),
        ("department", 5),
    ],
)
async def test_a_token_by_for_or_about_somebody_else_is_refused(
    issuer: Issuer, tokens: Tokens, wrong: str, value: Any
) -> None:
    with pytest.raises(NotSignedIn):
        await tokens.check(issuer.token("u", **{wrong: value}))


@pytest.mark.parametrize(
    ("claims", "holds"),
    [
        ({"exp": LEEWAY * -1 + 0.001}, True),
        ({"exp": LEEWAY * -1}, False),
        ({"nbf": LEEWAY}, True),
        ({"nbf": LEEWAY + 0.001}, False),
    ],
)
async def test_times_hold_to_the_leeway_and_no_longer(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch, claims: dict[str, float], holds: bool
) -> None:
    now = float(int(time.time()))
    token = issuer.token("u", **{"exp": now + 99, **{name: now + value for name, value in claims.items()}})
    monkeypatch.setattr("shared.identity.tokens.time.time", lambda: now)
    if holds:
        assert (await tokens.check(token)).subject == "u"
    else:
        with pytest.raises(NotSignedIn):
            await tokens.check(token)


@given(
    st.dictionaries(
        st.sampled_from(["alg", "kid", "typ", "crit", "b64", "jwk", "jku", "x5c", "cty", "x"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["ES256", "kit", "at+jwt", "b64"]),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=5,
        ),
    ),
    st.binary(max_size=80),
)
@settings(max_examples=300, deadline=None)
def test_no_stranger_can_make_it_stumble(header: dict[str, Any], rest: bytes) -> None:
    tokens = Tokens("https://nobody.example", AUDIENCE)
    key = a_key("kit")
    for token in (f"{encoded(header)}.{encoded({})}.{encoded(rest)}", f"{encoded(header)}.{encoded(rest)}."):
        with suppress(NotSignedIn):
            tokens._kid(token)
            raise AssertionError(tokens._verified(token, key))


KEYCLOAK: list[tuple[dict[str, Any], bool]] = [
    ({"typ": "Bearer"}, True),
    ({"typ": "Bearer", "nonce": "n"}, True),  # its versions before 24
    ({"typ": "ID", "at_hash": "h"}, False),
    ({"typ": "Refresh"}, False),
    ({"typ": 5}, False),
    ({}, True),  # other providers
    ({"nonce": "n"}, False),
    ({"at_hash": "h"}, False),
]


@pytest.mark.parametrize(("claims", "holds"), KEYCLOAK)
async def test_where_access_tokens_are_plain_jwt_an_id_token_is_known_by_its_claims(
    issuer: Issuer, claims: dict[str, Any], holds: bool
) -> None:
    foreign = Tokens(issuer.url, AUDIENCE, type="JWT")
    token = issuer.signed({"typ": "JWT"}, **claims)
    if holds:
        assert (await foreign.check(token)).subject == "u"
    else:
        with pytest.raises(NotSignedIn):
            await foreign.check(token)
    with pytest.raises(NotSignedIn):
        await foreign.check(issuer.signed({"typ": "at+jwt"}, **claims))


async def test_a_genuine_token_waited_behind_forged_ones(
    issuer: Issuer, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keys, "REFETCH", 0.0)
    await tokens.check(issuer.token("first"))
    issuer.answers.clear()
    waiting = [asyncio.create_task(tokens.check(forged(issuer, f"unknown{n}"))) for n in range(20)]
    await until(lambda: issuer.asked == 2, what="the forged ones made it look")
    async with asyncio.timeout(1):
        assert (await tokens.check(issuer.token("genuine"))).subject == "genuine"
    assert not any(task.done() for task in waiting)
    issuer.answers.set()
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotSignedIn}
    assert issuer.asked == 2, "one look for all"


async def test_unknown_keys_are_looked_for_once_a_second(issuer: Issuer, tokens: Tokens) -> None:
    await tokens.check(issuer.token("u"))
    looked_at = tokens.keys._looked_at
    many = (tokens.check(forged(issuer, "unknown", n)) for n in range(20))
    answers = await asyncio.gather(*many, return_exceptions=True)
    assert {type(answer) for answer in answers} == {NotSignedIn}
    assert issuer.asked == 2
    assert tokens.keys._looked_at - looked_at >= keys.REFETCH


async def test_a_key_that_came_within_the_last_second_counts(issuer: Issuer, tokens: Tokens) -> None:
    """As after a rotation: its first token must not be refused because the keys have just been looked at."""
    await tokens.check(issuer.token("u"))
    new = a_key("new")
    issuer.keys = [issuer.key, new]
    assert (await tokens.check(issuer.signed({"kid": "new"}, key=new))).subject


async def test_an_issuer_that_fails_is_not_asked_at_every_request(issuer: Issuer, tokens: Tokens) -> None:
    issuer.broken = True
    for n in range(5):
        with pytest.raises(Unavailable):
            await tokens.check(issuer.token("u", number=n))
    assert issuer.asked == 1
    issuer.broken = False
    tokens.keys._looked_at -= keys.REFETCH
    assert (await tokens.check(issuer.token("u"))).subject == "u"


async def test_known_keys_count_while_the_issuer_is_away(issuer: Issuer, tokens: Tokens) -> None:
    await tokens.check(issuer.token("u"))
    issuer.broken = True
    tokens.keys._looked_at -= keys.OLD
    for n in range(3):
        assert (await tokens.check(issuer.token("u", number=n))).subject == "u"
    await until(lambda: issuer.asked == 2 and tokens.keys._fetching is None, what="it has looked, beside")
    assert (await tokens.check(issuer.token("u", number=9))).subject == "u"


async def test_a_new_key_is_known_at_once_and_a_withdrawn_one_no_more(issuer: Issuer, tokens: Tokens) -> None:
    before, after = issuer.token("u"), issuer.signed({"kid": "second"}, key=(second := a_key("second")))
    await tokens.check(before)
    issuer.keys = [issuer.key, second]
    tokens.keys._looked_at -= keys.REFETCH
    for token in (after, before):
        assert (await tokens.check(token)).subject == "u"
    issuer.keys = [second]
    tokens.keys._looked_at -= keys.OLD
    await tokens.check(issuer.signed({"kid": "second"}, key=second, number=1))
    await until(lambda: issuer.asked == 3 and tokens.keys._fetching is None, what="it has looked, beside")
    with pytest.raises(NotSignedIn):
        await tokens.check(before)


async def test_a_token_without_kid_is_by_the_only_key(issuer: Issuer, tokens: Tokens) -> None:
    await tokens.check(issuer.token("u"))
    assert (await tokens.check(issuer.signed({"kid": None}))).subject == "u"
    issuer.keys = [issuer.key, a_key("second")]
    tokens.keys._looked_at -= keys.OLD
    await tokens.check(issuer.token("u", number=1))
    await until(lambda: issuer.asked == 2 and tokens.keys._fetching is None)
    with pytest.raises(NotSignedIn):
        await tokens.check(issuer.signed({"kid": None}, number=1))


async def test_the_kits_own_issuer_still_signs_in(toys: World) -> None:
    assert (await toys.runtime("toy").tokens.check(the_issuer().token("u"))).subject == "u"
