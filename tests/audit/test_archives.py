"""A closed year in files: anybody reads them, and whatever was altered in one of them is found."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import pytest_asyncio
from rich.console import Console
from typer.testing import CliRunner

from deploy.cli.archiving import SignedIn, take
from deploy.cli.main import app
from services.audit.tables import ENTRIES
from services.audit.tree import archive as archives
from services.audit.tree.archive import SCHEMA, Writer
from services.audit.tree.check_archive import ArchiveVerdict, verify_archive
from services.audit.tree.label import Label
from services.audit.tree.notes import VerifierKey
from services.audit.tree.verdict import BadFile
from shared.signing.merkle import leaf_hash
from tests.audit.publishing import Published, publishing
from tests.kit.witness import LOG_KEY

pytestmark = pytest.mark.timeout(180)
FLIPS = 120


@dataclass(frozen=True)
class Kept:
    """The log, whose first two months are a year that is over, and their files."""

    published: Published
    year: int
    months: list[str]
    folder: Path

    def file(self, number: int = 0) -> Path:
        return self.folder / f"lianzhi-log-{self.months[number]}.parquet"

    @property
    def keys(self) -> list[VerifierKey]:
        return [LOG_KEY.verifier(), self.published.witness.key]


async def later(published: Published, months: int) -> None:
    """The log's time goes forward; its sources' head facts, one a second, open the month."""
    await published.world.settled(60)
    async with published.world.admin("audit") as database:
        await database.execute(
            "UPDATE numbering SET latest = (date_trunc('month', latest AT TIME ZONE 'Asia/Shanghai')"
            " + make_interval(months => $1)) AT TIME ZONE 'Asia/Shanghai' + interval '1 hour'",
            months,
        )


async def archived(published: Published, year: int) -> dict[str, Any]:
    async with published.world.client("audit", "audit.yan") as auditor:
        begun = await auditor.post(f"/v1/archives/{year}")
        assert begun.status_code == 202, begun.text

        async def done() -> dict[str, Any] | None:
            told: dict[str, Any] = (await auditor.get("/v1/archives")).json()
            return None if told["running"] else told

        return await published.world.until(done, 60, "the year is archived")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def kept(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Kept]:
    folder = tmp_path_factory.mktemp("witness")
    async with publishing(folder) as published:
        await later(published, 12 * 5)  # to where no clock of a machine is
        await published.grown(*[f"first-{n % 40}" for n in range(150)])
        await later(published, 1)
        await published.grown(*[f"second-{n % 40}" for n in range(110)])
        [row] = await published.world.fetch("audit", "SELECT array_agg(month ORDER BY month) AS all FROM months")
        two = row["all"][-2:]
        await later(published, 13 - two[1].month)
        await published.grown("third")
        told = await archived(published, two[0].year)
        assert told["problem"] is None, told
        yield Kept(
            published, two[0].year, [f"{month:%Y-%m}" for month in two], folder.with_name(f"{folder.name}-archives")
        )


def verified(kept: Kept, file: Path) -> ArchiveVerdict:
    return verify_archive(file, kept.keys)


def said(verdict: ArchiveVerdict) -> list[str]:
    return [f"{problem.place}: {problem.en}" for problem in verdict.problems]


def altered(kept: Kept, tmp_path: Path, change: Callable[[list[dict[str, Any]]], None], number: int = 0) -> Path:
    """Written again by the same writer, whose bounds and checksums are right for what the rows now say."""
    old, file = kept.file(number), tmp_path / "altered.parquet"
    rows = pq.read_table(old).to_pylist()
    change(rows)
    with archives.opened(old) as parquet:
        writer = Writer(file, archives.label_of(parquet))
    writer.add(rows)
    writer.close()
    return file


async def test_a_closed_year_is_a_file_a_month_each_proven(kept: Kept) -> None:
    for number, month in enumerate(kept.months):
        verdict = verified(kept, kept.file(number))
        assert said(verdict) == []
        assert verdict.label.month == month
        assert verdict.rows == verdict.label.behind - verdict.label.first > 200
        assert [name for name, _ in verdict.witnesses] == [kept.published.witness.key.name]
    first, second = (verified(kept, kept.file(number)).label for number in (0, 1))
    assert first.behind == second.first


async def test_the_list_says_who_archived_what_and_that_it_is_here(kept: Kept) -> None:
    async with kept.published.world.client("audit", "audit.yan") as auditor:
        page = (await auditor.get("/v1/archives")).json()
        assert [item["month"] for item in page["items"]][:2] == kept.months[::-1]
        one = (await auditor.get("/v1/archives", params={"limit": 1})).json()
        rest = (await auditor.get("/v1/archives", params={"cursor": one["next"]})).json()
        assert one["items"] + rest["items"] == page["items"]
    for number, item in enumerate(page["items"][:2][::-1]):
        raw = kept.file(number).read_bytes()
        assert (item["length"], item["sha256"], item["here"]) == (len(raw), sha256(raw).hexdigest(), True)
        assert (item["archived_by"], item["entries"]) == ("audit.yan", item["behind"] - item["first"])


async def test_archiving_is_a_fact_that_auditors_find(kept: Kept) -> None:
    async def come() -> bool:
        async with kept.published.world.client("audit", "audit.yan") as auditor:
            page = (await auditor.get("/v1/accesses", params={"kind": "archive", "limit": 500})).json()
        return len([item for item in page["items"] if item["person"] == "audit.yan"]) >= 2

    await kept.published.world.until(come)


async def test_duckdb_reads_it_by_several_columns(kept: Kept) -> None:
    """And finds what the log itself has."""
    wanted = {"type": "lianzhi.toy.added.v1", "key": "first-7"}
    [row] = await kept.published.world.fetch("audit", "SELECT min(first) AS first FROM months WHERE first > 0")
    expected = await kept.published.world.fetch(
        "audit",
        "SELECT index, position, actor FROM entries WHERE type LIKE 'lianzhi.toy.%' AND key = $1"
        " AND index < $2 ORDER BY index",
        wanted["key"],
        verified(kept, kept.file()).label.behind,
    )
    assert row["first"] > 0
    found = duckdb.execute(
        "SELECT index, position, actor FROM read_parquet($files) WHERE type LIKE 'lianzhi.toy.%' AND key = $key"
        " AND time >= TIMESTAMPTZ '2000-01-01' AND value IS NOT NULL ORDER BY index",
        {"files": [str(kept.file(0)), str(kept.file(1))], "key": wanted["key"]},
    ).fetchall()
    assert found == [tuple(each.values()) for each in expected if each["index"] >= row["first"]]
    assert len(found) >= 3
    [(by_source,)] = duckdb.execute(
        "SELECT count(DISTINCT source) FROM read_parquet($file) WHERE topic = 'heads'", {"file": str(kept.file())}
    ).fetchall()
    assert by_source == 3


def test_its_columns_are_those_of_the_log() -> None:
    assert {column.name: column.nullable for column in ENTRIES.columns} == {
        field.name: field.nullable for field in SCHEMA
    }


def _in(rows: list[dict[str, Any]], place: int) -> str:
    return f"index {rows[place]['index']}"


@pytest.mark.parametrize("place", [0, 1, 199, -1])
@pytest.mark.parametrize("column", ["headers", "value"])
async def test_a_changed_byte_is_found_at_its_entry(kept: Kept, tmp_path: Path, place: int, column: str) -> None:
    where: list[str] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(_in(rows, place))
        raw = bytearray(rows[place][column])
        raw[len(raw) // 2] ^= 1
        rows[place][column] = bytes(raw)

    found = said(verified(kept, altered(kept, tmp_path, change)))
    assert f"{where[0]}: its bytes are not those of its leaf" in found


async def test_bytes_altered_together_with_their_leaf_have_not_the_root(kept: Kept, tmp_path: Path) -> None:
    def change(rows: list[dict[str, Any]]) -> None:
        rows[5]["value"] += b" "
        rows[5]["leaf"] = leaf_hash(rows[5]["headers"] + b"\n" + rows[5]["value"])

    label = verified(kept, kept.file()).label
    assert said(verified(kept, altered(kept, tmp_path, change))) == [
        f"index {label.first}–{label.behind - 1}: with these entries the log has not the root of its checkpoint"
    ]


@pytest.mark.parametrize("place", [0, 7, -1])
async def test_a_dropped_row_is_named(kept: Kept, tmp_path: Path, place: int) -> None:
    where: list[int] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(rows.pop(place)["index"])

    found = said(verified(kept, altered(kept, tmp_path, change)))
    if place == -1:
        assert found[0].endswith(f"the file ends before index {where[0]}")
    else:
        assert found[0] == f"index {where[0]}–{where[0]}: these entries are not in the file"


async def test_an_added_row_is_named(kept: Kept, tmp_path: Path) -> None:
    where: list[str] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(_in(rows, 9))
        rows.insert(10, dict(rows[9]))

    found = said(verified(kept, altered(kept, tmp_path, change)))
    assert found[0] == f"{where[0]}: it is out of order, or there twice"


async def test_a_row_of_the_next_month_is_one_too_many(kept: Kept, tmp_path: Path) -> None:
    next_one = pq.read_table(kept.file(1)).to_pylist()[0]
    found = said(verified(kept, altered(kept, tmp_path, lambda rows: rows.append(next_one))))
    assert any("its column received_at" in each for each in found)
    assert any("the file ends before" in each for each in found)


async def test_swapped_rows_are_named(kept: Kept, tmp_path: Path) -> None:
    where: list[str] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(_in(rows, 20))
        rows[20], rows[21] = rows[21], rows[20]

    found = said(verified(kept, altered(kept, tmp_path, change)))
    assert f"{where[0]}: it is out of order, or there twice" in found


FALSE = {
    "source": "/services/other",
    "position": 10**9,
    "lane": 3,
    "sequence": 10**9,
    "id": "another",
    "type": "lianzhi.toy.other.v1",
    "key": "hidden",
    "actor": "nobody",
    "department": "police_bureau",
    "aggregate": "other",
    "aggregate_id": "other",
    "version": 10**6,
    "correlation": "other",
    "causation": "other",
}


@pytest.mark.parametrize("column", FALSE)
async def test_a_false_column_is_named(kept: Kept, tmp_path: Path, column: str) -> None:
    """It would be found by what it does not say, though no byte of it was touched."""
    where: list[str] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(_in(rows, 30))
        rows[30][column] = FALSE[column]

    found = said(verified(kept, altered(kept, tmp_path, change)))
    assert found == [f"{where[0]}: its column {column} says another thing than its bytes"]


async def test_a_false_time_is_named(kept: Kept, tmp_path: Path) -> None:
    where: list[str] = []

    def change(rows: list[dict[str, Any]]) -> None:
        where.append(_in(rows, 3))
        rows[3]["time"] = rows[3]["time"].replace(microsecond=(rows[3]["time"].microsecond + 1) % 10**6)

    assert said(verified(kept, altered(kept, tmp_path, change))) == [
        f"{where[0]}: its column time says another thing than its bytes"
    ]


async def test_a_label_of_another_range_or_log_does_not_fit(kept: Kept, tmp_path: Path) -> None:
    with archives.opened(kept.file()) as parquet:
        table, label = parquet.read(), archives.label_of(parquet)
    wrong = {
        "moved": Label(label.month, label.first + 1, label.behind + 1, *_rest(label)),
        "short": Label(label.month, label.first, label.behind - 1, *_rest(label)),
        "later": Label("9999-12", label.first, label.behind, *_rest(label)),
    }
    for name, false in wrong.items():
        file = tmp_path / f"{name}.parquet"
        writer = Writer(file, false)
        writer.add(table.to_pylist())
        writer.close()
        assert name == "later" or said(verified(kept, file)) != []


def _rest(label: Label) -> tuple[Any, ...]:
    return label.checkpoint, label.left, label.right, label.vkeys


async def test_bounds_that_hide_rows_from_a_query_are_found(kept: Kept, tmp_path: Path) -> None:
    """The bytes of a row group's bounds lie in the footer, where nothing but this looks at them."""
    raw = kept.file().read_bytes()
    footer = len(raw) - 8 - int.from_bytes(raw[-8:-4], "little")
    bound = b"/services/toy"
    at = raw.index(bound, footer)
    file = tmp_path / "bounds.parquet"
    file.write_bytes(raw[:at] + b"/services/tox" + raw[at + len(bound) :])
    assert any("its bounds of source are not those of its rows" in each for each in said(verified(kept, file)))


async def test_keys_of_others_do_not_vouch(kept: Kept) -> None:
    assert said(verify_archive(kept.file(), [LOG_KEY.verifier()])) == [
        "checkpoint: no witness that is trusted has cosigned it"
    ]
    assert verify_archive(kept.file()).holds
    assert not verify_archive(kept.file()).pinned


async def test_no_altered_bit_makes_another_archive_that_holds(kept: Kept, tmp_path: Path) -> None:
    assert await asyncio.to_thread(_unnoticed, kept, tmp_path / "flipped.parquet") == []


def _unnoticed(kept: Kept, file: Path) -> list[int]:
    raw, chance = kept.file().read_bytes(), random.Random(7)
    whole = pq.read_table(kept.file())
    unnoticed = []
    for place in chance.sample(range(len(raw) * 8), FLIPS):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        file.write_bytes(flipped)
        try:
            if verified(kept, file).holds and pq.read_table(file) != whole:
                unnoticed.append(place)
        except BadFile:
            continue
    return unnoticed


@pytest.mark.parametrize("part", [0, 3, 100, 0.5, 0.99])
async def test_a_cut_file_is_no_archive(kept: Kept, tmp_path: Path, part: float) -> None:
    raw, file = kept.file().read_bytes(), tmp_path / "cut.parquet"
    file.write_bytes(raw[: int(part if part >= 1 or part == 0 else len(raw) * part)])
    with pytest.raises(BadFile):
        verified(kept, file)


async def test_another_parquet_file_is_no_archive(tmp_path: Path) -> None:
    file = tmp_path / "other.parquet"
    pq.write_table(pa.table({"index": [1, 2]}), file)
    with pytest.raises(BadFile, match="no label"):
        verify_archive(file)
    assert CliRunner().invoke(app, ["verify", str(file)]).exit_code == 2


async def test_the_command_checks_an_archive_with_nothing_running(kept: Kept, tmp_path: Path) -> None:
    keys = [part for key in kept.keys for part in ("--key", key.text())]
    good = CliRunner().invoke(app, ["verify", str(kept.file()), *keys])
    assert (good.exit_code, f"the archive of {kept.months[0]} has all" in good.output) == (0, True), good.output
    bad = altered(kept, tmp_path, lambda rows: rows[4].update(key="hidden"))
    found = CliRunner().invoke(app, ["verify", str(bad), *keys])
    assert (found.exit_code, "its column key says another thing" in found.output) == (1, True), found.output


def _taking(kept: Kept, out: Path, tokens: list[str]) -> list[dict[str, Any]]:
    auth = SignedIn(lambda: tokens.pop(0))
    with httpx.Client(base_url=kept.published.world.urls["audit"], auth=auth, timeout=60) as client:
        return take(client, kept.year, out, Console(quiet=True))


async def test_the_command_brings_the_files_and_verifies_them(kept: Kept, tmp_path: Path) -> None:
    """Also when the token that it began with has expired."""
    tokens = ["an.expired.token", await kept.published.world.gatekeeper.token("audit.yan")]
    months = await asyncio.to_thread(_taking, kept, tmp_path, tokens)
    assert [month["month"] for month in months] == kept.months
    assert sorted(file.name for file in tmp_path.iterdir()) == [kept.file(0).name, kept.file(1).name]
    for month in months:
        file = tmp_path / f"lianzhi-log-{month['month']}.parquet"
        assert sha256(file.read_bytes()).hexdigest() == month["sha256"]

    async def told() -> bool:
        async with kept.published.world.client("audit", "audit.yan") as auditor:
            page = (await auditor.get("/v1/accesses", params={"kind": "export", "limit": 500})).json()
        return [item["what"] for item in page["items"]].count("archive") >= 2

    await kept.published.world.until(told)


async def test_the_months_that_the_log_began_with_are_archived_too(kept: Kept) -> None:
    """Nothing is left of them."""
    [row] = await kept.published.world.fetch("audit", "SELECT month FROM months WHERE first = 0")
    told = await archived(kept.published, row["month"].year)
    assert told["problem"] is None
    [item] = [item for item in told["items"] if item["month"] == f"{row['month']:%Y-%m}"]
    assert item["first"] == 0
    verdict = verified(kept, kept.folder / f"lianzhi-log-{item['month']}.parquet")
    assert (said(verdict), verdict.label.left, verdict.rows) == ([], [], item["entries"])


async def test_a_year_that_is_not_over_is_refused(kept: Kept, tmp_path: Path) -> None:
    async with kept.published.world.client("audit", "audit.yan") as auditor:
        for year in (kept.year + 1, kept.year + 2):
            answer = await auditor.post(f"/v1/archives/{year}")
            assert (answer.status_code, answer.json()["code"]) == (409, "year-not-over")
        answer = await auditor.post(f"/v1/archives/{kept.year - 1}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


async def test_a_file_that_is_not_the_recorded_one_is_not_given(kept: Kept) -> None:
    path = f"/v1/archives/{kept.months[1]}/file"
    raw = kept.file(1).read_bytes()
    async with kept.published.world.client("audit", "audit.yan") as auditor:
        assert (await auditor.get(path)).content == raw
        try:
            kept.file(1).write_bytes(raw[:-1] + b"2")
            answer = await auditor.get(path)
            assert (answer.status_code, answer.json()["code"]) == (404, "archive-not-here")
        finally:
            kept.file(1).write_bytes(raw)
        assert (await auditor.get("/v1/archives/1999-01/file")).json()["code"] == "not-found"


async def test_what_cannot_be_proven_is_not_recorded(kept: Kept) -> None:
    """Somebody altered an entry in the database: the archiving says which, and the recorded file stays."""
    label = verified(kept, kept.file()).label
    before = kept.file().read_bytes()
    async with kept.published.world.admin("audit") as database:
        await database.execute("SET session_replication_role = replica")
        where = f"WHERE index = {label.first + 50}"
        await database.execute(f"UPDATE entries SET value = value || ' '::bytea {where}")
        try:
            told = await archived(kept.published, kept.year)
        finally:
            await database.execute(f"UPDATE entries SET value = substr(value, 1, length(value) - 1) {where}")
    assert f"index {label.first + 50}: its bytes are not those of its leaf" in told["problem"]
    assert kept.file().read_bytes() == before
    assert [each.name for each in kept.folder.iterdir() if each.name.startswith(".")] == []
