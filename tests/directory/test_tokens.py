"""Signing in: the token endpoint, what a token proves and what it does not."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import pytest
import typer
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from deploy.cli.token import sign_in
from services.directory.tokens import throttle
from services.directory.tokens.issue import SignIn
from services.directory.tokens.keys import Keys
from shared.identity.tokens import LEEWAY, Tokens
from shared.refusals.refusals import NotSignedIn, Unavailable
from tests.directory.conftest import PASSWORD, Town

EIGHT_HOURS = 8 * 3600


def part(token: str, which: int) -> dict[str, Any]:
    text = token.split(".")[which]
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    return found


def encoded(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


async def status_with(town: Town, token: str) -> int:
    async with town.nobody() as client:
        return (await client.get("/v1/people/me", headers={"Authorization": f"Bearer {token}"})).status_code


async def signed(town: Town, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """By the true key, with header and claims that may be wrong; a claim of None is left out."""
    true = await town.token("clerk.liu")
    kid, key = await town.world.runtime("directory").extra(SignIn).keys.signing()
    given = {name: value for name, value in {**part(true, 1), **claims}.items() if value is not None}
    return jwt.encode({"alg": "ES256", "typ": "at+jwt", "kid": kid, **(header or {})}, given, key, algorithms=["ES256"])


async def test_a_person_gets_a_token_for_eight_hours(town: Town) -> None:
    answer = await town.sign_in("clerk.liu")
    assert answer.status_code == 200
    assert (answer.headers["Cache-Control"], answer.headers["Pragma"]) == ("no-store", "no-cache")
    body = answer.json()
    assert (body["token_type"], body["expires_in"]) == ("Bearer", EIGHT_HOURS)
    header, claims = part(body["access_token"], 0), part(body["access_token"], 1)
    assert (header["alg"], header["typ"]) == ("ES256", "at+jwt")
    assert claims["exp"] - claims["iat"] == EIGHT_HOURS
    assert abs(claims["iat"] - time.time()) < 10
    assert (claims["aud"], claims["department"]) == ("lianzhi", "governance_center")
    assert claims["iss"] == town.world.runtime("directory").settings.oidc_issuer
    assert "clerk" not in claims["sub"]
    assert await status_with(town, body["access_token"]) == 200


async def test_a_system_signs_in_by_basic_or_form_for_one_hour(town: Town) -> None:
    basic = await town.client_token("system.police")
    form = {"grant_type": "client_credentials", "client_id": "system.police", "client_secret": PASSWORD}
    async with town.nobody() as client:
        posted = await client.post("/v1/token", data=form)
    for answer in (basic, posted):
        assert (answer.status_code, answer.json()["expires_in"]) == (200, 3600)
        assert part(answer.json()["access_token"], 1)["department"] == "police_bureau"


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({}, 400, "invalid_request"),
        ({"grant_type": "implicit"}, 400, "unsupported_grant_type"),
        ({"grant_type": "password", "username": "clerk.liu"}, 400, "invalid_request"),
        ({"grant_type": "password", "username": "system.police", "password": PASSWORD}, 400, "invalid_grant"),
        (
            {"grant_type": "client_credentials", "client_id": "audit.yan", "client_secret": PASSWORD},
            401,
            "invalid_client",
        ),
        ({"grant_type": "password", "username": "nobody\x00here", "password": "x"}, 400, "invalid_grant"),
        ({"grant_type": "password", "username": "nobody", "password": "x" * 5000}, 400, "invalid_grant"),
    ],
)
async def test_errors_come_in_oauths_form(town: Town, form: dict[str, str], status: int, error: str) -> None:
    async with town.nobody() as client:
        answer = await client.post("/v1/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert set(answer.json()) == {"error", "error_description"}
    if status == 401:
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


async def test_a_body_that_is_no_form_is_an_invalid_request(town: Town) -> None:
    async with town.nobody() as client:
        answers = [
            await client.post("/v1/token", json={"grant_type": "password"}),
            await client.post(
                "/v1/token", data={"grant_type": "client_credentials"}, headers={"Authorization": "Basic %%%"}
            ),
        ]
    assert [(a.status_code, a.json()["error"]) for a in answers] == [(400, "invalid_request")] * 2


async def test_discovery_names_keys_without_their_private_part(town: Town) -> None:
    async with town.nobody() as client:
        found = (await client.get("/.well-known/openid-configuration")).json()
        keys = (await client.get("/v1/jwks")).json()["keys"]
    assert found["jwks_uri"] == f"{found['issuer']}/v1/jwks"
    assert keys
    assert all("d" not in key and (key["alg"], key["use"], key["crv"]) == ("ES256", "sig", "P-256") for key in keys)


async def test_a_token_without_signature_is_refused(town: Town) -> None:
    true = await town.token("clerk.liu")
    for algorithm in ("none", "None", ""):
        header = encoded({**part(true, 0), "alg": algorithm})
        assert await status_with(town, f"{header}.{true.split('.')[1]}.") == 401
        assert await status_with(town, f"{header}.{true.split('.')[1]}.{true.split('.')[2]}") == 401


async def test_a_token_signed_with_the_public_key_as_a_secret_is_refused(town: Town) -> None:
    kid, key = await town.world.runtime("directory").extra(SignIn).keys.signing()
    claims = part(await town.token("clerk.liu"), 1)
    for secret in (
        key.as_pem(private=False),
        key.as_der(private=False),
        json.dumps(key.as_dict(private=False)).encode(),
    ):
        header = {"alg": "HS256", "typ": "at+jwt", "kid": kid}
        forged = jwt.encode(header, claims, OctKey.import_key(base64.b64encode(secret).decode()), algorithms=["HS256"])
        assert await status_with(town, forged) == 401


async def test_a_forged_token_is_refused(town: Town) -> None:
    true = await town.token("clerk.liu")
    header, claims, signature = true.split(".")
    admin = encoded({**part(true, 1), "sub": part(await town.token("admin.ran"), 1)["sub"]})
    other_key = ECKey.generate_key("P-256", {"kid": part(true, 0)["kid"]})
    with_it = {"alg": "ES256", "typ": "at+jwt", "kid": part(true, 0)["kid"]}
    for forged in (
        f"{header}.{admin}.{signature}",
        f"{header}.{claims}.{signature[:-4]}AAAA",
        f"{header}.{claims}.",
        jwt.encode(with_it, part(true, 1), other_key, algorithms=["ES256"]),
        jwt.encode(
            {**with_it, "jwk": other_key.as_dict(private=False)},
            part(true, 1),
            other_key,
            algorithms=["ES256"],
        ),
    ):
        assert await status_with(town, forged) == 401


@pytest.mark.parametrize("nonsense", ["x", "a.b.c", "...", "e30.e30.e30", "%F0", "a" * 7000])
async def test_nonsense_is_refused(town: Town, nonsense: str) -> None:
    assert await status_with(town, nonsense) == 401


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": None},
        {"iss": "https://elsewhere.example"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"exp": "tomorrow"},
    ],
)
async def test_a_token_by_or_for_somebody_else_is_refused(town: Town, wrong: dict[str, Any]) -> None:
    assert await status_with(town, await signed(town, **wrong)) == 401


@pytest.mark.parametrize("type", ["id+jwt", "dpop+jwt", "logout+jwt"])
async def test_another_kind_of_token_is_refused(town: Town, type: str) -> None:
    assert await status_with(town, await signed(town, {"typ": type})) == 401


@pytest.mark.parametrize(("ago", "status"), [(LEEWAY - 10, 200), (LEEWAY + 1, 401)])
async def test_a_token_expires_with_a_leeway(town: Town, ago: int, status: int) -> None:
    assert await status_with(town, await signed(town, exp=int(time.time()) - ago)) == status


@pytest.mark.parametrize(("ahead", "status"), [(LEEWAY - 10, 200), (LEEWAY + 10, 401)])
async def test_a_token_is_not_valid_before_its_time(town: Town, ahead: int, status: int) -> None:
    assert await status_with(town, await signed(town, nbf=int(time.time()) + ahead)) == status


async def test_the_boundary_of_expiry_is_exact(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = town.world.runtime("directory").settings
    token = await signed(town)
    expires = part(token, 1)["exp"]
    tokens = Tokens(settings.oidc_issuer, settings.oidc_audience)
    await tokens.check(token)
    monkeypatch.setattr("shared.identity.tokens.time.time", lambda: expires + LEEWAY - 0.001)
    await tokens.check(token)
    monkeypatch.setattr("shared.identity.tokens.time.time", lambda: float(expires + LEEWAY))
    with pytest.raises(NotSignedIn):
        await tokens.check(token)


async def test_a_key_that_nobody_knows_is_refused(town: Town) -> None:
    assert await status_with(town, await signed(town, {"kid": "unknown"})) == 401


async def test_after_rotation_old_tokens_hold_until_they_expire(town: Town) -> None:
    before = await town.token("clerk.liu")
    async with await town.as_("admin.ran") as admin:
        rotated = await admin.post("/v1/keys/rotate")
        assert rotated.status_code == 201
        kid = rotated.json()["kid"]
    after = (await town.sign_in("clerk.liu")).json()["access_token"]
    assert part(after, 0)["kid"] == kid != part(before, 0)["kid"]
    await town.world.until(lambda: _accepted(town, after))
    fresh = Tokens(town.world.runtime("directory").settings.oidc_issuer, "lianzhi")
    for token in (before, after):
        assert await status_with(town, token) == 200
        await fresh.check(token)
    await _the_old_key_goes_in_time(town, part(before, 0)["kid"], kid)


async def test_a_key_in_others_hands_is_revoked_and_its_tokens_hold_no_longer(town: Town) -> None:
    stolen = await town.token("clerk.liu")
    kid = part(stolen, 0)["kid"]
    elsewhere = Tokens(town.world.runtime("directory").settings.oidc_issuer, "lianzhi")
    await elsewhere.check(stolen)
    async with await town.as_("clerk.liu") as clerk:
        assert (await clerk.post(f"/v1/keys/{kid}/revoke")).status_code == 403
    admin = await town.as_("admin.ran")
    assert (await admin.post("/v1/keys/no-such-key/revoke")).status_code == 404
    revoked = await admin.post(f"/v1/keys/{kid}/revoke")
    assert (revoked.status_code, revoked.json()["revoked"]) == (200, kid), revoked.text
    async with town.nobody() as client:
        assert kid not in {key["kid"] for key in (await client.get("/v1/jwks")).json()["keys"]}
    await town.world.until(lambda: _refused(town, stolen), 15)
    await elsewhere.keys.renew()
    with pytest.raises(NotSignedIn):
        await elsewhere.check(stolen)
    await elsewhere.keys.close()
    town.tokens.clear()
    assert part(await town.token("clerk.liu"), 0)["kid"] == revoked.json()["kid"]
    again = await (await town.as_("admin.ran")).post(f"/v1/keys/{kid}/revoke")
    assert again.status_code == 404


async def _refused(town: Town, token: str) -> bool:
    return await status_with(town, token) == 401


async def _the_old_key_goes_in_time(town: Town, old: str, new: str) -> None:
    keys = town.world.runtime("directory").extra(SignIn).keys
    moved = "UPDATE signing_keys SET made_at = made_at - $1::interval"
    async with town.world.admin("directory") as connection:
        for moment, there in (("8 hours 4 minutes", True), ("2 minutes", False)):
            await connection.execute(moved.replace("$1", f"'{moment}'"))
            assert (old in {key["kid"] for key in await keys.published()}) is there
        await connection.execute("UPDATE signing_keys SET made_at = made_at + interval '8 hours 6 minutes'")
    assert (await keys.signing())[0] == new


async def _accepted(town: Town, token: str) -> bool:
    return await status_with(town, token) == 200


async def test_all_replicas_sign_with_the_same_key(town: Town) -> None:
    runtime = town.world.runtime("directory")
    other = Keys(runtime.database, runtime.vault)
    assert (await other.signing())[0] == (await runtime.extra(SignIn).keys.signing())[0]


async def test_private_keys_are_sealed_in_the_table(town: Town) -> None:
    runtime = town.world.runtime("directory")
    kid, key = await runtime.extra(SignIn).keys.signing()
    row = (await town.world.fetch("directory", "SELECT * FROM signing_keys WHERE kid = $1", kid))[0]
    private = key.as_dict(private=True)["d"]
    assert isinstance(private, str)
    assert private not in row["public"]
    assert private.encode() not in row["sealed"]
    wrong = Keys(runtime.database, type(runtime.vault)(b"x" * 32))
    with pytest.raises(Unavailable):
        await wrong.signing()


async def sign_in_from(town: Town, address: str, who: str, password: str = PASSWORD) -> httpx.Response:
    transport = httpx.ASGITransport(town.world.apps["directory"], client=(address, 50_000))
    form = {"grant_type": "password", "username": who, "password": password}
    async with httpx.AsyncClient(transport=transport, base_url="http://directory") as client:
        return await client.post("/v1/token", data=form)


async def test_after_five_wrong_tries_one_waits(town: Town) -> None:
    who = "greening.none"
    for _ in range(throttle.FREE):
        assert (await town.sign_in(who, "wrong")).status_code == 400
    blocked = await town.sign_in(who, "wrong")
    assert (blocked.status_code, blocked.json()["error"]) == (429, "slow_down")
    assert throttle.FIRST_PAUSE - 5 < int(blocked.headers["Retry-After"]) <= throttle.FIRST_PAUSE


async def test_whoever_guesses_waits_with_the_right_password_too_and_longer_each_time(town: Town) -> None:
    who = "health.kang"
    for _ in range(throttle.FREE - 1):
        await town.sign_in(who, "wrong")
    assert (await town.sign_in(who)).status_code == 200
    for _ in range(throttle.FREE):
        await town.sign_in(who, "wrong")
    assert (await town.sign_in(who)).status_code == 429
    await _later(town, throttle.FIRST_PAUSE - 5)
    assert (await town.sign_in(who)).status_code == 429
    await _later(town, 5)
    assert (await town.sign_in(who, "wrong")).status_code == 400
    doubled = await town.sign_in(who)
    assert int(doubled.headers["Retry-After"]) > throttle.FIRST_PAUSE
    await _later(town, 2 * throttle.FIRST_PAUSE)
    assert (await town.sign_in(who)).status_code == 200
    assert (await town.sign_in(who, "wrong")).status_code == 400


async def test_nobody_is_kept_out_by_somebody_who_guesses_elsewhere(town: Town) -> None:
    who, office, elsewhere = "labour.zhong", "10.1.0.7", "203.0.113.9"
    for _ in range(throttle.FREE + 3):
        await sign_in_from(town, elsewhere, who, "wrong")
    assert (await sign_in_from(town, elsewhere, who)).status_code == 429
    assert (await sign_in_from(town, office, who)).status_code == 200, "a first time from here"
    for number in range(throttle.FREE_ELSEWHERE):
        await sign_in_from(town, f"198.51.100.{number}", who, "wrong")
    assert (await sign_in_from(town, "198.51.100.200", who)).status_code == 429, "guessed from many places"
    assert (await sign_in_from(town, office, who)).status_code == 200, "a place known to be good"
    assert (await sign_in_from(town, office, who, "wrong")).status_code == 400
    assert (await sign_in_from(town, office, who)).status_code == 200


async def test_one_subscribers_many_addresses_are_one_place(town: Town) -> None:
    for number in range(throttle.FREE):
        await sign_in_from(town, f"2001:db8::{number}", "civil.none", "wrong")
    assert (await sign_in_from(town, "2001:db8::ffff", "civil.none", "wrong")).status_code == 429
    assert (await sign_in_from(town, "2001:db8:0:1::1", "civil.none", "wrong")).status_code == 400


async def _later(town: Town, seconds: int) -> None:
    async with town.world.admin("directory") as connection:
        await connection.execute(f"UPDATE wrong_tries SET last_at = last_at - interval '{seconds} seconds'")


async def test_tries_that_come_together_do_not_pass_the_count(town: Town) -> None:
    answers = await asyncio.gather(*(town.sign_in("education.wen", f"guess {n}") for n in range(20)))
    tried = sum(answer.status_code == 400 for answer in answers)
    assert throttle.FREE <= tried <= throttle.FREE + 1


async def test_many_right_sign_ins_at_once_all_pass(town: Town) -> None:
    answers = await asyncio.gather(*(town.sign_in("transport.lei") for _ in range(12)))
    assert {answer.status_code for answer in answers} == {200}


async def test_whoever_does_not_exist_takes_as_long(town: Town) -> None:
    async def seconds(who: str) -> float:
        started = time.perf_counter()
        await town.sign_in(who, "wrong")
        return time.perf_counter() - started

    await seconds("nobody.one")
    there = min([await seconds("market.pan") for _ in range(3)])
    not_there = min([await seconds("nobody.two") for _ in range(3)])
    assert 0.4 < there / not_there < 2.5


async def test_people_change_their_own_password(town: Town) -> None:
    who, new = "ecology.du", "a password of one's own"
    async with await town.as_(who) as client:
        for form in ({"current": PASSWORD, "new": "short"}, {"current": "wrong", "new": new}):
            assert (await client.post("/v1/people/me/password", json=form)).status_code == 422
        changed = await client.post("/v1/people/me/password", json={"current": PASSWORD, "new": new})
        assert changed.status_code == 204
    assert (await town.sign_in(who)).status_code == 400
    assert (await town.sign_in(who, new)).status_code == 200
    kept = "SELECT hash FROM credentials c JOIN identities i ON i.account = c.account WHERE i.login = $1"
    rows = await town.world.fetch("directory", kept, who)
    assert [row["hash"].startswith("$argon2id$") for row in rows] == [True]


async def test_the_command_prints_a_token_or_says_why_not(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    url = town.world.urls["directory"]
    for who in ("supervise.mao", "system.city"):
        answer = await asyncio.to_thread(sign_in, url, who, PASSWORD)
        assert await status_with(town, answer["access_token"]) == 200
    with pytest.raises(typer.Exit):
        await asyncio.to_thread(sign_in, url, "nobody.three", PASSWORD)
    assert "No token for nobody.three: user name or password is wrong" in capsys.readouterr().err
