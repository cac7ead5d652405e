"""Dispatch between intake and the offices, with reports that residents made."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.kit.world import World, running

GRID = "50010400200303"


@pytest.fixture(scope="package")
def clock_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """No file: the real time. A test that writes it moves the domain's time for all services."""
    return tmp_path_factory.mktemp("clock") / "clock.json"


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def world(clock_file: Path) -> AsyncIterator[World]:
    offices = ("police", "petition", "justice", "emergency")
    async with running("intake", "dispatch", *offices, clock_file=clock_file) as running_world:
        yield running_world


@dataclass
class Centre:
    """What the centre's people do, over HTTP."""

    world: World

    async def report(self, category: str = "sanitation.drain", area: str = GRID, **more: Any) -> dict[str, Any]:
        """A resident's report, not screened yet; with what the resident was given."""
        body = {"category": category, "area": area, "text": "楼道口下水道堵塞,污水外溢。", "channel": "mobile", **more}
        async with self.world.client("intake") as resident:
            answer = await resident.post("/v1/reports", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def a_case(self, category: str = "sanitation.drain", area: str = GRID, **more: Any) -> dict[str, Any]:
        """Screened by a clerk, or `screener`; answers the case as a dispatcher sees it once it is there."""
        screener = more.pop("screener", "clerk.liu")
        report = await self.report(category, area, **more)
        async with self.world.client("intake", screener) as clerk:
            screened = await clerk.post(f"/v1/reports/{report['report_id']}/accept", json={})
            assert screened.status_code == 200, screened.text
            whole = (await clerk.get(f"/v1/reports/{report['report_id']}")).json()
        return await self.case(whole["case_id"]) | {"receipt": report}

    async def case(self, case_id: str, as_: str = "dispatch.cheng") -> dict[str, Any]:
        async with self.world.client("dispatch", as_) as someone:
            answer = await someone.get(f"/v1/cases/{case_id}", headers={"Prefer": "wait=15"})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def does(self, who: str, path: str, body: dict[str, Any] | None = None, expect: int = 200) -> dict[str, Any]:
        async with self.world.client("dispatch", who) as someone:
            answer = await someone.post(f"/v1/{path}", json=body)
        assert answer.status_code == expect, answer.text
        return dict(answer.json())

    async def sees(self, who: str, path: str, expect: int = 200) -> Any:
        async with self.world.client("dispatch", who) as someone:
            answer = await someone.get(f"/v1/{path}")
        assert answer.status_code == expect, answer.text
        return answer.json()


@pytest.fixture
def centre(world: World) -> Centre:
    return Centre(world)
