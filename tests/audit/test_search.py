"""The log searched by what auditors ask for, taken away with proofs, and followed from cause to effect."""

import csv
import io
from base64 import b64encode
from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from deploy.cli.main import app
from services.audit.api import log as log_api
from services.audit.tree.selection import SelectionVerdict, verify_selection
from services.audit.tree.verdict import BadFile
from tests.audit.publishing import Published, publishing
from tests.kit.appointing import Person, appoint
from tests.kit.witness import LOG_KEY

pytestmark = pytest.mark.timeout(120)
PEOPLE = (Person("audit.part", "auditor", "political_legal_committee", area="500104003"),)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def log(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Published]:
    """Counters of the toy; the echo counts what it hears of them, so that one fact leads to another."""
    async with publishing(tmp_path_factory.mktemp("witness")) as published:
        await appoint(published.world, *PEOPLE)
        await published.grown(*[f"searched-{n % 20}" for n in range(300)])
        yield published


async def asked(log: Published, path: str, as_: str = "audit.yan", **query: Any) -> httpx.Response:
    async with log.world.client("audit", as_) as auditor:
        return await auditor.get(path, params=query)


async def found(log: Published, **query: Any) -> list[dict[str, Any]]:
    answer = await asked(log, "/v1/facts", limit=500, **query)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def taken(log: Published, **query: Any) -> bytes:
    answer = await asked(log, "/v1/log/proofs", **query)
    assert answer.status_code == 200, answer.text
    assert 'filename="log.proofs.jsonl"' in answer.headers["content-disposition"]
    return answer.content


def verified(log: Published, raw: bytes) -> SelectionVerdict:
    return verify_selection(raw.splitlines(keepends=True), [LOG_KEY.verifier(), log.witness.key])


def said(verdict: SelectionVerdict) -> list[str]:
    return [f"{problem.place}: {problem.en}" for problem in verdict.problems]


async def test_facts_are_found_by_kind_case_and_correlation(log: Published) -> None:
    of_case = await found(log, case="searched-3")
    assert {item["key"] for item in of_case} == {"searched-3"}
    kind = next(item["type"].split(".")[2] for item in of_case if item["source"] == "/services/toy")
    of_kind = await found(log, kind=kind, key="searched-3")
    assert {item["type"].split(".")[2] for item in of_kind} == {kind}
    assert len(of_kind) == len([item for item in of_case if f".{kind}." in item["type"]]) >= 15
    by_correlation = await found(log, correlation="searched-3")
    assert {item["correlation"] for item in by_correlation} == {"searched-3"}
    assert {item["index"] for item in of_case} <= {item["index"] for item in by_correlation}
    assert await found(log, kind="no-such-kind") == []
    assert (await asked(log, "/v1/facts", case="no-such-case")).status_code == 404


async def test_what_a_fact_has_led_to_is_found(log: Published) -> None:
    [effect, *_] = [item for item in await found(log) if item["causation"]]
    effects = await found(log, causation=effect["causation"])
    assert effect["index"] in {item["index"] for item in effects}
    assert {item["causation"] for item in effects} == {effect["causation"]}
    assert await found(log, causation="no-such-fact") == []


async def test_causes_are_followed_from_any_fact(log: Published) -> None:
    [effect, *_] = [item for item in await found(log) if item["causation"]]
    for start in (effect["id"], effect["causation"]):
        answer = await asked(log, f"/v1/facts/{start}/causes")
        assert answer.status_code == 200, answer.text
        told = answer.json()
        assert told["correlation"] == effect["correlation"]
        assert {"cause": effect["causation"], "effect": effect["id"]} in told["edges"]
        assert {effect["id"], effect["causation"]} <= {node["id"] for node in told["facts"]}
        assert len({node["source"] for node in told["facts"]}) > 1
    assert (await asked(log, "/v1/facts/no-such-fact/causes")).status_code == 404
    assert (await asked(log, f"/v1/facts/{effect['id']}/causes", "audit.part")).status_code == 404

    async def told_of() -> bool:
        items = (await asked(log, "/v1/accesses", kind="case_file", limit=500)).json()["items"]
        return any(item["what"] == "causes" for item in items)

    await log.world.until(told_of)


async def test_what_was_searched_for_is_taken_away_with_proofs(log: Published) -> None:
    raw = await taken(log, key="searched-5")
    verdict = verified(log, raw)
    assert said(verdict) == []
    assert (verdict.entries, verdict.withheld) == (len(await found(log, key="searched-5")), 0)
    assert verdict.entries >= 15
    assert [name for name, _ in verdict.witnesses] == [log.witness.key.name]


async def test_the_whole_log_is_taken_away_and_holds(log: Published) -> None:
    """More than one portion of it: a thousand entries."""
    await log.grown(*[f"whole-{n % 9}" for n in range(500)])
    verdict = verified(log, await taken(log))
    assert said(verdict) == []
    assert verdict.entries > 1000


async def test_nothing_found_is_a_file_too(log: Published) -> None:
    verdict = verified(log, await taken(log, key="nobody"))
    assert (said(verdict), verdict.entries) == ([], 0)


async def test_of_what_somebody_may_not_see_only_the_leaf_is_proven(log: Published) -> None:
    raw = await taken(log, as_="audit.part")
    verdict = verified(log, raw)
    assert said(verdict) == []
    assert verdict.withheld > 500
    assert b"searched-" not in raw
    narrowed = verified(log, await taken(log, as_="audit.part", key="searched-5"))
    assert (said(narrowed), narrowed.entries) == ([], 0)


def _lines(raw: bytes) -> list[bytes]:
    return raw.splitlines(keepends=True)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ("left out", "there should be"),
        ("twice", "it is out of order, or there twice"),
        ("swapped", "it is out of order, or there twice"),
        ("altered", "it is not at that place in the log"),
        ("cut", "the file is cut off"),
        ("behind", "it stands behind the end"),
        ("other words", "it is no line of JSON"),
        ("without bytes", "it is not at that place in the log"),
    ],
)
async def test_what_was_altered_in_the_file_is_named(log: Published, what: str, expected: str) -> None:
    lines = _lines(await taken(log, key="searched-6"))
    if what == "left out":
        del lines[3]
    elif what == "twice":
        lines.insert(3, lines[2])
    elif what == "swapped":
        lines[2], lines[3] = lines[3], lines[2]
    elif what == "altered":
        told = orjson.loads(lines[2])
        lines[2] = orjson.dumps({**told, "index": told["index"] + 1}) + b"\n"
    elif what == "cut":
        lines.pop()
    elif what == "behind":
        lines.append(lines[2])
    elif what == "other words":
        lines[2] = b"nothing\n"
    else:
        told = orjson.loads(lines[2])
        leaf = b64encode(bytes(32)).decode()
        lines[2] = orjson.dumps({"index": told["index"], "leaf": leaf, "proof": told["proof"]}) + b"\n"
    found = said(verify_selection(lines, [LOG_KEY.verifier(), log.witness.key]))
    assert any(expected in each for each in found), found


async def test_another_file_is_none(log: Published) -> None:
    for raw in (b"", b"{}\n", b'{"format": "lianzhi-log-selection@v1"}\n', b"\x00"):
        with pytest.raises(BadFile):
            verify_selection(raw.splitlines(keepends=True))


async def test_more_than_may_be_proven_at_once_is_refused(log: Published, monkeypatch: pytest.MonkeyPatch) -> None:
    count = len(_lines(await taken(log, key="searched-7"))) - 2
    monkeypatch.setattr(log_api, "MOST_PROVEN", count)
    assert (await asked(log, "/v1/log/proofs", key="searched-7")).status_code == 200
    monkeypatch.setattr(log_api, "MOST_PROVEN", count - 1)
    answer = await asked(log, "/v1/log/proofs", key="searched-7")
    assert (answer.status_code, answer.json()["code"]) == (422, "too-much-to-prove")
    assert str(count - 1) in answer.json()["title"] + answer.json().get("detail", "")


async def test_taking_it_away_is_a_fact(log: Published) -> None:
    await taken(log, key="searched-8")

    async def told() -> bool:
        items = (await asked(log, "/v1/accesses", kind="export", limit=500)).json()["items"]
        return any(item["what"] == "proofs" and item["person"] == "audit.yan" for item in items)

    await log.world.until(told)


async def test_the_command_checks_the_file_offline(log: Published, tmp_path: Any) -> None:
    file = tmp_path / "log.proofs.jsonl"
    file.write_bytes(await taken(log, key="searched-9"))
    keys = [part for key in (LOG_KEY.verifier(), log.witness.key) for part in ("--key", key.text())]
    good = CliRunner().invoke(app, ["verify", str(file), *keys, "--json"])
    assert good.exit_code == 0, good.output
    assert orjson.loads(good.output)["holds"]
    file.write_bytes(b"".join(_lines(file.read_bytes())[:-1]))
    bad = CliRunner().invoke(app, ["verify", str(file), *keys])
    assert (bad.exit_code, "cut off" in bad.output) == (1, True), bad.output


async def test_a_search_is_a_table_for_reading(log: Published) -> None:
    answer = await asked(log, "/v1/facts/export", key="searched-10")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    items = await found(log, key="searched-10")
    assert [int(row["index"]) for row in rows] == sorted(item["index"] for item in items)
    assert {row["key"] for row in rows} == {"searched-10"}
    assert [orjson.loads(row["data"]) for row in rows] == [item["data"] for item in reversed(items)]
    lines = (await asked(log, "/v1/facts/export", key="searched-10", format="jsonl")).content.splitlines()
    assert [orjson.loads(line) for line in lines] == items[::-1]
    hidden = (await asked(log, "/v1/facts/export", "audit.part")).text
    assert "searched-10" not in hidden
