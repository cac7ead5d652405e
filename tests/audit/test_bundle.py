"""A case's bundle: checked offline, and every alteration of it found."""

import random
from base64 import b64decode
from pathlib import Path

import orjson
import pytest
from typer.testing import CliRunner

from deploy.cli.main import app
from services.audit.tree.bundle import verify
from services.audit.tree.notes import SIGNS, SigningKey, VerifierKey
from services.audit.tree.verdict import BadFile, Verdict
from tests.audit.publishing import Published
from tests.kit.witness import LOG_KEY, ORIGIN

FLIPS = 12_000


async def bundle_of(published: Published, name: str) -> bytes:
    await published.grown(*[name] * 3, f"{name}-beside")
    async with published.world.client("audit", "audit.yan") as auditor:
        answer = await auditor.get(f"/v1/cases/{name}/bundle")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == f'attachment; filename="{name}.bundle.json"'
    return answer.content


def trusted(published: Published) -> list[VerifierKey]:
    return [LOG_KEY.verifier(), published.witness.key]


def said(verdict: Verdict) -> str:
    return "; ".join(f"{problem.place}: {problem.en}" for problem in verdict.problems)


async def test_a_bundle_proves_all_facts_of_the_case_and_names_who_vouches(published: Published) -> None:
    verdict = verify(await bundle_of(published, "whole"), trusted(published))
    assert verdict.holds, said(verdict)
    assert {(fact.source, fact.key) for fact in verdict.facts} >= {("/services/toy", "whole")}
    assert len(verdict.facts) >= 3
    assert verdict.signers == [LOG_KEY.verifier().text()]
    assert [name for name, _ in verdict.witnesses] == [published.witness.key.name]


async def accesses(published: Published, **query: str) -> list[tuple[str, str, str]]:
    async with published.world.client("audit", "audit.yan") as auditor:
        items = (await auditor.get("/v1/accesses", params={"limit": 500, **query})).json()["items"]
    return [(each["person"], each["kind"], each["what"]) for each in items]


async def test_whoever_takes_a_bundle_or_entries_away_is_told_of(published: Published) -> None:
    await bundle_of(published, "taken")
    size = (await published.grown()).size
    path = f"entries/000.p/{size}" if size < 256 else "entries/000"
    assert (await published.tile(path, "audit.yan")).status_code == 200
    expected = {("audit.yan", "case_file", "bundle"), ("audit.yan", "export", "entries")}

    async def come() -> bool:
        return expected <= set(await accesses(published))

    await published.world.until(come)
    assert ("audit.yan", "case_file", "bundle") in await accesses(published, case="taken")


async def test_a_bundle_does_not_change_by_being_taken(published: Published) -> None:
    first = verify(await bundle_of(published, "again"), trusted(published))
    count = len(first.facts)

    async def come() -> bool:
        return ("audit.yan", "case_file", "bundle") in await accesses(published, case="again")

    await published.world.until(come)
    await published.grown()
    async with published.world.client("audit", "audit.yan") as auditor:
        second = verify((await auditor.get("/v1/cases/again/bundle")).content, trusted(published))
    assert (second.holds, len(second.facts)) == (True, count)


async def test_every_altered_bit_is_found(published: Published) -> None:
    raw = await bundle_of(published, "flipped")
    keys, chance = trusted(published), random.Random(31)
    unnoticed = []
    for place in chance.sample(range(len(raw) * 8), min(FLIPS, len(raw) * 8)):
        altered = bytearray(raw)
        altered[place // 8] ^= 1 << place % 8
        try:
            if verify(bytes(altered), keys).holds:
                unnoticed.append((place, raw[max(0, place // 8 - 20) : place // 8 + 20]))
        except BadFile:
            continue
    assert unnoticed == []


@pytest.mark.parametrize(
    ("what", "found"),
    [
        ("left out", "facts are missing: [2]"),
        ("twice", "one is there twice"),
        ("swapped", "not in order of index"),
        ("another's", "a fact of another case"),
        ("renamed", "its facts call it None"),
        ("invented key", "of one of them there is no fact"),
    ],
)
async def test_what_is_left_out_or_put_in_is_named(published: Published, what: str, found: str) -> None:
    name = f"meddled-{what.replace(' ', '-').replace(chr(39), '')}"
    told = orjson.loads(await bundle_of(published, name))
    toy = [entry for entry in told["entries"] if b"/services/toy" in orjson.dumps(_headers(entry))]
    if what == "left out":
        told["entries"].remove(toy[1])
    elif what == "twice":
        told["entries"].insert(0, told["entries"][0])
    elif what == "swapped":
        told["entries"].reverse()
    elif what == "another's":
        other = orjson.loads(await bundle_of(published, f"{name}-other"))
        told["entries"] = sorted([*told["entries"], other["entries"][0]], key=lambda entry: entry["index"])
        told["checkpoint"] = other["checkpoint"]
    elif what == "renamed":
        told["case"]["code"] = "DZ-2021-000001"
    else:
        told["keys"].append("nobody")
    verdict = verify(orjson.dumps(told), trusted(published))
    assert found in said(verdict)


def _headers(entry: dict[str, str]) -> object:
    return orjson.loads(b64decode(entry["entry"]).partition(b"\n")[0])


async def test_keys_that_others_hold_do_not_vouch(published: Published) -> None:
    raw = await bundle_of(published, "strangers")
    assert "no key of the log" in said(verify(raw, [published.witness.key]))
    assert "no witness" in said(verify(raw, [LOG_KEY.verifier()]))
    assert verify(raw).holds
    assert not verify(raw).pinned


async def test_while_a_key_is_replaced_both_vouch(published: Published) -> None:
    """Whoever still has only the old key, or has only the new one, is content."""
    told = orjson.loads(await bundle_of(published, "rotated"))
    new = SigningKey(ORIGIN, SIGNS, b"n" * 32)
    text = told["checkpoint"].partition("\n\n")[0] + "\n"
    told["checkpoint"] += new.sign(text)
    raw = orjson.dumps(told)
    for key in (LOG_KEY, new):
        verdict = verify(raw, [key.verifier(), published.witness.key])
        assert verdict.holds, said(verdict)
        assert verdict.signers == [key.verifier().text()]


async def test_the_command_checks_a_file_without_anything_running(published: Published, tmp_path: Path) -> None:
    file = tmp_path / "case.bundle.json"
    file.write_bytes(await bundle_of(published, "command"))
    keys = [part for key in trusted(published) for part in ("--key", key.text())]
    good = CliRunner().invoke(app, ["verify", str(file), *keys])
    assert (good.exit_code, "All holds" in good.output) == (0, True), good.output
    told = orjson.loads(file.read_bytes())
    told["entries"][0]["index"] += 1
    file.write_bytes(orjson.dumps(told))
    bad = CliRunner().invoke(app, ["verify", str(file), *keys])
    assert (bad.exit_code, "it is not at that place" in bad.output) == (1, True), bad.output
    file.write_text("no bundle")
    assert CliRunner().invoke(app, ["verify", str(file)]).exit_code == 2
    assert CliRunner().invoke(app, ["verify", str(file), "--key", "nonsense"]).exit_code == 2
    assert CliRunner().invoke(app, ["verify", str(tmp_path / "nothing")]).exit_code == 2


async def test_only_who_may_see_the_case_gets_its_bundle(published: Published) -> None:
    await bundle_of(published, "seen")
    for who, status in (("dispatch.cheng", 403), (None, 401)):
        async with published.world.client("audit", who) as someone:
            assert (await someone.get("/v1/cases/seen/bundle")).status_code == status
    async with published.world.client("audit", "audit.yan") as auditor:
        assert (await auditor.get("/v1/cases/never/bundle")).status_code == 404
