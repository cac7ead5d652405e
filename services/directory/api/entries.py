"""Reference data by HTTP: lists for everybody (posts for staff), changes by administrators."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.directory import views
from services.directory.api.forms import (
    AreaForm,
    AuthorityForm,
    CategoryForm,
    ClockForm,
    Code,
    DepartmentForm,
    Form,
    HolidaysForm,
    PostForm,
    RuleForm,
    WorkflowForm,
    shown,
)
from services.directory.model.book import Book
from services.directory.model.entries import MODEL, ChangeEntry, EndEntry, EntryState, RegisterEntry, entry_id
from services.directory.tables import ENTRY
from services.directory.turns import Turns
from shared.clocks.zone import DISTRICT_ZONE
from shared.procedure.step import NEW, Command
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import anyone, doing, staff

router = APIRouter(tags=["reference data"])
Anyone = Annotated[Call, anyone()]
Staff = Annotated[Call, staff()]
Setting = Annotated[Call, doing(MODEL, RegisterEntry)]
Ending = Annotated[Call, doing(MODEL, EndEntry)]
EntryCode = Annotated[Code, Path(description="the entry's code")]
Filter = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{0,64}$")]


class ListQuery(BaseModel):
    """An entry is listed with the version that holds `on` that day."""

    model_config = ConfigDict(extra="forbid")
    on: date | None = Field(None, description="as it stands on that day; today when absent")
    within: Filter = Field("", description="codes that begin so; of areas: that area and all inside")
    cursor: Cursor = None
    limit: Limit = 200

    def filters(self) -> dict[str, Any]:
        return self.model_dump(exclude=set(ListQuery.model_fields), exclude_none=True)


class DepartmentQuery(ListQuery):
    kind: Filter | None = None
    parent: Filter | None = None


class AreaQuery(ListQuery):
    level: Filter | None = None


class CategoryQuery(ListQuery):
    kind: Filter | None = None


class RuleQuery(ListQuery):
    category: Filter | None = None
    area: Filter | None = None
    lead: Filter | None = None


class AuthorityQuery(ListQuery):
    department: Filter | None = None
    category: Filter | None = None
    area: Filter | None = None


class WorkflowQuery(ListQuery):
    workflow: int | None = None
    category: Filter | None = None
    area: Filter | None = None


class PostQuery(ListQuery):
    holder: Filter | None = None
    department: Filter | None = None
    role: Filter | None = None


OPEN_KINDS = {
    "departments": "department",
    "areas": "area",
    "categories": "category",
    "rules": "rule",
    "authorities": "authority",
    "workflows": "workflow",
    "clocks": "clock",
    "outlines": "outline",
}
LASTING = {"holidays": "holidays"}
"""What is only ever corrected."""


class Page(BaseModel):
    items: list[dict[str, Any]] = Field(description="each in the form that sets it, with `code` and its dates")
    next: str | None = Field(None, description="`cursor` of the next page")


class Item(BaseModel):
    code: str
    version: int = Field(description="for If-Match")
    versions: list[dict[str, Any]] = Field(description="by date; one follows the other without overlap")


class Recorded(BaseModel):
    code: str
    version: int
    status: str


class End(BaseModel):
    model_config = ConfigDict(extra="forbid")
    valid_to: date | None = Field(None, description="first day on which it no longer holds; today when absent")


def today(call: Call) -> date:
    """The district's."""
    return call.at.astimezone(DISTRICT_ZONE).date()


@router.get("/v1/departments", response_model=Page)
async def departments(call: Anyone, query: Annotated[DepartmentQuery, Query()]) -> Response:
    """Departments and other bodies that take hand-offs."""
    return await _list(call, "department", query)


@router.get("/v1/areas", response_model=Page)
async def areas(call: Anyone, query: Annotated[AreaQuery, Query()]) -> Response:
    """Areas down to grids."""
    return await _list(call, "area", query)


@router.get("/v1/categories", response_model=Page)
async def categories(call: Anyone, query: Annotated[CategoryQuery, Query()]) -> Response:
    """What a matter can be about."""
    return await _list(call, "category", query)


@router.get("/v1/rules", response_model=Page)
async def rules(call: Anyone, query: Annotated[RuleQuery, Query()]) -> Response:
    """The catalogue: who leads and who helps."""
    return await _list(call, "rule", query)


@router.get("/v1/authorities", response_model=Page)
async def authorities(call: Anyone, query: Annotated[AuthorityQuery, Query()]) -> Response:
    """The authority list (赋权清单): which town may act in which matters, on what basis."""
    return await _list(call, "authority", query)


@router.get("/v1/workflows", response_model=Page)
async def workflows(call: Anyone, query: Annotated[WorkflowQuery, Query()]) -> Response:
    """Under which version of the procedures cases are opened: of which matter, in which area, on what basis."""
    return await _list(call, "workflow", query)


@router.get("/v1/clocks", response_model=Page)
async def clocks(call: Anyone, query: Annotated[ListQuery, Query()]) -> Response:
    """How long each step may take, and on what basis."""
    return await _list(call, "clock", query)


@router.get("/v1/holidays", response_model=Page)
async def holidays(call: Anyone, query: Annotated[ListQuery, Query()]) -> Response:
    """Each year's days off and worked days, as they were noticed here; other years are as the software knows them."""
    return await _list(call, "holidays", query)


@router.get("/v1/posts", response_model=Page)
async def posts(call: Staff, query: Annotated[PostQuery, Query()]) -> Response:
    """Who holds which role where."""
    return await _list(call, "post", query)


@router.put("/v1/departments/{code}", response_model=Recorded)
async def put_department(code: EntryCode, form: DepartmentForm, call: Setting) -> Response:
    """Register a department, or change it from `valid_from` on."""
    return await _put(call, "department", code, form)


@router.put("/v1/areas/{code}", response_model=Recorded)
async def put_area(code: Annotated[str, Path(pattern="^[0-9]{2,20}$")], form: AreaForm, call: Setting) -> Response:
    """Register an area, or change it; it lies inside every area whose code begins its own."""
    return await _put(call, "area", code, form)


@router.put("/v1/categories/{code}", response_model=Recorded)
async def put_category(code: EntryCode, form: CategoryForm, call: Setting) -> Response:
    """Register a category, or change it."""
    return await _put(call, "category", code, form)


@router.put("/v1/rules/{code}", response_model=Recorded)
async def put_rule(code: EntryCode, form: RuleForm, call: Setting) -> Response:
    """Register a rule of the catalogue, or change it; for a category and area one rule holds at a time."""
    return await _put(call, "rule", code, form)


@router.put("/v1/authorities/{code}", response_model=Recorded)
async def put_authority(code: EntryCode, form: AuthorityForm, call: Setting) -> Response:
    """Grant a town an authority for a matter, or change it; to revoke it, end it: cases opened before stay."""
    return await _put(call, "authority", code, form)


@router.put("/v1/workflows/{code}", response_model=Recorded)
async def put_workflow(code: EntryCode, form: WorkflowForm, call: Setting) -> Response:
    """Put a version of the procedures into force from `valid_from` on: cases opened before keep theirs."""
    return await _put(call, "workflow", code, form)


@router.put("/v1/clocks/{code}", response_model=Recorded)
async def put_clock(code: EntryCode, form: ClockForm, call: Setting) -> Response:
    """Register a clock, or change it; a clock that runs keeps the version it began with."""
    return await _put(call, "clock", code, form)


@router.put("/v1/holidays/{code}", response_model=Recorded)
async def put_holidays(
    code: Annotated[str, Path(pattern="^20[0-9]{2}$")], form: HolidaysForm, call: Setting
) -> Response:
    """Load a year's notice, or correct it: clocks that run are counted again by it."""
    return await _put(call, "holidays", code, form)


@router.post("/v1/posts", response_model=Recorded, status_code=201)
async def assign_post(form: PostForm, call: Setting) -> Response:
    """Give somebody a role in a department for an area. The answer's `code` is the post's id."""
    code = post_id(form.holder, form.role, form.department, form.area)
    data, begin = form.data(), form.valid_from or today(call)
    async with call.runtime.extra(Turns).book() as book:
        command = RegisterEntry(**_about(call, "post", code, book), **_dates(form, begin), data=data)
        return await call.record(Write(ENTRY, entry_id("post", code), [command]), _show, 201)


@router.post("/v1/posts/{code}/end", response_model=Recorded)
async def end_post(code: EntryCode, call: Ending, end: End | None = None) -> Response:
    """The post is no longer held from `valid_to` on."""
    return await _end(call, "post", code, end)


@router.get("/v1/posts/{code}", response_model=Item)
async def post(code: EntryCode, call: Staff) -> Response:
    """One post with all its versions."""
    return await _one(call, "post", code)


def _add_reading(plural: str, kind: str) -> None:
    @router.get(f"/v1/{plural}/{{code}}", response_model=Item, name=kind)
    async def one(code: EntryCode, call: Anyone) -> Response:
        """All versions of one entry, past and future."""
        return await _one(call, kind, code)


def _add_ending(plural: str, kind: str) -> None:
    @router.post(f"/v1/{plural}/{{code}}/end", response_model=Recorded, name=f"end_{kind}")
    async def end_one(code: EntryCode, call: Ending, end: End | None = None) -> Response:
        """It no longer holds from `valid_to` on; refused while others name it beyond that day."""
        return await _end(call, kind, code, end)


for _plural, _kind in (OPEN_KINDS | LASTING).items():
    _add_reading(_plural, _kind)
for _plural, _kind in OPEN_KINDS.items():
    _add_ending(_plural, _kind)


def post_id(holder: str, role: str, department: str, area: str) -> str:
    """The same post has the same id, however often it is assigned."""
    return sha256("\0".join((holder, role, department, area)).encode()).hexdigest()[:24]


async def _list(call: Call, kind: str, query: ListQuery) -> Response:
    after = decode_typed(query.cursor, str)
    code, limit = after[0] if after else None, query.limit
    wanted = views.Wanted(kind, query.on or today(call), query.filters(), query.within, code, limit + 1)
    async with call.runtime.database.plain() as connection:
        rows = await views.entries(connection, wanted)
    more = encode_cursor(rows[limit - 1]["code"]) if len(rows) > limit else None
    return with_etag(call.request, {"items": [shown(row) for row in rows[:limit]], "next": more})


async def _one(call: Call, kind: str, code: str) -> Response:
    async with call.runtime.database.plain() as connection:
        found = await views.entry(connection, kind, code)
    if found is None:
        raise NotFound(kind)
    version, versions = found
    body = {"code": code, "version": version, "versions": [shown(row) for row in versions]}
    return with_etag(call.request, body, f'"{version}"')


async def _put(call: Call, kind: str, code: str, form: Form) -> Response:
    begin = form.valid_from or today(call)
    data = form.rule(code, begin) if isinstance(form, ClockForm) else form.data()
    async with call.runtime.extra(Turns).book() as book:
        about = {**_about(call, kind, code, book), **_dates(form, begin), "data": data}

        def commands(state: EntryState) -> list[Command]:
            return [ChangeEntry(**about) if state.status == "in_force" else RegisterEntry(**about)]

        return await call.record(Write(ENTRY, entry_id(kind, code), commands, call.expected), _show)


async def _end(call: Call, kind: str, code: str, end: End | None) -> Response:
    valid_to = (end.valid_to if end else None) or today(call)
    async with call.runtime.extra(Turns).book() as book:
        about = {**_about(call, kind, code, book), "valid_to": valid_to}

        def commands(state: EntryState) -> list[Command]:
            if state.status == NEW:
                raise NotFound(kind)
            return [EndEntry(**about)]

        return await call.record(Write(ENTRY, entry_id(kind, code), commands, call.expected), _show)


def _about(call: Call, kind: str, code: str, book: Book) -> dict[str, Any]:
    return {**call.stamp, "kind": kind, "code": code, "today": today(call), "book": book}


def _dates(form: Form, begin: date) -> dict[str, Any]:
    return {"valid_from": begin, "valid_to": form.valid_to}


def _show(outcome: Outcome) -> Mapping[str, Any]:
    state: EntryState = outcome.state
    return {"code": state.code, "version": outcome.version, "status": state.status}


def with_etag(request: Request, body: Mapping[str, Any], etag: str | None = None) -> Response:
    """304 when the caller has it already."""
    content = orjson.dumps(body)
    etag = etag or f'"{sha256(content).hexdigest()[:24]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if etag in {given.strip().removeprefix("W/") for given in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, "application/json")
