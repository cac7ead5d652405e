"""What became of everything, folded from the facts that audit has received, not from the player's word."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping, Set
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from deploy.scenarios.calls import LONGEST_POLL, ON_ITS_WAY_AT_MOST, Api
from deploy.scenarios.data import Expected
from deploy.scenarios.matter import Docket

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


@dataclass(frozen=True)
class Readers:
    """Who reads: the log, and dispatch's figures."""

    auditor: str
    dispatcher: str


@dataclass(frozen=True)
class Own:
    """The reports of one story: what else is registered in the district is not its."""

    reports: frozenset[str]

    @classmethod
    def of(cls, dockets: Iterable[Docket]) -> "Own":
        return cls(frozenset(docket.report_id for docket in dockets if docket.report_id))


@dataclass(frozen=True)
class Log:
    """What the log tells so far: cases with what they were opened for, the reports, what was solved."""

    opened: Mapping[str, Any]
    solved: frozenset[str]
    reports: Mapping[str, Any]
    joined: Mapping[str, str]

    def figures(self, own: Own | None = None) -> Figures:
        """Of one story's reports, or of all. A meeting's problem counts from its report on: not each becomes a case."""
        reports = {id: told for id, told in self.reports.items() if own is None or id in own.reports}
        cases = {told["case_id"] for told in reports.values()} & self.opened.keys()
        meeting = [self.joined.get(id, told["case_id"]) for id, told in reports.items() if told.get("meeting")]
        return Figures(
            cases=len(cases),
            livelihood_solved=self._count(cases, "livelihood"),
            disputes_dissolved=self._count(cases, "dispute"),
            meeting_problems=len(meeting),
            meeting_problems_solved=sum(case in self.solved for case in meeting),
        )

    def _count(self, cases: Set[str], kind: str) -> int:
        return sum(self.opened[case]["kind"] == kind for case in cases & self.solved)


async def settled(api: Api, readers: Readers, own: Own | None = None) -> Figures:
    """Once the log tells of as many cases, open and solved, as dispatch; after half a minute as it is."""
    deadline = time.monotonic() + ON_ITS_WAY_AT_MOST
    while True:
        log, told = await read_log(api, readers.auditor), await _as_dispatch_says(api, readers.dispatcher)
        all = log.figures()
        heard = (all.cases, all.livelihood_solved, all.disputes_dissolved)
        if heard == told or time.monotonic() > deadline:
            return log.figures(own)
        await asyncio.sleep(LONGEST_POLL)


async def reported_since(api: Api, readers: Readers, moment: datetime) -> bool:
    """Whether anything was reported after that: by intake's own word, for the log may not have heard of it yet."""
    cursor = None
    while True:
        page = await api.get("intake", "/v1/reports", readers.dispatcher, limit=PAGE, cursor=cursor)
        if any(datetime.fromisoformat(report["registered_at"]) > moment for report in page["items"]):
            return True
        if (cursor := page["next"]) is None:
            break
    since: dict[str, Any] = {"type": REGISTERED, "from": moment.isoformat()}
    heard = await api.get("audit", "/v1/facts", readers.auditor, **since)
    return bool(heard["items"])


async def _as_dispatch_says(api: Api, dispatcher: str) -> tuple[int, int, int]:
    rows = await api.get("dispatch", "/v1/figures/cases", dispatcher)

    def count(kind: str) -> int:
        return sum(row["count"] for row in rows if (row["kind"], row["closing_reason"]) == (kind, SOLVED))

    return sum(row["count"] for row in rows), count("livelihood"), count("dispute")


async def read_log(api: Api, auditor: str) -> Log:
    """As the auditor reads it."""
    return Log(
        opened={fact["key"]: fact["data"] async for fact in _facts(api, auditor, OPENED)},
        solved=frozenset(await _solved(api, auditor)),
        reports={fact["data"]["report_id"]: fact["data"] async for fact in _facts(api, auditor, REGISTERED)},
        joined={fact["data"]["report_id"]: fact["key"] async for fact in _facts(api, auditor, JOINED)},
    )


async def _solved(api: Api, auditor: str) -> set[str]:
    """By its last word: a case that was closed as solved may have been reopened after."""
    last: dict[str, tuple[int, str | None]] = {}
    for kind in (CLOSED, REOPENED):
        async for fact in _facts(api, auditor, kind):
            reason = fact["data"]["reason"] if kind == CLOSED else None
            last[fact["key"]] = max(last.get(fact["key"], (0, None)), (fact["version"], reason), key=_version)
    return {key for key, (_, reason) in last.items() if reason == SOLVED}


def _version(word: tuple[int, str | None]) -> int:
    return word[0]


async def _facts(api: Api, auditor: str, type: str) -> AsyncIterator[Any]:
    cursor = None
    while True:
        page = await api.get("audit", "/v1/facts", auditor, type=type, limit=PAGE, cursor=cursor)
        for fact in page["items"]:
            yield fact
        cursor = page["next"]
        if cursor is None:
            return
