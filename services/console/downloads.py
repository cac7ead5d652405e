"""Files, as the person signed in: what a service exports is passed on, and kept nowhere."""

from collections.abc import AsyncIterator

import httpx
from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse

from services.console.calling import WITHIN, Caller, NotSignedIn, Refusal
from services.console.figure_files import FILES, file_of
from services.console.session import tastes_of
from services.console.sign_in import SignIn

router = APIRouter(include_in_schema=False)
EXPORTS = {
    "cases": ("dispatch", "/v1/cases/export", ""),
    "accesses": ("audit", "/v1/accesses", "format=csv&"),
    "facts": ("audit", "/v1/facts/export", ""),
    "proofs": ("audit", "/v1/log/proofs", ""),
}
PASSED_ON = ("content-type", "content-disposition")


@router.get("/export/{what}")
async def export(request: Request, what: str) -> Response:
    """A list, or figures, narrowed as on the screen."""
    if what in FILES:
        return await _figures(request, what)
    if what not in EXPORTS:
        return Response(status_code=404)
    service, path, more = EXPORTS[what]
    return await _passed_on(request, service, f"{path}?{more}{request.url.query}")


async def _figures(request: Request, what: str) -> Response:
    sign_in: SignIn = request.app.state.sign_in
    session = sign_in.sessions.of(request)
    if session is None:
        return RedirectResponse("/welcome", 303)
    caller = Caller(request.app.state.services, session.access_token, tastes_of(request).language)
    try:
        content = await file_of(what, caller, await request.app.state.catalogues.get(), dict(request.query_params))
    except NotSignedIn:
        return RedirectResponse("/welcome", 303)
    except Refusal as refusal:
        return Response(refusal.why, refusal.status or 503, media_type="text/plain; charset=utf-8")
    name = {"Content-Disposition": f'attachment; filename="{what}.csv"', "Cache-Control": "no-store"}
    return Response(content, 200, name, "text/csv; charset=utf-8")


@router.get("/bundle/{case}")
async def bundle(request: Request, case: str) -> Response:
    """A case's facts with their proofs, for `lianzhi verify`."""
    return await _passed_on(request, "audit", f"/v1/cases/{case}/bundle")


@router.get("/certificate/{case}")
async def certificate(request: Request, case: str) -> Response:
    """A page to print of what the log holds of a case."""
    return await _passed_on(request, "audit", f"/v1/cases/{case}/certificate")


@router.get("/archive/{month}")
async def archive(request: Request, month: str) -> Response:
    """A month of the log, for `lianzhi verify` and DuckDB."""
    return await _passed_on(request, "audit", f"/v1/archives/{month}/file")


@router.get("/content/{service}/{id}")
async def content(request: Request, service: str, id: str) -> Response:
    """A file of a case."""
    if service not in request.app.state.services.urls:
        return Response(status_code=404)
    return await _passed_on(request, service, f"/v1/contents/{id}")


async def _passed_on(request: Request, service: str, path: str) -> Response:
    sign_in: SignIn = request.app.state.sign_in
    session = sign_in.sessions.of(request)
    if session is None:
        return RedirectResponse("/welcome", 303)
    headers = {
        "Authorization": f"Bearer {session.access_token}",
        "Accept-Language": "zh-CN" if tastes_of(request).language == "zh" else "en",
    }
    client = httpx.AsyncClient(timeout=WITHIN)
    answer = await client.send(
        client.build_request("GET", request.app.state.services.urls[service] + path, headers=headers), stream=True
    )

    async def chunks() -> AsyncIterator[bytes]:
        async for chunk in answer.aiter_bytes():
            yield chunk
        await answer.aclose()
        await client.aclose()

    passed = {name: answer.headers[name] for name in PASSED_ON if name in answer.headers}
    return StreamingResponse(chunks(), answer.status_code, passed)
