"""Fixtures for all tests: the shared servers end with the session; `district` runs every service together."""

import logging
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
import structlog

from shared.web.logs import without_data
from tests.kit.servers import own_servers, stop_shared_servers
from tests.kit.witness import told, witness
from tests.kit.world import World, everyone, running


def pytest_configure(config: pytest.Config) -> None:
    """One line each; the default would draw every failure with all its variables, which takes seconds."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            without_data,
            structlog.processors.KeyValueRenderer(["level", "event"]),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=False,
    )


def pytest_sessionfinish(session: pytest.Session) -> None:
    stop_shared_servers()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def district(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """All services of the Dongzheng district, on servers of their own so that other tests may run between."""
    async with witness(tmp_path_factory.mktemp("witness")) as beside:
        with own_servers() as servers, told(beside.environment()):
            async with running(*everyone(), servers=servers) as world:
                yield world
