"""What every service says of itself at /openapi.json and /docs is what its callers meet."""

import re

import pytest

from deploy.registry import SERVICES
from shared.web.described import PROBLEM
from tests.house.test_permissions import doors
from tests.kit.world import World

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("name", SERVICES)
async def test_every_route_declares_its_refusals_as_problems_and_not_the_frameworks(district: World, name: str):
    async with district.client(name) as client:
        document = (await client.get("/openapi.json")).json()
    assert "ValidationError" not in str(document)
    assert document["components"]["schemas"]["Problem"] == PROBLEM
    lacking = []
    for door in doors():
        path = door.path.replace(":path}", "}")
        if door.service != name or path not in document["paths"]:
            continue
        answers = document["paths"][path][door.method.lower()]["responses"]
        wanted = set()
        if door.gate is not None:
            wanted |= {"401", "503"}
        if "{" in door.path:
            wanted |= {"404", "422"}
        if door.method != "GET":
            wanted |= {"409", "413", "422", "429", "503"}
        lacking += [f"{door} {status}" for status in sorted(wanted - answers.keys())]
        problems = {status: answers[status]["content"] for status in answers if status >= "400"}
        if door.gate is not None:  # signing in answers as OAuth does
            assert all(set(content) == {"application/problem+json"} for content in problems.values())
    assert lacking == []


async def test_the_page_needs_no_other_host(district: World):
    async with district.client("intake") as client:
        page = (await client.get("/docs")).text
        assert "http://" not in page
        assert "https://" not in page
        for path in re.findall(r'(?:href|src)="([^"]+)"', page):
            answer = await client.get("/" + path)
            assert answer.status_code == 200, path
        assert (await client.get("/docs/passwd")).status_code == 404


@pytest.mark.parametrize(("language", "title"), [("zh", "没有这个地址"), ("en", "There is no such address")])
async def test_an_unknown_address_and_a_wrong_method_have_a_code_and_a_language(
    district: World, language: str, title: str
):
    async with district.client("dispatch", language=language) as client:
        unknown, wrong = await client.get("/v1/nothing"), await client.get("/v1/handoffs/x/accept")
    assert (unknown.status_code, unknown.json()["code"], unknown.json()["title"]) == (404, "no-such-route", title)
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method-not-allowed")
    assert wrong.headers["allow"] == "POST"
