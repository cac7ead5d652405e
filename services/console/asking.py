"""Words in what people wrote, asked of every office that keeps texts: each answers for what this person may read
there, and what could not be asked is said."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.console.calling import Refusal
from services.console.desk import Desk

OFFICES = ("intake", "dispatch", "petition", "police", "justice", "emergency")
PAGE = 10


@dataclass(slots=True)
class Part:
    """What one office answered. `refused`: why it did not; `status` 0: it could not be reached."""

    office: str
    items: list[Mapping[str, Any]] = field(default_factory=list)
    next: str | None = None
    back_to: str | None = None
    not_yet_since: str | None = None
    refused: str | None = None
    status: int = 200

    @property
    def asked(self) -> bool:
        return self.refused is None


async def ask_everywhere(desk: Desk, wanted: Mapping[str, Any]) -> list[Part]:
    """All at once. Raises NotSignedIn."""
    parts = [Part(office) for office in OFFICES if office in desk.caller.services.urls]
    await asyncio.gather(*(ask_on(desk, part, wanted) for part in parts))
    return parts


async def ask_on(desk: Desk, part: Part, wanted: Mapping[str, Any]) -> None:
    """The words stand in the body: an address is kept by whatever it passes. Raises NotSignedIn."""
    path = f"/v1/search?limit={PAGE}" + (f"&cursor={part.next}" if part.next else "")
    try:
        page = await desk.caller.post(part.office, path, wanted)
    except Refusal as refusal:
        part.refused, part.status = refusal.why, refusal.status
        return
    part.items += [_row(part.office, item) for item in page["items"]]
    part.next, part.back_to, part.not_yet_since = page["next"], page["searched_back_to"], page["not_yet_since"]


def _row(office: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """As one list shows them all."""
    code = item.get("code") or item.get("case_code")
    report = f"/reports/{item['report_id']}" if office == "intake" else None
    category, place = item["category"], item.get("area") or item.get("place")
    return {
        "link": report or f"/cases/{code}",
        "code": code or "",
        "kind": item["kind"],
        "at": item["written_at"],
        "excerpt": item["excerpt"],
        "status_name": item["status_name"],
        "category": category["code"] if isinstance(category, Mapping) else category,
        "area": place["code"] if isinstance(place, Mapping) else place,
    }


def wanted_of(words: str, area: str | None, category: str | None, days: Sequence[str | None]) -> dict[str, Any]:
    """The body that every office takes."""
    since, until = (f"{day}T00:00:00+08:00" if day else None for day in days)
    asked = {"text": words, "area": area, "category": category, "written_from": since, "written_to": until}
    return {name: value for name, value in asked.items() if value}
