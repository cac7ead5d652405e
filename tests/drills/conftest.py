"""Servers of the drills' own: they are killed, emptied and started again."""

from collections.abc import Iterator

import pytest

from tests.kit.servers import Servers, own_servers


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    with own_servers() as servers:
        yield servers
