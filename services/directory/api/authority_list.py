"""The authority list from a table: what it would change, and the change itself."""

import asyncio
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.directory import views
from services.directory.api.entries import Setting, today
from services.directory.model.authority_list import Line, Plan, Planning, Result, Row, commands, digest
from services.directory.model.book import Book, Span
from services.directory.model.entries import MODEL, entry_id
from services.directory.model.refusals import ListChanged
from services.directory.tables import ENTRY
from services.directory.turns import Turns
from shared.record.aggregate import Write, load
from shared.refusals.refusals import Refused
from shared.sheets.authorities import LONGEST_DAY, LONGEST_LIST, LONGEST_TEXT
from shared.web.call import Call
from shared.web.problems import told_in_both

router = APIRouter(prefix="/v1/authorities", tags=["reference data"])
Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT, strip_whitespace=True)]
Day = Annotated[str, StringConstraints(max_length=LONGEST_DAY, strip_whitespace=True)]


class Basis(BaseModel):
    model_config = ConfigDict(extra="forbid")
    zh: Text = Field(examples=["区级赋权清单2027年版"])
    en: Text = Field("", description="without it the words that stand, else the Chinese ones")


class RowForm(BaseModel):
    """What is wrong with a row is told of that row, and holds up no other."""

    model_config = ConfigDict(extra="forbid")
    row: int | None = Field(None, ge=1, le=10_000_000, description="its number where it comes from; else its place")
    town: Text = Field(examples=["跃进村街道办事处"], description="a township or subdistrict, by name or code")
    matter: Text = Field(examples=["parking.disorder"], description="a category, by name or code")
    area: Text = Field(examples=["500104002"], description="by name or code")
    basis: Basis
    valid_from: Day = Field("", description="first day; else since when it holds, or today", examples=["2027-01-01"])
    valid_to: Day = Field("", description="first day on which it no longer holds")


class ListForm(BaseModel):
    model_config = ConfigDict(extra="forbid")
    rows: list[RowForm] = Field(min_length=1, max_length=LONGEST_LIST)
    revoke_missing: bool = Field(False, description="end what these towns have and the rows lack")


class AsPreviewed(ListForm):
    as_of: str = Field(max_length=64, description="of the preview: refused when the list has changed since")


class Coded(BaseModel):
    code: str
    name: dict[str, str] | None


class Holding(BaseModel):
    basis: dict[str, str]
    valid_from: date
    valid_to: date | None


class LineShown(BaseModel):
    """`before`: what it takes the place of, or what ends. `row` none: an entry that the rows lack."""

    row: int | None
    result: Result
    code: str | None = Field(description="the entry's")
    town: Coded | None
    matter: Coded | None
    area: Coded | None
    basis: dict[str, str] | None
    valid_from: date | None
    valid_to: date | None
    before: Holding | None
    problem: dict[str, Any] | None = Field(description="as a refusal; `reason` in both languages")


class ListShown(BaseModel):
    applied: bool
    as_of: str = Field(description="the list that this was compared with")
    counts: dict[str, int] = Field(description="by result, of rows and of what is missing")
    rows: list[LineShown]
    missing: list[LineShown] = Field(description="what these towns have and the rows lack")


@router.post("/preview", response_model=ListShown)
async def preview(form: ListForm, call: Setting) -> Response:
    """What the rows would change in the authority list, row by row. Nothing is changed."""
    async with call.runtime.extra(Turns).book() as book:
        planning = await _planning(call, book)
        as_of, plan = digest(planning.states), await _planned(planning, form)
    return _answer(_shown(call, book, plan) | {"applied": False, "as_of": as_of})


@router.post("/apply", response_model=ListShown)
async def apply(form: AsPreviewed, call: Setting) -> Response:
    """Record what the preview said, all of it or nothing; rows that are refused are left out."""
    async with call.runtime.extra(Turns).book() as book:
        planning = await _planning(call, book)
        as_of = digest(planning.states)
        if as_of != form.as_of:
            raise ListChanged()
        plan = await _planned(planning, form)
        if form.revoke_missing:
            plan.refuse_to_revoke()
        body = _shown(call, book, plan) | {"applied": True, "as_of": as_of}
        writes = [
            Write(ENTRY, entry_id("authority", code), [one]) for code, one in commands([*plan.missing, *plan.lines])
        ]
        return await call.record_all(writes, lambda outcome: body) if writes else _answer(body)


async def _planning(call: Call, book: Book) -> Planning:
    async with call.runtime.database.plain() as connection:
        states = {code: load(MODEL, state) for code, state in (await views.authorities(connection)).items()}
    return Planning(call.at, call.actor, today(call), book, states)


async def _planned(planning: Planning, form: ListForm) -> Plan:
    """Beside the loop: a whole district's list takes a second, in which others sign in."""
    return await asyncio.to_thread(planning.plan, _rows(form), form.revoke_missing)


def _rows(form: ListForm) -> list[Row]:
    return [
        Row(place if row.row is None else row.row, row.town, row.matter, row.area, *_said(row))
        for place, row in enumerate(form.rows, 1)
    ]


def _said(row: RowForm) -> tuple[str, str, str, str]:
    return row.basis.zh, row.basis.en, row.valid_from, row.valid_to


def _shown(call: Call, book: Book, plan: Plan) -> dict[str, Any]:
    counts: dict[str, int] = {}
    for line in (*plan.lines, *plan.missing):
        counts[line.result] = counts.get(line.result, 0) + 1
    rows, missing = ([_line(call, book, line) for line in lines] for lines in (plan.lines, plan.missing))
    return {"counts": counts, "rows": rows, "missing": missing}


def _line(call: Call, book: Book, line: Line) -> dict[str, Any]:
    data = line.wanted.data if line.wanted else {}
    return {
        "row": line.row,
        "result": line.result,
        "code": line.code,
        "town": _coded(book, "department", data),
        "matter": _coded(book, "category", data),
        "area": _coded(book, "area", data),
        **(_held(line.wanted) if line.wanted else {"basis": None, "valid_from": None, "valid_to": None}),
        "before": _held(line.before) if line.before else None,
        "problem": _problem(call, line.problem),
    }


def _held(span: Span) -> dict[str, Any]:
    basis = {"zh": span.data["basis_zh"], "en": span.data["basis_en"]}
    return {"basis": basis, "valid_from": span.begin, "valid_to": span.end}


def _coded(book: Book, kind: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """With its newest name."""
    if kind not in data:
        return None
    versions = book.entries.get((kind, data[kind]), ())
    newest = versions[-1].data if versions else None
    return {"code": data[kind], "name": newest and {"zh": newest["name_zh"], "en": newest["name_en"]}}


def _problem(call: Call, refusal: Refused | None) -> dict[str, Any] | None:
    return told_in_both(call.request, refusal) if refusal is not None else None


def _answer(body: Mapping[str, Any]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
