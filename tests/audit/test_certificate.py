"""A printed certificate: what it says, whose bundle it is, that this is had again later, and who may have one made."""

from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from pypdf import PdfReader
from typer.testing import CliRunner

from deploy.cli.main import app
from services.audit.log.append import append as store
from services.audit.paper.claims import Claim
from services.audit.paper.letters import NoGlyph, true_type
from services.audit.paper.page import Certificate, set_page
from services.audit.paper.reading import NoCertificate, differing
from services.audit.reactions import Hearing
from services.audit.tree.bundle import verify
from services.dispatch import facts as dispatch
from services.intake import facts as intake
from shared.facts.envelope import read_envelope
from shared.listen.parking import Record
from shared.signing.facts import Judge
from tests.audit.conftest import minutes
from tests.audit.publishing import Published
from tests.audit.telling import Telling
from tests.kit.witness import LOG_KEY


async def ask(published: Published, path: str, who: str | None = "audit.yan") -> httpx.Response:
    async with published.world.client("audit", who) as client:
        return await client.get(path)


async def made(published: Published, case: str) -> tuple[bytes, str]:
    """The page and its number."""
    answer = await ask(published, f"/v1/cases/{case}/certificate")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"].endswith('.certificate.pdf"')
    return answer.content, answer.headers["certificate-number"]


async def bundle(published: Published, number: str) -> bytes:
    answer = await ask(published, f"/v1/certificates/{number}/bundle")
    assert answer.status_code == 200, answer.text
    return answer.content


def text_of(page: bytes) -> str:
    [sheet] = PdfReader(BytesIO(page)).pages
    return sheet.extract_text()


async def test_the_page_says_what_the_log_holds_and_who_vouches_for_it(published: Published) -> None:
    await published.grown(*["printed"] * 3)
    page, number = await made(published, "printed")
    raw = await bundle(published, number)
    verdict, text = verify(raw, [LOG_KEY.verifier(), published.witness.key]), text_of(page)
    assert verdict.holds
    assert verdict.checkpoint is not None
    for said in (
        *("存证证明", "Certificate of Record", number, "printed", str(len(verdict.facts))),
        *(verdict.checkpoint.origin, str(verdict.checkpoint.size), sha256(raw).hexdigest()),
        *(LOG_KEY.verifier().id.hex(), published.witness.key.name, "区委政法委"),
    ):
        assert said in text, (said, text)
    assert f"/v1/certificates/{number}/bundle#sha256=" in text.replace("\n", "")


async def test_the_bundle_is_had_again_to_the_byte_whatever_is_recorded_later(published: Published) -> None:
    await published.grown(*["again"] * 3)
    page, number = await made(published, "again")
    before = await bundle(published, number)
    await published.grown(*["again"] * 300)
    assert await bundle(published, number) == before
    later, another = await made(published, "again")
    after = await bundle(published, another)
    assert len(verify(after).facts) > len(verify(before).facts)
    assert differing(page, before) == differing(later, after) == []
    assert {claim.en for claim in differing(page, after)} >= {"Facts in the log", "SHA-256 of the bundle", "Root hash"}


async def test_what_comes_to_belong_to_the_case_later_is_not_in_its_bundle_of_then(published: Published) -> None:
    """Its own code, when it is opened, and a report that is joined to it, with all that was told of that before."""
    told = Telling("played", None)  # type: ignore[arg-type]
    ids = {"category": "noise.living", "area": "50010400200301", "channel": "hotline", "contents": ()}
    first = intake.ReportRegistered(
        at=minutes(0), by="r", case_id="then", report_id="then-report", kind="livelihood", **ids, receipt_no="1"
    )
    await append(published, told, first)
    other = first.model_copy(update={"case_id": "other", "report_id": "other-report", "receipt_no": "2"})
    await append(published, told, other)
    page, number = await made(published, "then")
    before = await bundle(published, number)
    assert {fact.key for fact in verify(before).facts} == {"then"}
    joined = intake.ReportJoined(
        at=minutes(1),
        by="c",
        case_id="other",
        report_id="other-report",
        into="then",
        code="THEN-1",
        category="noise.living",
        contents=(),
    )
    opened = dispatch.CaseOpened(
        at=minutes(2), by="d", case_id="then", report_id="then-report", code="THEN-1", kind="livelihood", **ids
    )
    await append(published, told, joined, opened)
    assert await bundle(published, number) == before
    assert differing(page, before) == []
    _, another = await made(published, "then")
    now = verify(await bundle(published, another))
    assert (now.holds, now.code, {fact.key for fact in now.facts}) == (True, "THEN-1", {"then", "other"})


async def append(published: Published, told: Telling, *facts: Any) -> None:
    """Straight into the log, as if they had come."""
    hearing = Hearing(Judge([]))
    async with published.world.runtime("audit").database.transaction() as connection:
        for fact in facts:
            letter = told.write(fact)
            record = Record(letter.topic, letter.partition, -1, letter.key, letter.headers, letter.value)
            await store(connection, [hearing.received(read_envelope(letter.headers, letter.value), record)])
    await published.grown()


async def test_one_is_made_only_with_its_facts_and_they_are_found(published: Published) -> None:
    await published.grown("told-of")
    await made(published, "told-of")
    expected = {("audit.yan", "certificate", None), ("audit.yan", "case_file", "certificate")}

    async def come() -> bool:
        items = (await ask(published, "/v1/accesses?case=told-of")).json()["items"]
        return expected <= {(each["person"], each["kind"], each["what"]) for each in items}

    await published.world.until(come)
    history = (await ask(published, "/v1/cases/told-of/history")).json()["items"]
    assert {fact["source"] for fact in history} <= {"/services/toy", "/services/echo"}, (
        "having it certified does not change it"
    )


async def test_without_its_fact_no_page_is_given(published: Published) -> None:
    await published.grown("unrecorded")
    async with published.world.admin("audit") as administrator:
        await administrator.execute(
            "CREATE FUNCTION no_certificates() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$;"
            "CREATE TRIGGER no_certificates BEFORE INSERT ON certificates FOR EACH ROW"
            " EXECUTE FUNCTION no_certificates()"
        )
        try:
            answer = await ask(published, "/v1/cases/unrecorded/certificate")
            assert (answer.status_code, b"%PDF" in answer.content) == (503, False)
            assert await administrator.fetchval("SELECT count(*) FROM openings WHERE id LIKE 'unrecorded:%'") == 0
        finally:
            await administrator.execute("DROP TRIGGER no_certificates ON certificates")
    assert (await ask(published, "/v1/cases/unrecorded/certificate")).status_code == 200


async def test_only_who_may_see_the_case_has_one_made_or_gets_its_bundle(published: Published) -> None:
    await published.grown("guarded")
    _, number = await made(published, "guarded")
    for path in ("/v1/cases/guarded/certificate", f"/v1/certificates/{number}/bundle"):
        for who, status in (("supervise.mao", 200), ("dispatch.cheng", 403), ("clerk.liu", 403), (None, 401)):
            assert (await ask(published, path, who)).status_code == status, (path, who)
    async with published.world.admin("audit") as database:
        await database.execute("INSERT INTO barred VALUES ('guarded', 'political_legal_committee')")
        for path in ("/v1/cases/guarded/certificate", f"/v1/certificates/{number}/bundle"):
            assert (await ask(published, path)).status_code == 404
        await database.execute("DELETE FROM barred")
    assert (await ask(published, "/v1/cases/never/certificate")).status_code == 404
    assert (await ask(published, "/v1/certificates/never/bundle")).status_code == 404


async def test_the_command_tells_whether_page_and_bundle_belong_together(published: Published, tmp_path: Path) -> None:
    await published.grown(*["together"] * 2)
    page, number = await made(published, "together")
    paper, file = tmp_path / "page.pdf", tmp_path / "bundle.json"
    paper.write_bytes(page)
    file.write_bytes(await bundle(published, number))

    def said(*arguments: str) -> tuple[int, str]:
        found = CliRunner().invoke(app, ["verify", str(file), *arguments])
        return found.exit_code, found.output

    digest = sha256(file.read_bytes()).hexdigest()
    assert said("--certificate", str(paper))[0] == 0
    assert said("--digest", f"{digest[:32]} {digest[32:].upper()}")[0] == 0
    assert said("--digest", "0" * 64)[0] == 1
    assert said("--certificate", str(tmp_path / "nothing"))[0] == 2
    assert said("--certificate", str(file))[0] == 2
    # The same facts in another file: all of it proven, and not what was printed.
    file.write_bytes(orjson.dumps(orjson.loads(file.read_bytes())))
    assert said()[0] == 0
    status, output = said("--certificate", str(paper))
    assert (status, "SHA-256 of the bundle" in output) == (1, True), output


def forged(claims: list[Claim]) -> bytes:
    return set_page(Certificate("n", claims, ["office"], "office", minutes(0), "http://somewhere"))


async def test_a_page_with_the_right_digest_under_another_claim_is_refused(published: Published) -> None:
    await published.grown(*["claimed"] * 2)
    _, number = await made(published, "claimed")
    raw = await bundle(published, number)
    digest = sha256(raw).hexdigest()
    claims = differing(forged([Claim("", "", digest)]), raw)
    assert {claim.en for claim in claims} > {"Case", "Facts in the log", "First fact", "Log", "Root hash", "Witnessed"}
    right = [*claims, Claim("", "", digest)]
    assert differing(forged(right), raw) == []
    wrong = [Claim(each.zh, each.en, "DZ-2021-000001") if each.en == "Case" else each for each in right]
    assert [claim.en for claim in differing(forged(wrong), raw)] == ["Case"]
    with pytest.raises(NoCertificate):
        differing(forged([*right, Claim("", "", "0" * 64)]), raw)


def test_the_same_certificate_is_the_same_file_and_only_its_own_glyphs_are_in_it() -> None:
    page = forged([Claim("案件编号", "Case", "DZ-2021-000123")])
    assert page == forged([Claim("案件编号", "Case", "DZ-2021-000123")])
    assert page.startswith(b"%PDF-")
    assert len(page) < 80_000
    fonts = PdfReader(BytesIO(page)).pages[0]["/Resources"]["/Font"]  # type: ignore[index]
    assert all("/FontFile2" in font.get_object()["/FontDescriptor"] for font in fonts.values())


def test_a_character_that_no_font_has_is_not_left_out_in_silence() -> None:
    assert true_type("存证") == true_type("证存")
    with pytest.raises(NoGlyph):
        true_type("\ue000")
