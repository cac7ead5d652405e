"""Whether everything runs: each service's own word, how far its facts and its ears are behind, and the log's alarms."""

import asyncio
from collections.abc import Mapping
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from services.console.calling import Refusal
from services.console.desk import Desk
from services.console.look.screen import piece

FIGURES = ("relay_pending_facts", "relay_pending_seconds", "listen_lag_records", "listen_parked_facts")
"""Of each service's /metrics; those of several partitions are added up."""


async def show(desk: Desk) -> None:
    names = sorted(desk.caller.services.urls)
    *found, sources, alarms = await asyncio.gather(
        *(_of(desk, name) for name in names), _sources(desk), _open_alarms(desk)
    )
    piece(desk, "health", services=dict(zip(names, found, strict=True)), sources=sources, alarms=alarms)


async def _of(desk: Desk, name: str) -> Mapping[str, Any]:
    """What it says of itself, also when that is that it is not ready."""
    try:
        ready: Mapping[str, Any] = await desk.caller.get(name, "/readyz")
    except Refusal as refusal:
        ready = refusal.body or {"ready": False, "degraded": {"reachable": refusal.why}}
    return {**ready, "figures": await _figures(desk, name)}


async def _figures(desk: Desk, name: str) -> Mapping[str, float]:
    """Empty where the service cannot be asked."""
    try:
        text = (await desk.caller.read(name, "/metrics")).text
    except Refusal:
        return {}
    found = dict.fromkeys(FIGURES, 0.0)
    for family in text_string_to_metric_families(text):
        if family.name in found:
            found[family.name] = sum(sample.value for sample in family.samples)
    return found


async def _sources(desk: Desk) -> Mapping[str, Mapping[str, Any]]:
    """By service what the log has of it."""
    try:
        gaps = await desk.caller.get("audit", "/v1/gaps")
    except Refusal:
        return {}
    return {str(each["source"]).rpartition("/")[2]: each for each in gaps["sources"]}


async def _open_alarms(desk: Desk) -> list[Mapping[str, Any]] | None:
    """None where they cannot be known."""
    try:
        alarms: list[Mapping[str, Any]] = (
            await desk.caller.get("audit", "/v1/alarms", {"open": "true", "limit": 500})
        )["items"]
    except Refusal:
        return None
    return alarms
