"""The short way through a route refuses and answers as FastAPI's own."""

import httpx
import pytest
from fastapi.routing import APIRoute

from deploy.registry import load_service
from shared.web.app import create_app
from shared.web.lean import shorten
from shared.web.settings import Settings
from tests.kit.world import World

JSON = {"Content-Type": "application/json"}
ADD = "/v1/counters/lean/add"


async def ask(toys: World, body: bytes, headers: dict[str, str]) -> httpx.Response:
    async with toys.client("toy") as client:
        return await client.post(ADD, content=body, headers=headers)


@pytest.mark.parametrize(
    ("body", "headers", "status", "words"),
    [
        (b'{"amount": 1}', JSON, 201, None),
        (b'{"amount": 1}', {"Content-Type": "application/merge-patch+json; charset=utf-8"}, 201, None),
        (b'{"amount": 1}', {"Content-Type": "text/plain"}, 422, "应以 application/json 提交"),
        (b'{"amount": 1}', {}, 422, "应以 application/json 提交"),
        (b"", JSON, 422, "缺少该项"),
        (b"{", JSON, 422, "不是有效的 JSON"),
        (b"{}", JSON, 422, "amount"),
        (b'{"amount": 1, "more": 2}', JSON, 422, "more"),
        (b'{"amount": "NaN"}', JSON, 422, "amount"),
        (b'{"amount": NaN}', JSON, 422, "格式"),
        (b'{"amount": "\\ud800"}', JSON, 422, "JSON"),
        (b"\xff", JSON, 422, "JSON"),
        (b"[" * 100_000, JSON, 422, "JSON"),
    ],
)
async def test_a_body_is_read_or_refused_by_name(
    toys: World, body: bytes, headers: dict[str, str], status: int, words: str | None
) -> None:
    answer = await ask(toys, body, headers)
    assert answer.status_code == status
    if words:
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.text


async def test_other_methods_and_paths_are_refused_as_before(toys: World) -> None:
    async with toys.client("toy") as client:
        assert (await client.get(ADD)).status_code == 405
        assert (await client.get("/v1/nothing")).status_code == 404
        assert (await client.get("/v1/counters//add")).status_code in (404, 405)


def test_the_routes_of_every_day_go_the_short_way() -> None:
    settings = Settings(database_url="postgresql://x", kafka_bootstrap="x", oidc_issuer="x", master_key="A" * 43 + "=")
    routes = [
        route
        for name in ("intake", "dispatch", "police")
        for route in create_app(load_service(name), settings).router.routes
        if isinstance(route, APIRoute) and route.methods == {"POST"}
    ]
    for path in ("/v1/reports", "/v1/handoffs/{handoff_id}/accept", "/v1/handoffs/{handoff_id}/complete"):
        assert [shorten(route) for route in routes if route.path == path] == [True]
