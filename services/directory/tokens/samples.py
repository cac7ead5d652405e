"""The district's name, and people of an invented one whom anybody may try, as the directory has them."""

from collections.abc import Sequence

from fastapi import Request

from services.directory import views
from services.directory.tokens.page import Sample
from shared.refusals.words import ROLES, Language
from shared.web.runtime import Runtime


def district(request: Request, language: Language) -> str | None:
    runtime: Runtime = request.app.state.runtime
    now = runtime.now()
    return _name(runtime, "area", runtime.reference.root(now) or "", language)


async def samples(request: Request, logins: Sequence[str], language: Language) -> list[Sample]:
    """Those there are, with office and role of their first post; none unless some are named."""
    if not logins:
        return []
    runtime: Runtime = request.app.state.runtime
    async with runtime.database.plain() as connection:
        found = {row["login"]: row for row in await views.staff_by_login(connection, logins)}
    now = runtime.now()
    posts: dict[str, str] = {}
    for post in runtime.reference.all("post", now):
        office = _name(runtime, "department", post.entry["department"], language) or post.entry["department"]
        posts.setdefault(post.entry["holder"], f"{office} · {ROLES[post.entry['role']].said(language)}")
    return [
        Sample(login, row["name"], posts.get(row["id"], ""))
        for login in logins
        if (row := found.get(login)) is not None
    ]


def _name(runtime: Runtime, kind: str, code: str, language: Language) -> str | None:
    version = runtime.reference.get(kind, code, runtime.now())
    return version.entry.get(f"name_{language}", code) if version else None
