"""For residents: report on a phone, follow by receipt. Plain pages, no account, nothing secret in an address."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import HTMLResponse

from services.console.calling import Caller, Refusal
from services.console.catalogue import Catalogues
from services.console.look.plain import page
from services.console.session import tastes_of
from shared.world.world import new_id

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
STEPS = ("supplement", "withdraw", "answer")


@router.get("/report", response_class=HTMLResponse)
async def blank(request: Request) -> HTMLResponse:
    """An empty form; `key`: sent twice it is registered once."""
    return await _form(request, {}, new_id())


@router.post("/report", response_class=HTMLResponse)
async def send(
    request: Request,
    key: Text,
    category: Text = "",
    area: Text = "",
    text: Text = "",
    name: Text = "",
    phone: Text = "",
    complained_of: Text = "",
) -> HTMLResponse:
    """The receipt; or the form again, as it was filled in, with why it was not taken."""
    given = {"category": category, "area": area, "text": text, "name": name, "phone": phone}
    given["complained_of"] = complained_of
    body: dict[str, Any] = {"category": category, "area": area, "text": text, "channel": "mobile"}
    body |= {"reporter": {"name": name, "phone": phone}} if name or phone else {}
    body |= {"complained_of": complained_of} if complained_of else {}
    try:
        receipt = await _caller(request).post("intake", "/v1/reports", body, key)
    except Refusal as refusal:
        return await _form(request, given, key, refusal)
    return _page(request, "resident_receipt", receipt=receipt)


@router.get("/follow", response_class=HTMLResponse)
async def ask(request: Request) -> HTMLResponse:
    return _page(request, "resident_ask", receipt_no="", why=None)


@router.post("/follow", response_class=HTMLResponse)
async def follow(request: Request, receipt_no: Text = "", code: Text = "") -> HTMLResponse:
    """How far it has come, in plain words, and what may still be said."""
    return await _progress(request, receipt_no.strip(), code.strip())


@router.post("/follow/{step}", response_class=HTMLResponse)
async def say(
    request: Request,
    step: str,
    receipt_no: Text,
    code: Text,
    key: Text,
    text: Text = "",
    solved: Text = "",
    satisfied: Text = "",
) -> HTMLResponse:
    """More about it, the answer whether it is solved, or that it is taken back."""
    if step not in STEPS:
        return await _progress(request, receipt_no, code)
    body: dict[str, Any] = {"text": text} if step == "supplement" else {}
    if step == "answer":
        body = {"solved": solved == "yes"} | ({"satisfied": satisfied == "yes"} if satisfied else {})
    why = None
    try:
        await _caller(request, code).post("intake", f"/v1/receipts/{receipt_no}/{step}", body or None, key)
    except Refusal as refusal:
        why = refusal
    return await _progress(request, receipt_no, code, why, done=step if why is None else None)


async def _form(request: Request, given: dict[str, str], key: str, refusal: Refusal | None = None) -> HTMLResponse:
    catalogues: Catalogues = request.app.state.catalogues
    language = tastes_of(request).language
    try:
        catalogue = await catalogues.get()
    except Refusal as unreachable:
        return _page(request, "resident_ask", receipt_no="", why=unreachable)
    lists = {
        "categories": catalogue.options("categories", language),
        "grids": catalogue.grids(language),
        "departments": catalogue.options("departments", language),
    }
    return _page(request, "resident_report", given=given, key=key, why=refusal, **lists)


async def _progress(
    request: Request, receipt_no: str, code: str, why: Refusal | None = None, done: str | None = None
) -> HTMLResponse:
    caller = _caller(request, code)
    try:
        found = await caller.get("intake", f"/v1/receipts/{receipt_no}")
        looked = await caller.get("intake", f"/v1/receipts/{receipt_no}/accesses")
    except Refusal as refusal:
        return _page(request, "resident_ask", receipt_no=receipt_no, why=refusal)
    about = {"receipt_no": receipt_no, "code": code, "key": new_id(), "why": why, "done": done}
    return _page(request, "resident_progress", found=found, looked=looked, **about)


def _caller(request: Request, code: str = "") -> Caller:
    return Caller(request.app.state.services, None, tastes_of(request).language, code)


def _page(request: Request, name: str, **about: Any) -> HTMLResponse:
    return HTMLResponse(page(tastes_of(request), name, **about), headers={"Cache-Control": "no-store"})
