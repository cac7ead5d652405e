"""Bad input on every route: a named refusal, nothing broken, nothing personal echoed."""

import pytest

from deploy.registry import SERVICES
from tests.house.routes import STREAMS, doors
from tests.house.test_permissions import _parameters
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")

CANARY = "欧阳金丝雀"
BODIES = {
    "nothing": b"",
    "not JSON": b"{",
    "not UTF-8": b'{"text": "\xff\xfe"}',
    "a list": b"[1, 2, 3]",
    "a string": b'"text"',
    "too deep": b"[" * 20_000 + b"]" * 20_000,
    "not a number": b'{"days": NaN, "version": 1e400}',
    "a huge number": b'{"days": 123456789012345678901234567890}',
    "NUL in a text": b'{"text": "a\\u0000b", "reason": "a\\u0000b", "note": "\\u0000", "result": "\\u0000"}',
    "a lone surrogate": b'{"text": "\\ud800", "reason": "\\ud800", "note": "\\ud800", "result": "\\ud800"}',
    "unknown fields": f'{{"status": "closed", "name": "{CANARY}"}}'.encode(),
    "wrong types": b'{"text": 7, "reason": {}, "note": [], "result": true, "days": "many", "lead": null}',
}
PEOPLE = ("dispatch.cheng", "admin.ran", "city.tang", "clerk.liu", None)
PATHS = ("0", "%00", "..%2f..%2fetc", "' OR 1=1 --", "x" * 3000, "01a20bae-63f3-7001-925c-40e306c4d874.1")


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_refuses_every_bad_body_by_name(district: World, name: str):
    broken = []
    for who in PEOPLE:
        async with district.client(name, who) as someone:
            for door in doors():
                if door.service != name or door.method == "GET":
                    continue
                for what, body in BODIES.items():
                    headers = {"Content-Type": "application/json"}
                    answer = await someone.request(door.method, _filled(door.path, "0"), content=body, headers=headers)
                    if answer.status_code >= 500 or CANARY in answer.text:
                        broken.append(f"{door} with {what}: {answer.status_code}")
    assert broken == []


@pytest.mark.parametrize("name", SERVICES)
async def test_no_path_or_query_breaks_a_reading_route(district: World, name: str):
    broken = []
    async with district.client(name, "dispatch.cheng") as someone:
        for door in doors():
            if door.service != name or door.method != "GET" or "metrics" in door.path or str(door) in STREAMS:
                continue
            for part in PATHS:
                query = f"?limit={part[:20]}&cursor={part}&status={part}&area={part}&at={part}&on={part}"
                for url in (_filled(door.path, part), _filled(door.path, "0") + query):
                    answer = await someone.get(url)
                    if answer.status_code >= 500 and answer.status_code != 503:
                        broken.append(f"{door} at {url[:80]}: {answer.status_code}")
    assert broken == []


def _filled(path: str, value: str) -> str:
    for name in _parameters(path):
        path = path.replace("{" + name + "}", value)
    return path
