"""What toy tells."""

from collections.abc import Mapping
from typing import Any, ClassVar

from shared.facts.fact import Fact, Upcaster


def _with_unit(written: dict[str, Any]) -> dict[str, Any]:
    """v1 had `delta` and counted pieces."""
    return {"counter_id": written["counter_id"], "amount": written["delta"], "total": 0, "unit": "piece"}


class Added(Fact, service="toy"):
    """`total` is the counter's value after it."""

    about = "counter_id"
    version = 2
    upcasters: ClassVar[Mapping[int, Upcaster]] = {1: _with_unit}
    counter_id: str
    amount: int
    total: int
    unit: str = "piece"


class Closed(Fact, service="toy"):
    about = "counter_id"
    counter_id: str
    total: int
