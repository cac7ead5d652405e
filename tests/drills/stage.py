"""Toys as processes, under load, on servers that a drill may kill; and the judge at the end."""

import asyncio
import json
import os
import random
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx

from deploy.embedded.ports import free_ports
from deploy.migrate import migrate_all, runtime_url
from deploy.replay import check as rebuild
from shared.facts.envelope import source_of
from tests.drills.checker import Fault, Finding, check, report
from tests.drills.evidence import (
    Accepted,
    Evidence,
    outbox_of,
    read_entries,
    read_listener,
    read_outbox,
    read_topics,
)
from tests.kit import toy
from tests.kit.issuer import the_issuer
from tests.kit.processes import Interruption, Running, start
from tests.kit.servers import Servers
from tests.kit.toys import TOYS
from tests.kit.until import until
from tests.kit.voice import Voice

LONG = os.environ.get("LIANZHI_DRILLS") == "long"
TIMES = 10 if LONG else 1
ROOM = float(os.environ.get("LIANZHI_ROOM", "3"))
"""Seconds that are promised may take so many times as long, on a machine that does other things too."""
LOST_ANSWERS = 0.05
"""So many answers never reach their client, who asks again under the same key."""
AGGREGATES = {"toy": ("counter",), "echo": ("tally",)}
ADDED = "lianzhi.toy.added.v2"
EFFECTS = "SELECT source, position, key, version FROM effect ORDER BY nr"


def the_seed() -> int:
    """Printed, so that a failed drill can be run again as it was: `LIANZHI_SEED`."""
    seed = int(os.environ.get("LIANZHI_SEED", secrets.randbelow(1_000_000)))
    print(f"seed {seed}")
    return seed


def in_time(what: str, seconds: float, promised: float) -> None:
    print(f"{what} after {seconds:.1f} s; promised {promised:g} s")
    assert seconds <= promised * ROOM, (
        f"{what} after {seconds:.1f} s, more than {ROOM:g} times the promised {promised:g} s"
    )


@dataclass
class Load:
    """Clients that add to counters and repeat each request, under its key, until they know that it is accepted."""

    urls: Callable[[], list[str]]
    chance: random.Random
    counters: int = 40
    clients: int = 6
    accepted: list[Accepted] = field(default_factory=list)
    asked: int = 0
    refused: list[int] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    _stopping: bool = False
    _tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def begin(self) -> None:
        self._tasks = [asyncio.create_task(self._client(number)) for number in range(self.clients)]

    async def stop(self) -> None:
        """Each client ends with the request in hand accepted."""
        self._stopping = True
        await asyncio.gather(*self._tasks)

    async def _client(self, number: int) -> None:
        async with httpx.AsyncClient(timeout=5) as client:
            while not self._stopping:
                counter = f"c{self.chance.randrange(self.counters)}"
                await self.add(client, counter, 1)

    async def add(self, client: httpx.AsyncClient, counter: str, amount: int) -> None:
        self.asked += 1
        key, began = secrets.token_hex(8), time.monotonic()
        while True:
            try:
                answer = await client.post(
                    f"{self.chance.choice(self.urls())}/v1/counters/{counter}/add",
                    json={"amount": amount},
                    headers={"Idempotency-Key": key},
                )
                if answer.status_code != 201:
                    self.refused.append(answer.status_code)
                elif self.chance.random() > LOST_ANSWERS:
                    break
            except (httpx.HTTPError, IndexError):
                pass
            await asyncio.sleep(0.03)
        self.seconds.append(time.monotonic() - began)
        self.accepted.append(Accepted("counter", counter, answer.json()["version"]))

    def take(self, answer: Accepted) -> None:
        """One that somebody else has asked for."""
        self.asked += 1
        self.accepted.append(answer)


@dataclass
class Stage:
    """`voices` are other sources that spoke; `may_wait`, `unreadable`: see Evidence; `may_refuse` are status codes."""

    servers: Servers
    admin_url: str
    seed: int
    folder: Path
    session_timeout: float = 6.0
    audited: bool = False
    database_port: int | None = None
    voices: list[Voice] = field(default_factory=list)
    may_wait: set[str] = field(default_factory=set)
    unreadable: int = 0
    may_refuse: set[int] = field(default_factory=set)
    running: list[Running] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    _numbers: Any = field(default_factory=lambda: count(1))

    @property
    def services(self) -> tuple[str, ...]:
        return (*TOYS, "audit") if self.audited else TOYS

    async def begin(
        self, name: str, at: Interruption | None = None, ready: bool = True, instance: str | None = None
    ) -> Running:
        """A process of that service; there may be several. One of the same `instance` takes its predecessor's work."""
        [port] = free_ports(1)
        environment = {
            "DATABASE_URL": self._database(name),
            "KAFKA_BOOTSTRAP": self.servers.bootstrap,
            "OIDC_ISSUER": the_issuer().url,
            "MASTER_KEY": self.servers.secrets["master"],
            "PORT": str(port),
            "HEAD_EVERY": "1",
            "SESSION_TIMEOUT": str(self.session_timeout),
            "LOG_LEVEL": "INFO",
        }
        if instance is not None:
            environment["INSTANCE"] = instance
        log = self.folder / f"{name}-{next(self._numbers)}.log"
        running = start(name, environment, log, at)
        self.running.append(running)
        if ready:
            await self.ready(running)
        return running

    def _database(self, name: str) -> str:
        parts = urlsplit(runtime_url(self.admin_url, name, self.servers.secrets))
        if self.database_port is not None:
            parts = parts._replace(netloc=parts.netloc.replace(f":{parts.port}", f":{self.database_port}"))
        return urlunsplit(parts)

    def trigger(self) -> Path:
        """A file's name, for an interruption that is to happen `once`."""
        return self.folder / f"trigger-{next(self._numbers)}"

    async def ready(self, running: Running, within: float = 30.0) -> float:
        """The seconds until it is."""
        began = time.monotonic()
        async with httpx.AsyncClient(timeout=5) as client:

            async def so() -> bool:
                try:
                    return (await client.get(f"{running.url}/readyz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await until(so, within, f"{running.name} is ready")
        return time.monotonic() - began

    def load(self, toys: list[Running] | None = None, **how: Any) -> Load:
        """On these toys, or on all that live."""

        def urls() -> list[str]:
            among = self.running if toys is None else toys
            return [running.url for running in among if running.name == "toy" and running.alive]

        load = Load(urls, **how, **self._chance())
        self.loads.append(load)
        load.begin()
        return load

    def _chance(self) -> dict[str, Any]:
        return {"chance": random.Random(self.seed + len(self.loads))}

    @asynccontextmanager
    async def admin(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self.admin_url, server_settings={"search_path": service}, timeout=10)
        try:
            yield connection
        finally:
            await connection.close()

    async def settled(self, within: float = 60.0) -> float:
        """Everything recorded is sealed, sent and heard; the seconds that took."""
        began = time.monotonic()
        await until(self._settled, within, "everything recorded is sealed, sent and heard")
        return time.monotonic() - began

    async def _settled(self) -> bool:
        try:
            async with self.admin("toy") as toy, self.admin("echo") as echo:
                for service in (toy, echo):
                    row = await service.fetchrow(
                        "SELECT (SELECT count(*) FROM pending WHERE topic <> 'heads') AS pending,"
                        " (SELECT max(position) FROM log WHERE topic <> 'heads')"
                        " > (SELECT position FROM sending) AS unsent"
                    )
                    if row["pending"] or row["unsent"]:
                        return False
                sent = await toy.fetch("SELECT lane, sequence FROM lanes WHERE topic = 'cases'")
                marks = await echo.fetch(
                    "SELECT lane, sequence FROM marks WHERE source = '/services/toy' AND topic = 'cases'"
                )
                return set(map(tuple, sent)) <= set(map(tuple, marks))
        except (OSError, asyncpg.PostgresError):
            return False

    async def evidence(self) -> Evidence:
        """What was sent is asked before the topics are read, and the log after: neither can run ahead unseen."""
        async with AsyncExitStack() as stack:
            opened = {name: await stack.enter_async_context(self.admin(name)) for name in self.services}
            sent = {name: await each.fetchval("SELECT position FROM sending") for name, each in opened.items()}
            if self.audited:
                with suppress(AssertionError):  # what audit lacks, the judge will name
                    await until(lambda: _has_kept(opened["audit"], sent), 15)
            entries = await read_entries(opened["audit"]) if self.audited else None
            topics = await read_topics(self.servers.bootstrap, ("cases", "heads"))
            listener = await read_listener(opened["echo"], "echo", frozenset({ADDED}), EFFECTS)
            boxes = [
                await read_outbox(each, name, sent[name], AGGREGATES.get(name, ())) for name, each in opened.items()
            ]
        boxes += [outbox_of(voice) for voice in self.voices]
        accepted = [answer for load in self.loads for answer in load.accepted]
        commanded, may_wait = frozenset({(source_of("toy"), "counter")}), frozenset(self.may_wait)
        return Evidence(boxes, topics, [listener], accepted, entries, commanded, may_wait, self.unreadable)

    async def resent(self, within: float = 60.0) -> float:
        """Until Kafka holds again all that was sent; the seconds that took."""
        began = time.monotonic()

        found: list[Finding] = []

        async def so() -> bool:
            found[:] = [finding for finding in check(await self.evidence()) if finding.fault == "lost"]
            return not found

        try:
            await until(so, within, "everything is in Kafka again")
        except AssertionError as over:
            raise AssertionError(f"{over}; {report(found)}") from None
        return time.monotonic() - began

    async def judge(self, within: float = 60.0, also: frozenset[Fault] = frozenset()) -> Evidence:
        """AssertionError with the shortest evidence of what broke; `also` are the faults that may show in topics."""
        for load in self.loads:
            await load.stop()
        seconds = await self.settled(within)
        evidence = await self.evidence()
        found = check(evidence)
        findings = [f for f in found if f.fault not in also or not f.evidence.startswith("topic")]
        asked = sum(load.asked for load in self.loads)
        heard = {(told.source, told.position) for box in evidence.outboxes for told in box.log if told.type == ADDED}
        effects = len(evidence.listeners[0].effects)
        waits = sorted(wait for load in self.loads for wait in load.seconds)
        slow = f"median {waits[len(waits) // 2] * 1000:.0f} ms, longest {waits[-1] * 1000:.0f} ms" if waits else ""
        refused = Counter(status for load in self.loads for status in load.refused)
        print(f"accepted {asked} ({slow}; asked again {dict(refused)}), facts {len(heard)}, effects {effects},")
        print(f"settled {seconds:.1f} s after the load; logged: {dict(Counter(self.errors()))}")
        assert not findings, report(findings)
        assert asked == len(evidence.accepted)
        assert effects + len(evidence.listeners[0].waiting & heard) == len(heard)
        assert set(refused) <= self.may_refuse, self.failures()
        if self.audited:
            await self.rebuilt()
        return evidence

    async def rebuilt(self) -> None:
        """Every service's rows once more from the log: the same as those that are there."""
        found = await rebuild(self.admin_url, self.services, load=toy.load)
        facts = {name: tally.facts for name, tally in found.services.items()}
        print(f"rebuilt and compared row by row in {found.seconds} s: {facts}")
        assert found.clean, (found.differences[:5], found.missing[:5])
        assert facts["toy"] > 0

    def errors(self) -> list[str]:
        """What the processes logged as errors."""
        found = []
        for running in self.running:
            for line in running.log.read_text(errors="replace").splitlines() if running.log.exists() else ():
                if '"level":"error"' in line:
                    found.append(json.loads(line)["event"])
        return found

    def failures(self) -> str:
        """The last words of the processes about requests that failed."""
        lines = [line for running in self.running for line in running.log.read_text(errors="replace").splitlines()]
        told = [line[-1500:] for line in lines if "failed" in line or "Exception" in line]
        return "\n".join(line for line in told if "background task" not in line)[-4000:]

    def end(self) -> None:
        for running in self.running:
            running.kill()


async def _has_kept(audit: asyncpg.Connection, sent: dict[str, int]) -> bool:
    kept = "SELECT count(*) FROM entries WHERE source = $1 AND position <= $2"
    return all([await audit.fetchval(kept, source_of(name), upto) == upto for name, upto in sent.items()])


@asynccontextmanager
async def staged(
    servers: Servers, toys: int = 1, echoes: int = 1, audited: bool = False, **how: Any
) -> AsyncIterator[Stage]:
    """A fresh database, fresh topics, and so many processes of each toy; `audited`: audit keeps all that is told."""
    await servers.fresh_topics()
    admin_url = await servers.fresh_database()
    await migrate_all(admin_url, TOYS, servers.secrets, home="tests.kit.toys")
    if audited:
        await migrate_all(admin_url, ["audit"], servers.secrets)
    folder = servers.folder / f"stage-{secrets.token_hex(3)}"
    folder.mkdir()
    stage = Stage(servers, admin_url, the_seed(), folder, audited=audited, **how)
    try:
        names = ["toy"] * toys + ["audit"] * audited + ["echo"] * echoes
        await asyncio.gather(*(stage.begin(name) for name in names))
        yield stage
    finally:
        for load in stage.loads:
            load._stopping = True
            for task in load._tasks:
                task.cancel()
        stage.end()
