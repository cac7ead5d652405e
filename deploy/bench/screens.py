"""The console in a real browser: how soon a first screen is there, and how soon a fact is seen on an open one."""

import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack
from typing import Any

import httpx

from deploy import browser
from deploy.bench.figures import Figure
from deploy.bench.life import REPORT
from deploy.bench.load import percentile
from deploy.bench.processes import until
from deploy.bench.stage import Stage
from deploy.embedded import keyring
from deploy.embedded.errors import CannotRun
from deploy.registry import SERVICES

CASES, TIMES = 120, 12
PAGE = 50
"""Rows that a list shows at first."""
MOST_FIRST_MS, MOST_LIVE_MS = 1500.0, 500.0
CLERK, HANDLER, SUPERVISOR = "clerk.liu", "city.tang", "supervise.mao"
SEEN = "lines => document.querySelectorAll('.line li').length > lines && Date.now()"
"""The texts themselves are read by a click, which is itself recorded: a fact is seen by its line."""


def measure(seconds: float) -> Sequence[Figure]:
    """`seconds` does not matter: each screen is opened and each note written so many times. CannotRun without a
    browser."""
    program = browser.found()
    if program is None:
        raise CannotRun("没有浏览器：请安装 chromium 和 fonts-noto-cjk。", browser.TO_INSTALL)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as missing:
        raise CannotRun(
            "测量界面需要 Playwright：先运行 make test。", "Playwright is needed: `make test` first"
        ) from missing
    with Stage(list(SERVICES)) as stage, ExitStack() as undo:
        for service in ("intake", "dispatch"):
            stage.until_district(service)  # before Playwright's own loop runs
        playwright = undo.enter_context(sync_playwright())
        window = playwright.chromium.launch(executable_path=program, args=browser.ARGUMENTS)
        undo.callback(window.close)
        desk = Desk(stage, undo)
        cases = [desk.report(number) for number in range(CASES)]
        desk.until_offered(CASES)
        return [first_screen(desk, window), live(desk, window, cases[-1])]


class Desk:
    """Who acts by the API, and where the console is."""

    def __init__(self, stage: Stage, undo: ExitStack) -> None:
        self.stage = stage
        self.url = f"http://127.0.0.1:{stage.addresses.console}"
        self.password = stage.secrets[keyring.DEMO]
        self.client = undo.enter_context(httpx.Client(trust_env=False, timeout=60))
        self._tokens: dict[str, str] = {}

    def report(self, number: int) -> str:
        """The case's identifier."""
        told = self.post(CLERK, "intake", "/v1/reports", REPORT, {"Idempotency-Key": f"screens-{number}"})
        return str(told["case_id"])

    def until_offered(self, cases: int) -> None:
        """What comes to an open list waits to be asked for, and would be no part of the first screen."""
        url = f"{self.stage.addresses.url('dispatch')}/v1/handoffs?limit={cases}"
        headers = {"Authorization": f"Bearer {self.token(HANDLER)}"}

        def all_offered() -> bool:
            return len(self.client.get(url, headers=headers).raise_for_status().json()["items"]) >= cases

        until(all_offered, "all is offered")

    def post(self, who: str, service: str, path: str, body: object, headers: dict[str, str] | None = None) -> Any:
        asked = {"Authorization": f"Bearer {self.token(who)}", "Prefer": "wait=10", **(headers or {})}
        url = self.stage.addresses.url(service) + path
        return self.client.post(url, json=body, headers=asked).raise_for_status().json()

    def token(self, who: str) -> str:
        if who not in self._tokens:
            form = {"grant_type": "password", "username": who, "password": self.password}
            url = f"{self.stage.addresses.url('directory')}/v1/token"
            self._tokens[who] = self.client.post(url, data=form).raise_for_status().json()["access_token"]
        return self._tokens[who]

    def sign_in(self, page: Any, who: str) -> None:
        page.goto(f"{self.url}/auth/sign-in")
        page.fill("input[name=username]", who)
        page.fill("input[name=password]", self.password)
        page.click("form button[type=submit]")
        page.wait_for_url(f"{self.url}/**")


def first_screen(desk: Desk, window: Any) -> Figure:
    """A handler's worklist in a browser that has seen nothing of it before but the sign-in."""
    took = []
    for _ in range(1 + TIMES):
        context = window.new_context(viewport={"width": 1366, "height": 768})
        page = context.new_page()
        desk.sign_in(page, HANDLER)
        cookies = context.storage_state()
        context.close()
        context = window.new_context(viewport={"width": 1366, "height": 768}, storage_state=cookies)
        page = context.new_page()
        began = time.monotonic()
        page.goto(f"{desk.url}/worklist")
        page.locator("table.rows a.title").nth(PAGE - 1).wait_for()
        took.append((time.monotonic() - began) * 1000)
        context.close()
    return _figure(
        "SCREEN", f"first screen: {PAGE} rows of a worklist of {CASES}, in a new browser", took[1:], MOST_FIRST_MS
    )


def live(desk: Desk, window: Any, case: str) -> Figure:
    """From the moment that a handler's note is sent to its being read on the supervisor's open page of the case."""
    handoff = f"/v1/handoffs/{case}.1"
    for step in ("accept", "start"):
        desk.post(HANDLER, "dispatch", f"{handoff}/{step}", None)
    context = window.new_context(viewport={"width": 1366, "height": 768})
    page = context.new_page()
    desk.sign_in(page, SUPERVISOR)
    page.goto(f"{desk.url}/cases/{case}")
    page.locator(".line li").first.wait_for()
    page.wait_for_load_state("networkidle")
    took = []
    for number in range(1 + TIMES):
        note, lines = f"第 {number} 次现场核对。", page.locator(".line li").count()
        began = time.time() * 1000
        desk.post(HANDLER, "dispatch", f"{handoff}/progress", {"note": note})
        took.append(page.wait_for_function(SEEN, arg=lines).json_value() - began)
    context.close()
    return _figure("LIVE", "a note on another's open page of the case, from its being sent", took[1:], MOST_LIVE_MS)


def _figure(key: str, what: str, took: Sequence[float], most: float) -> Figure:
    slowest = percentile(sorted(took), 0.95)
    more = {"p95_ms": slowest, "times": len(took)}
    return Figure(key, what, statistics.median(took), "ms, p50", None, None, f"≤ {most:g} ms", slowest <= most, more)
