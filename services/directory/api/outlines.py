"""Where areas lie, as GeoJSON (RFC 7946): for maps, and taken over from whoever surveyed the district."""

from collections.abc import Mapping
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field

from services.directory import views
from services.directory.api.entries import Anyone, Filter, Setting, today
from services.directory.api.forms import AreaCode, Geometry, OutlineForm
from services.directory.model.book import Book, spans
from services.directory.model.entries import ChangeEntry, EntryState, RegisterEntry, entry_id
from services.directory.tables import ENTRY
from services.directory.turns import Turns
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.web.call import Call

router = APIRouter(prefix="/v1/outlines", tags=["reference data"])
GEOJSON = "application/geo+json"
MOST = 2_000
_FILES: dict[int | str, dict[str, Any]] = {200: {"content": {GEOJSON: {}}, "description": "a FeatureCollection"}}


class Properties(BaseModel):
    """What else there is of an area is the directory's own."""

    code: AreaCode


class Feature(BaseModel):
    type: Literal["Feature"]
    properties: Properties
    geometry: Geometry


class Collection(BaseModel):
    """GeoJSON; each feature names its area by `properties.code`."""

    type: Literal["FeatureCollection"]
    features: list[Feature] = Field(min_length=1, max_length=MOST)
    valid_from: date | None = Field(None, description="first day on which these hold; today when absent")


@router.get("", response_class=Response, responses=_FILES)
async def outlines(
    call: Anyone,
    on: Annotated[date | None, Query(description="as they stand on that day; today when absent")] = None,
    within: Annotated[Filter, Query(description="of that area and all inside")] = "",
) -> Response:
    """Every area that has an outline, with its name and level; `version` and ETag change with any of it."""
    day = on or today(call)
    async with call.runtime.database.plain() as connection:
        drawn = await views.entries(connection, views.Wanted("outline", day, {}, within, limit=MOST))
        areas = await views.entries(connection, views.Wanted("area", day, {}, within, limit=MOST))
    known = {row["code"]: row["data"] for row in areas}
    features = [_feature(row, known[row["code"]]) for row in drawn if row["code"] in known]
    version = sha256(orjson.dumps(features)).hexdigest()[:24]
    headers = {"ETag": f'"{version}"', "Cache-Control": "no-cache"}
    if headers["ETag"] in call.request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    body = {"type": "FeatureCollection", "version": version, "features": features}
    return Response(orjson.dumps(body), 200, headers, GEOJSON)


def _feature(row: Mapping[str, Any], area: Mapping[str, Any]) -> dict[str, Any]:
    names = {"zh": area["name_zh"], "en": area["name_en"]}
    polygons = row["data"]["polygons"]
    alone = len(polygons) == 1
    shape = {"type": "Polygon" if alone else "MultiPolygon", "coordinates": polygons[0] if alone else polygons}
    about = {"code": row["code"], "name": names, "level": area["level"], "valid_from": row["valid_from"]}
    return {"type": "Feature", "id": row["code"], "properties": about, "geometry": shape}


@router.post("")
async def take_over(given: Collection, call: Setting) -> Response:
    """Set the outlines of these areas from `valid_from` on, all or none; what stands already is left alone."""
    begin = given.valid_from or today(call)
    forms = [OutlineForm(area=one.properties.code, geometry=one.geometry) for one in given.features]
    async with call.runtime.extra(Turns).book() as book:
        new = {form.area: form.data() for form in forms if _standing(book, form.area, begin) != form.data()}
        body = {"set": len(new), "unchanged": len(forms) - len(new)}
        writes = [_write(call, book, code, begin, data) for code, data in new.items()]
        if not writes:
            return Response(orjson.dumps(body), media_type="application/json")
        return await call.record_all(writes, lambda outcome: body)


def _standing(book: Book, code: str, day: date) -> Mapping[str, Any] | None:
    versions = spans(book.entries.get(("outline", code), ()))
    return next((span.data for span in versions if span.begin <= day and (span.end is None or day < span.end)), None)


def _write(call: Call, book: Book, code: str, begin: date, data: dict[str, Any]) -> Write[EntryState]:
    about = {**call.stamp, "kind": "outline", "code": code, "today": today(call), "book": book}
    about |= {"valid_from": begin, "data": data}

    def commands(state: EntryState) -> list[Command]:
        return [ChangeEntry(**about) if state.status == "in_force" else RegisterEntry(**about)]

    return Write(ENTRY, entry_id("outline", code), commands)
