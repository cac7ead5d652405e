"""The first page, for whoever is not signed in."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from services.console.look.plain import page
from services.console.session import tastes_of
from services.console.sign_in import is_own

router = APIRouter(include_in_schema=False)
FAILURES = frozenset({"stale", "refused", "unreachable"})


@router.get("/welcome", response_class=HTMLResponse)
async def welcome(request: Request, to: str = "/", failed: str = "") -> HTMLResponse:
    """Where to sign in, and where residents go."""
    about = {"to": to if is_own(to) else "/", "failed": failed if failed in FAILURES else None}
    return HTMLResponse(page(tastes_of(request), "welcome", **about))
