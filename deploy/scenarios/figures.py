"""What became of everything, folded from the facts that audit has received, not from the player's word."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from deploy.scenarios.calls import LONGEST_POLL, ON_ITS_WAY_AT_MOST, Api
from deploy.scenarios.data import Expected

PAGE = 500
OPENED = "lianzhi.dispatch.case-opened.v1"
CLOSED = "lianzhi.dispatch.case-closed.v1"
REOPENED = "lianzhi.dispatch.case-reopened.v1"
REGISTERED = "lianzhi.intake.report-registered.v1"
JOINED = "lianzhi.intake.report-joined.v1"
SOLVED = "solved"


@dataclass(frozen=True)
class Figures:
    """In the article's terms; `cases` is all that was opened."""

    cases: int
    livelihood_solved: int
    disputes_dissolved: int
    meeting_problems: int
    meeting_problems_solved: int

    def differences(self, expected: Expected) -> dict[str, tuple[int, int]]:
        """Where the log says something else than the article: its figure, then the article's."""
        told = expected.model_dump()
        return {name: (getattr(self, name), told[name]) for name in told if getattr(self, name) != told[name]}

    def as_json(self) -> dict[str, int]:
        return asdict(self)


NAMES: Mapping[str, str] = {
    "livelihood_solved": "民生问题解决 Livelihood problems solved",
    "disputes_dissolved": "矛盾化解 Disputes dissolved",
    "meeting_problems": "会议研判问题 Problems raised at meetings",
    "meeting_problems_solved": "其中解决 of these, solved",
}


async def settled(api: Api, auditor: str, dispatcher: str) -> Figures:
    """Once the log tells of as many cases, open and solved, as dispatch; after half a minute as it is."""
    deadline = time.monotonic() + ON_ITS_WAY_AT_MOST
    while True:
        counted, told = await from_the_log(api, auditor), await _as_dispatch_says(api, dispatcher)
        heard = (counted.cases, counted.livelihood_solved, counted.disputes_dissolved)
        if heard == told or time.monotonic() > deadline:
            return counted
        await asyncio.sleep(LONGEST_POLL)


async def _as_dispatch_says(api: Api, dispatcher: str) -> tuple[int, int, int]:
    rows = await api.get("dispatch", "/v1/figures/cases", dispatcher)

    def count(kind: str) -> int:
        return sum(row["count"] for row in rows if (row["kind"], row["closing_reason"]) == (kind, SOLVED))

    return sum(row["count"] for row in rows), count("livelihood"), count("dispute")


async def from_the_log(api: Api, auditor: str) -> Figures:
    """As the auditor reads it. A meeting's problem counts from its report on: not each becomes a case."""
    opened = {fact["key"]: fact["data"] async for fact in _facts(api, auditor, OPENED)}
    solved = await _solved(api, auditor)
    meeting = await _raised_at_meetings(api, auditor)
    return Figures(
        cases=len(opened),
        livelihood_solved=_count(opened, solved, "livelihood"),
        disputes_dissolved=_count(opened, solved, "dispute"),
        meeting_problems=len(meeting),
        meeting_problems_solved=sum(case in solved for case in meeting.values()),
    )


async def _solved(api: Api, auditor: str) -> set[str]:
    """By its last word: a case that was closed as solved may have been reopened after."""
    last: dict[str, tuple[int, str | None]] = {}
    for kind in (CLOSED, REOPENED):
        async for fact in _facts(api, auditor, kind):
            reason = fact["data"]["reason"] if kind == CLOSED else None
            last[fact["key"]] = max(last.get(fact["key"], (0, None)), (fact["version"], reason), key=_version)
    return {key for key, (_, reason) in last.items() if reason == SOLVED}


async def _raised_at_meetings(api: Api, auditor: str) -> dict[str, str]:
    """Reports of meetings, each with the case that answers it."""
    joined = {fact["data"]["report_id"]: fact["key"] async for fact in _facts(api, auditor, JOINED)}
    reports = [fact["data"] async for fact in _facts(api, auditor, REGISTERED)]
    return {
        told["report_id"]: joined.get(told["report_id"], told["case_id"]) for told in reports if told.get("meeting")
    }


def _version(word: tuple[int, str | None]) -> int:
    return word[0]


def _count(opened: Mapping[str, Any], solved: set[str], kind: str) -> int:
    return sum(case["kind"] == kind for key, case in opened.items() if key in solved)


async def _facts(api: Api, auditor: str, type: str) -> AsyncIterator[Any]:
    cursor = None
    while True:
        page = await api.get("audit", "/v1/facts", auditor, type=type, limit=PAGE, cursor=cursor)
        for fact in page["items"]:
            yield fact
        cursor = page["next"]
        if cursor is None:
            return
