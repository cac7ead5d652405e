"""A case's bundle of proofs; the printed page that vouches for one; and the very bundle that a page speaks of."""

from asyncio import to_thread
from typing import Annotated

from fastapi import APIRouter, Path, Response

from services.audit import views
from services.audit.api.cases import Reader, readable
from services.audit.api.tiles import Documented, last_published
from services.audit.log import tiles
from services.audit.log.bundles import Vouched, bundle_of
from services.audit.log.publish import Publisher
from services.audit.model import MakeCertificate
from services.audit.paper import page
from services.audit.paper.claims import NotCertifiable, claims_of, digest_of
from services.audit.refusals import NotYetProven, TreeDamaged
from services.audit.tables import CERTIFICATE, OPENING
from services.audit.views import Case
from shared.accesses.opening import File, opened, opening_write
from shared.record.aggregate import Write
from shared.record.database import Connection
from shared.record.recorder import Request
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.world.world import new_id

router = APIRouter(tags=["proofs"])
_BUNDLE: Documented = {200: {"content": {"application/json": {}}, "description": "see services/audit/tree/bundle.py"}}
_PAGE: Documented = {200: {"content": {"application/pdf": {}}, "description": "one page A4, Chinese and English"}}
CertificateId = Annotated[str, Path(max_length=64, description="the number on the page")]


@router.get("/v1/cases/{case}/bundle", response_class=Response, responses=_BUNDLE)
async def bundle(case: str, call: Reader) -> Response:
    """All facts of a case with their proofs, the checkpoint, and the keys: what `lianzhi verify` checks offline."""
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        body = await _bundle(connection, found, await _vouched_now(connection, call))
    await opened(call, OPENING, File(found.id, None, "bundle"))
    return _file(body, "application/json", f"{found.code or found.id}.bundle.json")


@router.get("/v1/cases/{case}/certificate", response_class=Response, responses=_PAGE)
async def certificate(case: str, call: Reader) -> Response:
    """A certificate to be printed (存证证明): what the log holds of a case, who signed and witnessed it, and the digest
    of its bundle, which `/v1/certificates/{number}/bundle` gives again, whatever is recorded later."""
    async with call.runtime.database.plain() as connection:
        found = await readable(connection, call, case)
        vouched = await _vouched_now(connection, call)
        body = await _bundle(connection, found, vouched)
    made = MakeCertificate(
        **call.stamp,
        certificate_id=new_id(),
        case_id=found.id,
        size=vouched.size,
        digest=digest_of(body),
        checkpoint=vouched.note,
        log_keys=vouched.log_keys,
        witnesses=vouched.witnesses,
    )
    printed = await to_thread(_page, call, made, body)
    if printed is None:
        raise NotYetProven(vouched.size)
    await _record(call, made)
    answer = _file(printed, "application/pdf", f"{found.code or found.id}.certificate.pdf")
    answer.headers["Certificate-Number"] = made.certificate_id
    return answer


@router.get("/v1/certificates/{certificate_id}/bundle", response_class=Response, responses=_BUNDLE)
async def certified(certificate_id: CertificateId, call: Reader) -> Response:
    """The bundle that a certificate speaks of, byte by byte as it was when the page was made."""
    async with call.runtime.database.plain() as connection:
        made = await views.certificate(connection, certificate_id)
        if made is None:
            raise NotFound("certificate")
        found = await readable(connection, call, made.case_id)
        body = await _bundle(connection, found, Vouched(made.size, made.checkpoint, made.log_keys, made.witnesses))
    await opened(call, OPENING, File(found.id, None, "bundle"))
    return _file(body, "application/json", f"{found.code or found.id}.bundle.json")


async def _vouched_now(connection: Connection, call: Call) -> Vouched:
    """Raises NothingPublished."""
    publisher = call.runtime.extra(Publisher)
    note, checkpoint = await last_published(connection)
    witnesses = tuple(witness.key.text() for witness in publisher.witnesses)
    return Vouched(checkpoint.size, note, tuple(key.text() for key in publisher.keys), witnesses)


async def _bundle(connection: Connection, case: Case, vouched: Vouched) -> bytes:
    """Raises TreeDamaged."""
    try:
        return await bundle_of(connection, case, vouched)
    except tiles.Missing as missing:
        raise TreeDamaged(missing.tile.path()) from None


def _page(call: Call, made: MakeCertificate, body: bytes) -> bytes | None:
    """None where the log has no fact of the case yet that is proven."""
    try:
        claims, offices = claims_of(body)
    except NotCertifiable:
        return None
    base = call.runtime.settings.service_urls.get("audit", str(call.request.base_url)).rstrip("/")
    address = f"{base}/v1/certificates/{made.certificate_id}/bundle#sha256={made.digest}"
    names = [_name(call, code) for code in offices.codes]
    told = page.Certificate(made.certificate_id, claims, names, _name(call, made.actor.department), made.at, address)
    return page.set_page(told)


def _name(call: Call, department: str | None) -> str:
    """In both languages; the code where the directory does not know it, and a dash for none."""
    found = None if department is None else call.runtime.reference.get("department", department, call.at)
    return department or "—" if found is None else f"{found.entry['name_zh']} {found.entry['name_en']}"


async def _record(call: Call, made: MakeCertificate) -> None:
    """Both facts, that the case was opened and that it was certified, or the page is not given. Raises Unavailable."""
    writes = (
        opening_write(call, OPENING, File(made.case_id, None, "certificate")),
        Write(CERTIFICATE, made.certificate_id, [made]),
    )
    await call.runtime.recorder.record(Request(writes, call.trail()))


def _file(body: bytes, kind: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, media_type=kind, headers=headers)
