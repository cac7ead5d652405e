"""Every service with a console in front of it, and a real browser to look at it with."""

import json
import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright, expect

from deploy import browser as chromium
from deploy.embedded.ports import free_ports
from tests.kit.servers import own_servers
from tests.kit.signing_in import PASSWORD
from tests.kit.witness import told, witness
from tests.kit.world import World, everyone, running

GRID = "50010400200303"
OFFLINE = "ERR_INTERNET_DISCONNECTED"
"""What a browser says of itself where a test has taken it off the line."""
expect.set_options(timeout=30_000)


@dataclass
class Console:
    """`url`: where it is served; `world`: the services behind it."""

    url: str
    world: World
    browser: Browser

    @asynccontextmanager
    async def window(
        self, as_: str | None = None, language: str = "zh", theme: str = "light", width: int = 1366
    ) -> AsyncIterator[Page]:
        """A window of its own; signed in as that person, by the issuer's page."""
        context = await self.browser.new_context(viewport={"width": width, "height": 768}, locale="zh-CN")
        tastes = {"lianzhi_language": language, "lianzhi_theme": theme}
        await context.add_cookies([{"name": n, "value": v, "url": self.url} for n, v in tastes.items()])
        context.set_default_timeout(60_000)
        page = await context.new_page()
        noticed: list[str] = []
        page.on("pageerror", lambda error: noticed.append(str(error)))
        page.on("console", lambda said: noticed.append(said.text) if said.type == "error" else None)
        if as_:
            await sign_in(page, self.url, as_)
        try:
            yield page
            assert [said for said in noticed if OFFLINE not in said] == [], "the browser's console stays silent"
        finally:
            await context.close()

    async def a_case(self, category: str = "sanitation.drain", area: str = GRID, text: str = "污水外溢。") -> str:
        """Reported and accepted, without a screen; its code."""
        body = {"category": category, "area": area, "text": text, "channel": "mobile"}
        async with self.world.client("intake", "clerk.liu") as clerk:
            report = await clerk.post("/v1/reports", json={**body, "accept": True})
            assert report.status_code == 201, report.text
            whole = (await clerk.get(f"/v1/reports/{report.json()['report_id']}")).json()
        async with self.world.client("dispatch", "dispatch.cheng") as someone:
            case = await someone.get(f"/v1/cases/{whole['case_id']}", headers={"Prefer": "wait=15"})
        assert case.status_code == 200, case.text
        return str(case.json()["code"])

    async def does(self, who: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        """A step by dispatch's API."""
        async with self.world.client("dispatch", who) as someone:
            answer = await someone.post(f"/v1/{path}", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def open(self, page: Page, path: str) -> None:
        await page.goto(self.url + path)
        await expect(page.locator(".screen h1, .plain-page h1, .screen .empty").first).to_be_visible()


async def sign_in(page: Page, url: str, who: str) -> None:
    await page.goto(f"{url}/auth/sign-in")
    await page.fill("input[name=username]", who)
    await page.fill("input[name=password]", PASSWORD)
    await page.click("form button[type=submit]")
    await page.wait_for_url(f"{url}/**")


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def console(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Console]:
    found = chromium.found()
    if found is None:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(chromium.TO_INSTALL)
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    client = {"redirect_uris": [f"{url}/auth/callback"], "post_logout_redirect_uris": [f"{url}/welcome"]}
    with pytest.MonkeyPatch.context() as environment, own_servers() as servers:
        environment.setenv("OIDC_CLIENTS", json.dumps({"console": client}))
        async with witness(tmp_path_factory.mktemp("witness")) as beside, async_playwright() as playwright:
            with told(beside.environment()):
                async with running(*everyone(), servers=servers) as world, _served(url, port, world):
                    browser = await playwright.chromium.launch(executable_path=found, args=chromium.ARGUMENTS)
                    yield Console(url, world, browser)
                    await browser.close()


@asynccontextmanager
async def _served(url: str, port: int, world: World) -> AsyncIterator[None]:
    """In a process of its own, as it runs for its users."""
    environment = os.environ | {
        "CONSOLE_KEY": b64encode(bytes(32)).decode(),
        "CONSOLE_URL": url,
        "PORT": str(port),
        "OIDC_ISSUER": world.gatekeeper.issuer,
        "SERVICE_URLS": json.dumps(dict(world.urls)),
        "LOG_LEVEL": "WARNING",
    }
    root = Path(__file__).parents[2]
    process = subprocess.Popen([sys.executable, "-m", "services.console"], env=environment, cwd=root)
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as asking:
            await world.until(lambda: _answers(asking), 30, "the console answers")
        yield
    finally:
        process.terminate()
        process.wait(15)


async def _answers(asking: httpx.AsyncClient) -> bool:
    try:
        return (await asking.get("/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False
