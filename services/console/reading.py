"""A case as one person reads it: what dispatch has of it, and what the offices that keep their own papers add."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from services.console.calling import Refusal
from services.console.desk import OFFICE, Desk

GONE, WITHHELD = "erased", "withheld"
DESK_PATH = {"petition": "/v1/petitions"}
TEXTS_AT_ONCE = 12
MOODS = {
    **dict.fromkeys(("handoff-verified", "case-resolved", "case-closed", "case-followed-up"), "good"),
    **dict.fromkeys(("clock-lapsed", "handoff-returned", "case-reopened", "case-refused", "handoff-recalled"), "bad"),
}


@dataclass(slots=True)
class Text:
    """`missing`: why there is none: `erased`, `withheld`, or a file that is no text."""

    text: str | None
    missing: str | None = None


@dataclass(slots=True)
class Reading:
    """`desks`: what an office's own service says of a hand-off that it works on, by hand-off."""

    case: Mapping[str, Any]
    timeline: list[Mapping[str, Any]]
    links: list[Mapping[str, Any]]
    desks: Mapping[str, Mapping[str, Any]]
    texts: dict[str, Text] = field(default_factory=dict)

    def owner(self, handoff: Mapping[str, Any]) -> str:
        """The service that keeps what was written about that hand-off."""
        return str(handoff.get("via") or "dispatch")

    def owner_of(self, fact: Mapping[str, Any]) -> str:
        """The service that told it, and keeps its texts."""
        return str(fact["type"]).split(".")[1]

    def refs(self, fact: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Texts that it names."""
        return [value for value in fact["data"].values() if _is_text(value)]

    def kind(self, fact: Mapping[str, Any]) -> str:
        return str(fact["type"]).split(".")[2]

    def mood(self, fact: Mapping[str, Any]) -> str:
        return MOODS.get(self.kind(fact), "")

    def spent(self, clock: Mapping[str, Any], now: datetime) -> int:
        """How much of its time is over, in hundredths."""
        since, due = (datetime.fromisoformat(clock["deadline"][name]) for name in ("started_at", "due_at"))
        whole = (due - since).total_seconds()
        return 100 if whole <= 0 else max(2, min(100, round((now - since).total_seconds() / whole * 100)))


async def read_case(desk: Desk, ref: str, known: Mapping[str, Text] | None = None) -> Reading:
    """Raises NotSignedIn, Refusal."""
    case, timeline, links = await asyncio.gather(
        desk.caller.get("dispatch", f"/v1/cases/{ref}"),
        desk.caller.get("dispatch", f"/v1/cases/{ref}/timeline"),
        desk.caller.get("dispatch", f"/v1/cases/{ref}/links"),
    )
    desk.heard(case.get("as_of"))
    if "link_case" in case["steps"]:  # who may link may split
        case["steps"].append("split_case")
        case["step_names"].append(desk.say("step.split_case"))
        case["step_laws"].append([])
    own = [handoff for handoff in case["handoffs"] if _works_on(desk, handoff)]
    answers = await asyncio.gather(*(_desk_of(desk, handoff) for handoff in own))
    desks = {handoff["handoff_id"]: answer for handoff, answer in zip(own, answers, strict=True) if answer}
    reading = Reading(case, timeline["items"], links["items"], desks, dict(known or {}))
    await _read_texts(desk, reading)
    return reading


def _works_on(desk: Desk, handoff: Mapping[str, Any]) -> bool:
    """Whether it is on the desk of a department of theirs that has a service of its own."""
    return bool(handoff.get("via")) and any(
        post["role"] in OFFICE and post.get("department") == handoff["department"] for post in desk.person.posts
    )


async def _desk_of(desk: Desk, handoff: Mapping[str, Any]) -> Mapping[str, Any] | None:
    service = handoff["via"]
    try:
        found: Mapping[str, Any] = await desk.caller.get(
            service, f"{DESK_PATH.get(service, '/v1/tasks')}/{handoff['handoff_id']}"
        )
    except Refusal:
        return None
    return found


async def _read_texts(desk: Desk, reading: Reading) -> None:
    """What the page is about: what was reported, and results."""
    wanted = [("intake", ref) for ref in reading.case["contents"]]
    wanted += [
        (reading.owner(handoff), handoff["result"]) for handoff in reading.case["handoffs"] if handoff.get("result")
    ]
    wanted += [("dispatch", handoff["note"]) for handoff in reading.case["handoffs"] if handoff.get("note")]
    new = ((owner, ref["id"]) for owner, ref in _texts(wanted) if ref["id"] not in reading.texts)
    missing = list(dict.fromkeys(new))[:TEXTS_AT_ONCE]
    found = await asyncio.gather(*(read_text(desk, owner, id) for owner, id in missing))
    reading.texts |= {id: text for (_, id), text in zip(missing, found, strict=True)}


def _texts(refs: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterable[tuple[str, Mapping[str, Any]]]:
    return ((owner, ref) for owner, ref in refs if str(ref["media_type"]).startswith("text/"))


def _is_text(value: Any) -> bool:
    return isinstance(value, Mapping) and "commitment" in value and str(value.get("media_type")).startswith("text/")


async def read_text(desk: Desk, owner: str, id: str) -> Text:
    """Raises NotSignedIn; a refusal is an answer here."""
    try:
        return Text((await desk.caller.read(owner, f"/v1/contents/{id}")).text)
    except Refusal as refusal:
        return Text(None, GONE if refusal.status == 410 else WITHHELD)
