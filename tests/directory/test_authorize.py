"""Signing in by a page with a code and PKCE: the way there and back, and every way that is refused."""

import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from services.directory.tokens import throttle
from services.directory.tokens.codes import SECONDS
from tests.directory.browser import ASKED, VERIFIER, Browser, arrived, fields
from tests.directory.conftest import BACK, HOME, Town
from tests.directory.test_tokens import part, status_with
from tests.kit.signing_in import PASSWORD


@pytest.fixture
def browser(town: Town) -> Browser:
    return Browser(town)


def issuer(town: Town) -> str:
    return town.world.runtime("directory").settings.oidc_issuer


async def verified(town: Town, id_token: str) -> jwt.Token:
    async with town.nobody() as client:
        keys = KeySet.import_key_set((await client.get("/v1/jwks")).json())
    return jwt.decode(id_token, keys, algorithms=["ES256"])


async def test_a_person_signs_in_and_the_page_gets_both_tokens(town: Town, browser: Browser) -> None:
    shown = await browser.open()
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "no-store")
    sent = await browser.type_in(shown, "clerk.liu")
    assert sent.headers["location"].startswith(f"{BACK}?")
    told = arrived(sent)
    assert (told["state"], told["iss"], set(told)) == (ASKED["state"], issuer(town), {"code", "state", "iss"})
    answer = await browser.exchange(told["code"])
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 8 * 3600, "openid")
    assert "refresh_token" not in body
    access = part(body["access_token"], 1)
    assert (access["client_id"], access["aud"]) == ("console", "lianzhi")
    assert await status_with(town, body["access_token"]) == 200
    token = await verified(town, body["id_token"])
    claims: dict[str, Any] = token.claims
    assert token.header["typ"] == "JWT"
    assert (claims["iss"], claims["aud"], claims["sub"]) == (issuer(town), "console", access["sub"])
    assert claims["nonce"] == ASKED["nonce"]
    assert abs(claims["auth_time"] - time.time()) < 30
    assert claims["exp"] - claims["iat"] == 8 * 3600
    assert set(claims) == {"iss", "aud", "sub", "iat", "exp", "auth_time", "nonce"}, "no name travels in a token"


async def test_an_id_token_opens_nothing(town: Town, browser: Browser) -> None:
    body = (await browser.exchange(await browser.sign_in())).json()
    assert await status_with(town, body["id_token"]) == 401


async def test_nonce_and_state_are_left_out_where_they_were_not_given(town: Town, browser: Browser) -> None:
    sent = await browser.type_in(await browser.open(nonce=None, state=None), "clerk.liu")
    assert set(arrived(sent)) == {"code", "iss"}
    body = (await browser.exchange(arrived(sent)["code"])).json()
    assert "nonce" not in (await verified(town, body["id_token"])).claims


async def test_an_address_keeps_its_own_query(browser: Browser) -> None:
    sent = await browser.type_in(await browser.open(client_id="other", redirect_uri=f"{BACK}?from=here"), "clerk.liu")
    assert sent.headers["location"].startswith(f"{BACK}?from=here&code=")


@pytest.mark.parametrize(
    "strange",
    [
        {"client_id": "nobody"},
        {"client_id": None},
        {"redirect_uri": None},
        {"redirect_uri": "http://evil.example/auth/callback"},
        {"redirect_uri": f"{BACK}/"},
        {"redirect_uri": f"{BACK}?a=b"},
        {"redirect_uri": f"{BACK}#x"},
        {"redirect_uri": BACK.upper()},
        {"redirect_uri": BACK.replace("127.0.0.1", "127.0.0.1:8120@evil.example")},
        {"redirect_uri": HOME},
        {"redirect_uri": f"{BACK}?from=here"},
        {"redirect_uri": "javascript:alert(1)"},
    ],
)
async def test_nobody_is_sent_on_to_a_stranger(browser: Browser, strange: dict[str, str | None]) -> None:
    for answer in (await browser.open(**strange), await browser.open(**strange, prompt="none")):
        assert (answer.status_code, "location" in answer.headers) == (400, False)
        assert "没有登记" in answer.text
    page = await browser.open()
    changed = {name: value or "" for name, value in strange.items()}
    answer = await browser.type_in(page, "clerk.liu", **changed)
    assert (answer.status_code, "location" in answer.headers) == (400, False)


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge": "A" * 42}, "invalid_request"),
        ({"code_challenge": "A" * 44}, "invalid_request"),
        ({"code_challenge": "A" * 42 + "="}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"request": "x.y.z"}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
        ({"nonce": "n" * 1025}, "invalid_request"),
        ({"nonce": "a\nb"}, "invalid_request"),
    ],
)
async def test_what_a_page_asks_for_wrongly_it_is_told_at_its_address(
    town: Town, browser: Browser, wrong: dict[str, str | None], error: str
) -> None:
    told = arrived(await browser.open(**wrong))
    assert (told["error"], told["state"], told["iss"]) == (error, ASKED["state"], issuer(town))
    assert "code" not in told
    page = await browser.open()
    form = {**fields(page.text), **{name: value or "" for name, value in wrong.items()}}
    sent = await browser.send("POST", "/v1/authorize", data={**form, "username": "clerk.liu", "password": PASSWORD})
    assert arrived(sent)["error"] == error, "the form is judged as the address was"


async def test_a_parameter_that_is_given_twice_is_refused(browser: Browser) -> None:
    twice = [*ASKED.items(), ("state", "another")]
    told = arrived(await browser.send("GET", "/v1/authorize", params=twice))
    assert (told["error"], "state" in told) == ("invalid_request", False)
    for name in ("client_id", "redirect_uri"):
        answer = await browser.send("GET", "/v1/authorize", params=[*ASKED.items(), (name, ASKED[name])])
        assert answer.status_code == 400


async def test_the_longest_state_comes_back_and_a_longer_one_does_not(browser: Browser) -> None:
    assert (await browser.open(state="s" * 1024)).status_code == 200
    told = arrived(await browser.open(state="s" * 1025))
    assert (told["error"], "state" in told) == ("invalid_request", False)


async def test_a_request_may_come_as_a_form(browser: Browser) -> None:
    assert (await browser.send("POST", "/v1/authorize", data=ASKED)).status_code == 200


@pytest.mark.parametrize(
    ("wrong", "status", "error"),
    [
        ({"code_verifier": "w" * 43}, 400, "invalid_grant"),
        ({"code_verifier": ASKED["code_challenge"]}, 400, "invalid_grant"),
        ({"code_verifier": None}, 400, "invalid_request"),
        ({"redirect_uri": f"{BACK}?from=here"}, 400, "invalid_grant"),
        ({"redirect_uri": None}, 400, "invalid_request"),
        ({"client_id": "other"}, 400, "invalid_grant"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"code": None}, 400, "invalid_request"),
        ({"code": "\x00\ud7ff"}, 400, "invalid_grant"),
    ],
)
async def test_a_code_is_for_its_page_address_and_verifier_only(
    browser: Browser, wrong: dict[str, str | None], status: int, error: str
) -> None:
    refused = await browser.exchange(**{"code": await browser.sign_in(), **wrong})
    assert (refused.status_code, refused.json()["error"]) == (status, error)


async def test_a_code_is_used_once_and_by_a_wrong_verifier_too(browser: Browser) -> None:
    code = await browser.sign_in()
    assert (await browser.exchange(code)).status_code == 200
    replayed = await browser.exchange(code)
    assert (replayed.status_code, replayed.json()["error"]) == (400, "invalid_grant")
    guessed = await browser.sign_in()
    await browser.exchange(guessed, code_verifier="w" * 43)
    assert (await browser.exchange(guessed)).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(("age", "status"), [(SECONDS - 2, 200), (SECONDS, 400)])
async def test_a_code_holds_for_less_than_a_minute(town: Town, browser: Browser, age: int, status: int) -> None:
    code = await browser.sign_in()
    async with town.world.admin("directory") as connection:
        await connection.execute(f"UPDATE sign_in_codes SET made_at = now() - interval '{age} seconds'")
    assert (await browser.exchange(code)).status_code == status


async def test_codes_lie_in_the_table_as_digests_and_not_for_long(town: Town, browser: Browser) -> None:
    code = await browser.sign_in()
    rows = await town.world.fetch("directory", "SELECT * FROM sign_in_codes")
    assert rows
    assert code not in str(rows)
    async with town.world.admin("directory") as connection:
        await connection.execute("UPDATE sign_in_codes SET made_at = now() - interval '2 minutes'")
    await browser.sign_in()
    assert len(await town.world.fetch("directory", "SELECT 1 FROM sign_in_codes")) == 1


async def test_who_has_left_meanwhile_gets_no_token(town: Town, browser: Browser) -> None:
    code = await browser.sign_in("hotline.he")
    async with town.world.admin("directory") as connection:
        closing = "UPDATE accounts SET status = $1 FROM identities WHERE account = id AND login = 'hotline.he'"
        await connection.execute(closing, "closed")
        assert (await browser.exchange(code)).json()["error"] == "invalid_grant"
        await connection.execute(closing, "staff")


async def test_a_system_cannot_sign_in_by_the_page(browser: Browser) -> None:
    refused = await browser.type_in(await browser.open(), "system.police")
    assert (refused.status_code, "用户名或密码不正确" in refused.text) == (400, True)


async def test_wrong_tries_count_as_everywhere_and_the_page_says_how_long_to_wait(town: Town) -> None:
    browser, who = Browser(town, address="198.51.100.7"), "grid.luo"
    for _ in range(throttle.FREE):
        refused = await browser.type_in(await browser.open(), who, "wrong")
        assert (refused.status_code, "location" in refused.headers) == (400, False)
        assert "wrong" not in refused.text, "what was typed does not come back"
    blocked = await browser.type_in(await browser.open(), who)
    assert (
        blocked.status_code,
        "请在" in blocked.text,
        "秒后再试" in blocked.text or "分钟后再试" in blocked.text,
    ) == (
        429,
        True,
        True,
    )
    assert throttle.FIRST_PAUSE - 5 < int(blocked.headers["Retry-After"]) <= throttle.FIRST_PAUSE


async def test_a_form_from_elsewhere_signs_nobody_in(town: Town, browser: Browser) -> None:
    page = await browser.open()
    stranger = Browser(town)
    for other in (stranger, Browser(town, cookies=httpx.Cookies({"lianzhi_sign_in": "0" * 32}))):
        answer = await other.type_in(page, "clerk.liu")
        assert (answer.status_code, "页面已失效" in answer.text) == (400, True)
    assert arrived(await browser.type_in(page, "clerk.liu"))["code"]


async def test_two_tabs_of_one_browser_do_not_spoil_each_other(browser: Browser) -> None:
    first, second = await browser.open(state="first"), await browser.open(state="second")
    for page, state in ((first, "first"), (second, "second")):
        assert arrived(await browser.type_in(page, "clerk.liu"))["state"] == state


async def test_signing_out_leads_back_to_a_registered_address_only(town: Town, browser: Browser) -> None:
    id_token = (await browser.exchange(await browser.sign_in())).json()["id_token"]
    about = {"post_logout_redirect_uri": HOME, "state": "s"}
    for method, where in (("GET", "params"), ("POST", "data")):
        for by in ({"client_id": "console"}, {"id_token_hint": id_token}):
            answer = await browser.send(method, "/v1/end-session", **{where: {**about, **by}})
            assert (answer.status_code, answer.headers.get("location")) == (303, f"{HOME}?state=s")
    for wrong in (
        {"post_logout_redirect_uri": HOME},
        {"post_logout_redirect_uri": HOME, "client_id": "other"},
        {"post_logout_redirect_uri": BACK, "client_id": "console"},
        {"post_logout_redirect_uri": HOME, "id_token_hint": id_token[:-4] + "AAAA"},
    ):
        answer = await browser.send("GET", "/v1/end-session", params=wrong)
        assert (answer.status_code, "location" in answer.headers) == (400, False), wrong
    assert (await browser.send("GET", "/v1/end-session")).status_code == 200


async def test_discovery_says_what_can_be_done(town: Town) -> None:
    async with town.nobody() as client:
        found = (await client.get("/.well-known/openid-configuration")).json()
    assert found["authorization_endpoint"] == f"{issuer(town)}/v1/authorize"
    assert found["end_session_endpoint"] == f"{issuer(town)}/v1/end-session"
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert found["authorization_response_iss_parameter_supported"] is True
    assert "none" in found["token_endpoint_auth_methods_supported"]
    assert len(VERIFIER) == 43
