"""An archived year leaves the live log and comes back: what is asked meanwhile is answered, or refused with the file
that has it. In the order of a year's life: each test goes on from the one before."""

import asyncio
from base64 import b64decode
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import orjson
import pytest
import pytest_asyncio
from rich.console import Console

from deploy.cli.archiving import NotArchived
from deploy.cli.retention import bring_back, remove
from deploy.replay import check, read_case
from services.audit.log.inspect import inspect
from services.audit.refusals import CaseArchived, EntriesArchived
from services.audit.tree.bundle import verify
from services.audit.tree.checkpoints import Checkpoint
from services.audit.tree.notes import Note
from services.audit.tree.tiles import WIDTH, Tile
from services.dispatch.facts import CaseOpened, CaseWithdrawn
from shared.facts.envelope import source_of
from shared.facts.fact import Fact
from shared.signing.facts import Signer
from shared.signing.merkle import is_included, leaf_hash
from tests.audit.conftest import minutes
from tests.audit.publishing import Published, publishing
from tests.audit.telling import Letter, Telling, telling
from tests.audit.test_archives import archived, later
from tests.kit.appointing import Person, appoint
from tests.kit.witness import LOG_KEY
from tests.kit.world import World, signing_seed

pytestmark = pytest.mark.timeout(180)
AREA = "50010400200301"
ENDED, OPEN, GOES_ON = "ended", "open", "goes-on"
ACCUSED = Person("audit.bureau", "auditor", "police_bureau")


@dataclass
class Year:
    """Archived; `shown`: what there was while it was live; `old`: a size from before the year was over."""

    published: Published
    year: int
    files: Path
    dispatch: Telling
    letters: list[Letter]
    old: Checkpoint
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        return self.published.world

    async def ask(self, path: str, who: str = "audit.yan", language: str = "en") -> httpx.Response:
        async with self.world.client("audit", who, language) as client:
            return await client.get(path)

    async def post(self, path: str, who: str = "audit.yan") -> httpx.Response:
        async with self.world.client("audit", who) as client:
            return await client.post(path)

    async def entries(self, *cases: str) -> list[int]:
        rows = await self.world.fetch("audit", "SELECT index FROM entries WHERE key = ANY($1) ORDER BY 1", list(cases))
        return [row["index"] for row in rows]

    async def run(self, work: Callable[..., Any], files: Path | None = None) -> list[dict[str, Any]]:
        """As the command does it, whose operator has the database's address."""
        token = await self.world.gatekeeper.token("audit.yan")

        def do() -> Any:
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(base_url=self.world.urls["audit"], headers=headers, timeout=60) as client:
                return work(client, self.world.admin_url, self.year, files or self.files, Console(quiet=True))

        done: list[dict[str, Any]] = await asyncio.to_thread(do)
        return done


def opened(case: str, barred: tuple[str, ...] = ()) -> Fact:
    about = {"category": "noise.living", "kind": "livelihood", "channel": "hotline", "contents": (), "area": AREA}
    ids = {"report_id": f"{case}-report", "case_id": case, "code": case.upper()}
    return CaseOpened(at=minutes(1), by="somebody", **ids, **about, barred=barred)


def withdrawn(case: str) -> Fact:
    return CaseWithdrawn(at=minutes(9), by="somebody", case_id=case)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def year(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Year]:
    folder = tmp_path_factory.mktemp("witness")
    signer = Signer(source_of("dispatch"), signing_seed("dispatch"))
    async with publishing(folder, played=("dispatch",)) as published:
        await appoint(published.world, ACCUSED)
        async with telling(published.world.servers.bootstrap, "dispatch", signer) as dispatch:
            await later(published, 12 * 5)
            told = [opened(ENDED, ("police_bureau",)), opened(OPEN), opened(GOES_ON), withdrawn(GOES_ON)]
            letters = [dispatch.write(fact) for fact in told]
            await dispatch.send(*letters)
            old = await published.grown(*[f"c{n % 40}" for n in range(60)])
            await later(published, 1)
            letters += [dispatch.write(withdrawn(ENDED)), dispatch.head(datetime.now(UTC)), dispatch.head(minutes(9))]
            await dispatch.send(*letters[-3:])
            await published.grown(*[f"c{n % 40}" for n in range(60)])
            [row] = await published.world.fetch("audit", "SELECT max(month) AS month FROM months")
            await later(published, 13 - row["month"].month)
            files = folder.with_name(f"{folder.name}-archives")
            found = Year(published, row["month"].year, files, dispatch, letters, old)
            await published.grown(*[f"c{n % 40}" for n in range(300)])  # so that all of the year lies in full tiles
            told_by = await archived(published, found.year)
            assert told_by["problem"] is None
            await _note(found)
            yield found


async def _note(year: Year) -> None:
    """Opening a file in the new year is told of its case, so that this one goes on."""
    for case in (GOES_ON, OPEN):
        year.shown[case] = (await year.ask(f"/v1/cases/{case}/history")).json()
    year.shown[ENDED] = await _rows(year, ENDED)
    await year.published.grown()
    index = (await year.entries(ENDED))[0]
    year.shown["entry"] = index, leaf_hash(await _bytes(year, index))
    year.shown["tiles"] = await _tiles(year)


async def _tiles(year: Year) -> list[bytes]:
    """Whole, and as it was when what is taken out later was its last."""
    index = year.shown["entry"][0]
    tiles = Tile(0, index // WIDTH), Tile(0, index // WIDTH, index % WIDTH + 1)
    return [(await year.ask(f"/log/tile/{tile.path()}")).content for tile in tiles]


async def _rows(year: Year, case: str) -> list[dict[str, Any]]:
    return await year.world.fetch("audit", "SELECT * FROM entries WHERE key = $1 ORDER BY index", case)


async def _bytes(year: Year, index: int) -> bytes:
    [row] = await year.world.fetch("audit", "SELECT headers, value FROM entries WHERE index = $1", index)
    return bytes(row["headers"] + b"\n" + row["value"])


async def counted(year: Year) -> tuple[int, int]:
    [row] = await year.world.fetch(
        "audit",
        "SELECT (SELECT count(*) FROM entries WHERE key = ANY($1)) AS live,"
        " (SELECT count(*) FROM archived_entries) AS gone",
        [ENDED, OPEN, GOES_ON],
    )
    return row["live"], row["gone"]


async def test_nothing_leaves_without_its_file_or_with_another(year: Year, tmp_path: Path) -> None:
    """A missing month, an altered bit; the year that is not over, one of which a month is not archived; who may not."""
    before = await counted(year)
    with pytest.raises(NotArchived, match="is not there"):
        await year.run(remove, tmp_path)
    names = sorted(file.name for file in year.files.glob(f"lianzhi-log-{year.year}-*.parquet"))
    assert len(names) == 2
    for name in names:
        (tmp_path / name).write_bytes((year.files / name).read_bytes())
    raw = bytearray((tmp_path / names[1]).read_bytes())
    raw[len(raw) // 2] ^= 1
    (tmp_path / names[1]).write_bytes(raw)
    with pytest.raises(NotArchived, match="is not the file that was recorded"):
        await year.run(remove, tmp_path)
    [first] = await year.world.fetch("audit", "SELECT min(month) AS month FROM months")
    for refused, code in ((year.year + 1, "year-not-over"), (first["month"].year, "month-not-archived")):
        answer = await year.post(f"/v1/archives/{refused}/removal")
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    assert (await year.post(f"/v1/archives/{year.year}/removal", "supervise.mao")).status_code == 403
    assert await counted(year) == before == (5, 0)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def taken(year: Year) -> Year:
    await year.run(remove)
    await year.published.grown()
    return year


async def test_only_what_has_ended_is_taken_out_and_every_place_stays_known(taken: Year) -> None:
    assert await taken.entries(ENDED) == []
    assert len(await taken.entries(OPEN)) == 1
    assert len(await taken.entries(GOES_ON)) == 2
    kinds = await taken.world.fetch("audit", "SELECT key, count(*) AS n FROM archived_entries GROUP BY key")
    gone = {row["key"]: row["n"] for row in kinds}
    assert gone.pop(ENDED) == 2
    assert gone
    assert all(key.startswith("/services/") for key in gone), "and head facts, which are nobody's"
    page = (await taken.ask("/v1/archives")).json()["items"]
    assert [month["removed_at"] is not None for month in page] == [True, True]
    missing = (await taken.ask("/v1/gaps", "admin.ran")).json()["items"]
    assert [gap for gap in missing if gap["source"] != "/services/dispatch"] == []


@pytest.mark.parametrize("what", ["history", "state", "film", "knew", "causes", "bundle", "certificate"])
async def test_of_its_case_it_is_said_which_files_have_it(taken: Year, what: str) -> None:
    for case in (ENDED, ENDED.upper()):
        answer = await taken.ask(f"/v1/cases/{case}/{what}")
        assert (answer.status_code, answer.json()["code"]) == (410, "case-archived")
        assert all(f"lianzhi-log-{month}.parquet" in answer.text for month in answer.json()["months"])
        assert len(answer.json()["months"]) == 2
    assert "归档文件" in (await taken.ask(f"/v1/cases/{ENDED}/{what}", language="zh")).json()["title"]


async def test_who_may_not_know_of_it_is_not_told_that_it_is_archived(taken: Year) -> None:
    assert (await taken.ask(f"/v1/cases/{ENDED}/history", ACCUSED.id)).status_code == 404
    months = [month["month"] for month in (await taken.ask("/v1/archives")).json()["items"]]
    refused = [(await taken.ask(f"/v1/archives/{month}/file", ACCUSED.id)).json()["code"] for month in months]
    assert refused == ["entries-withheld"] * 2
    assert (await taken.ask(f"/v1/archives/{months[0]}/file")).status_code == 200


async def test_search_says_what_it_cannot_look_through(taken: Year) -> None:
    assert (await taken.ask(f"/v1/facts?case={ENDED}")).json()["code"] == "case-archived"
    page = (await taken.ask("/v1/facts?kind=case-opened")).json()
    assert {item["key"] for item in page["items"]} == {OPEN, GOES_ON}
    assert len(page["archived"]) == 2
    for path in ("/v1/log?limit=10", "/v1/facts/export", "/v1/log/proofs?kind=case-opened"):
        assert (await taken.ask(path)).headers["Archived-Months"] == ", ".join(page["archived"])


async def test_what_stays_is_proven_as_before(taken: Year) -> None:
    history = (await taken.ask(f"/v1/cases/{OPEN}/history")).json()
    assert history["items"] == taken.shown[OPEN]["items"]
    verdict = verify((await taken.ask(f"/v1/cases/{OPEN}/bundle")).content, [LOG_KEY.verifier()])
    assert len(verdict.facts) == 1
    index, leaf = taken.shown["entry"]
    place = f"source=/services/dispatch&position={taken.letters[0].position}"
    told = (await taken.ask(f"/v1/proofs/inclusion?{place}")).json()
    checkpoint = Checkpoint.read(Note.read(told["checkpoint"]).text)
    hashes = [b64decode(hash) for hash in told["hashes"]]
    assert (told["index"], b64decode(told["leaf"])) == (index, leaf)
    assert is_included(index, checkpoint.size, leaf, hashes, checkpoint.root)
    assert await _tiles(taken) == taken.shown["tiles"]
    bundle = await taken.ask(f"/log/tile/{Tile(None, index // WIDTH).path()}")
    assert (bundle.status_code, bundle.json()["code"]) == (410, "entries-archived")
    consistent = await taken.ask(f"/v1/proofs/consistency?old={taken.old.size}")
    assert b64decode(consistent.json()["old_root"]) == taken.old.root


async def test_inspection_holds_what_was_taken_out_against_the_log_and_nothing_more(taken: Year) -> None:
    """What is not there by a fact in the log is missing, whoever says that it was archived."""
    async with taken.world.admin("audit") as database:
        assert (await inspect(database, [])).damages == []
        [index] = await taken.entries(OPEN)
        transaction = database.transaction()
        await transaction.start()
        await database.execute("SET LOCAL session_replication_role = replica")
        newest = await database.fetchval("SELECT max(index) - 3 FROM entries")
        await database.execute(
            "INSERT INTO archived_entries SELECT index, source, position, key FROM entries WHERE index = $1", newest
        )
        await database.execute("DELETE FROM entries WHERE index = $1", newest)
        found = await _inspected_within(database)
        assert ("missing", newest) in [(damage.kind, damage.first) for damage in found]
        await database.execute("DELETE FROM entries WHERE index = $1", index)
        assert ("missing", index) in [(damage.kind, damage.first) for damage in await _inspected_within(database)]
        await transaction.rollback()


async def _inspected_within(database: asyncpg.Connection) -> Any:
    """In the transaction that did the deed: inspecting begins one of its own otherwise."""

    class Within:
        def __getattr__(self, name: str) -> Any:
            return getattr(database, name)

        def transaction(self, **_: Any) -> Any:
            return database.transaction()

    return (await inspect(Within(), [])).damages  # type: ignore[arg-type]


async def test_what_comes_again_is_known_and_another_is_evidence(taken: Year) -> None:
    before = await counted(taken)
    other = Telling("dispatch", taken.dispatch.producer, signer=taken.dispatch.signer).write(opened("another"))
    await taken.dispatch.send(taken.letters[0], taken.letters[4], other)
    evidence = "SELECT position FROM conflicts WHERE source = '/services/dispatch'"
    await taken.world.until(lambda: taken.world.fetch("audit", evidence))
    assert await taken.world.fetch("audit", evidence) == [{"position": 1}]
    assert await counted(taken) == before


async def test_the_district_is_told_from_when_on_it_is_whole(taken: Year) -> None:
    async def figures() -> dict[str, Any] | None:
        answer = (await taken.ask("/v1/district")).json()
        return dict(answer["figures"]) if answer["ready"] else None

    told = await taken.world.until(figures)
    assert (told["cases"], told["open"], told["unread"]) == (3, 1, 0)
    early = await taken.ask(f"/v1/district?at={minutes(5).isoformat().replace('+', '%2B')}")
    assert (early.status_code, early.json()["code"]) == (410, "moment-archived")
    assert (await taken.ask(f"/v1/district?at={minutes(9).isoformat().replace('+', '%2B')}")).status_code in (200, 202)


async def test_replay_says_what_it_would_need(taken: Year) -> None:
    with pytest.raises(EntriesArchived, match="--bring-back"):
        await check(taken.world.admin_url, ["audit"])
    with pytest.raises(CaseArchived, match=f"{taken.year}"):
        await read_case(taken.world.admin_url, ENDED, datetime.now(UTC))
    answer = await taken.post(f"/v1/archives/{taken.year}")
    assert (answer.status_code, answer.json()["code"]) == (409, "still-removed")
    answer = await taken.post(f"/v1/archives/{taken.year}/return")
    assert (answer.status_code, answer.json()["code"]) == (409, "still-removed")


async def test_it_comes_back_from_the_very_file_and_is_as_before(taken: Year, tmp_path: Path) -> None:
    before = await counted(taken)
    for file in taken.files.glob(f"lianzhi-log-{taken.year}-*.parquet"):
        (tmp_path / file.name).write_bytes(file.read_bytes()[:-1] + b"2")
    with pytest.raises(NotArchived, match="is not the file that was recorded"):
        await taken.run(bring_back, tmp_path)
    assert await counted(taken) == before
    months = await taken.run(bring_back)
    assert [month["removed_at"] for month in months] == [None, None]
    assert (await counted(taken))[1] == 0
    assert await _rows(taken, ENDED) == taken.shown[ENDED]
    assert len((await taken.ask(f"/v1/cases/{ENDED}/history")).json()["items"]) == 2
    index, leaf = taken.shown["entry"]
    assert leaf_hash(await _bytes(taken, index)) == leaf
    async with taken.world.admin("audit") as database:
        assert (await inspect(database, [])).damages == []
        assert await database.fetchval("SELECT count(*) FROM removals") == 0
        assert await database.fetchval("SELECT count(*) FROM moment_cases WHERE moment = 0") == 0
    told = [orjson.loads(row["value"]) for row in await taken.world.fetch("audit", _TOLD)]
    assert len(told) == 2, "that it was taken out is in the log"


_TOLD = "SELECT value FROM entries WHERE type = 'lianzhi.audit.month-removed.v1'"
