"""Where areas lie: the district's own file, what everybody reads, and what an administrator takes over."""

import json
from itertools import pairwise
from typing import Any

import httpx
import pytest

from deploy.outlines import FILE, draw
from tests.directory.conftest import Town
from tests.kit.reference import DISTRICT

GRID = "50010400300101"
SQUARE = [[106.5, 29.5], [106.51, 29.5], [106.51, 29.51], [106.5, 29.51], [106.5, 29.5]]


def size(ring: list[list[float]]) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in pairwise(ring))) / 2


def test_the_invented_district_is_drawn_the_same_each_time_and_areas_fill_what_they_lie_in() -> None:
    text = (DISTRICT / FILE).read_bytes()
    assert draw(DISTRICT) == text
    rings = {f["properties"]["code"]: f["geometry"]["coordinates"][0] for f in json.loads(text)["features"]}
    for code, ring in rings.items():
        inside = [other for other in rings if other != code and other.startswith(code)]
        right_in_it = [one for one in inside if not any(one != o and one.startswith(o) for o in inside)]
        if right_in_it:
            assert sum(size(rings[one]) for one in right_in_it) == pytest.approx(size(ring), rel=1e-6), code
            assert {tuple(p) for p in ring} <= {tuple(p) for one in right_in_it for p in rings[one]}, code


async def take_over(town: Town, *features: Any, who: str = "admin.ran", **more: Any) -> httpx.Response:
    async with await town.as_(who) as somebody:
        body = {"type": "FeatureCollection", "features": features, **more}
        return await somebody.post("/v1/outlines", json=body, headers={"Accept-Language": "zh"})


def feature(code: str, ring: list[list[float]]) -> dict[str, Any]:
    shape = {"type": "Polygon", "coordinates": [ring]}
    return {"type": "Feature", "properties": {"code": code, "source": "survey"}, "geometry": shape}


async def test_everybody_reads_them_as_geojson_and_an_administrator_takes_others_over(town: Town) -> None:
    async with town.nobody() as anybody:
        before = await anybody.get("/v1/outlines")
        assert before.headers["content-type"].startswith("application/geo+json")
        again = await anybody.get("/v1/outlines", headers={"If-None-Match": before.headers["etag"]})
        assert again.status_code == httpx.codes.NOT_MODIFIED
        drawn = {each["id"]: each for each in before.json()["features"]}
        assert drawn[GRID]["properties"]["name"]["zh"] == "平安社区第一网格"
        same = feature("500104002", drawn["500104002"]["geometry"]["coordinates"][0])
        assert (await take_over(town, feature(GRID, SQUARE), same)).json() == {"set": 1, "unchanged": 1}
        after = (await anybody.get("/v1/outlines")).json()
        assert after["version"] != before.json()["version"]
        shown = next(each for each in after["features"] if each["id"] == GRID)
        assert shown["geometry"] == {"type": "Polygon", "coordinates": [SQUARE]}
    whole = feature(GRID, drawn[GRID]["geometry"]["coordinates"][0])
    assert (await take_over(town, whole)).json()["set"] == 1


async def test_what_is_no_outline_of_an_area_is_refused_and_nothing_of_it_is_taken(town: Town) -> None:
    unknown = await take_over(town, feature(GRID, SQUARE), feature("500104999", SQUARE))
    assert (unknown.status_code, unknown.json()["code"]) == (409, "not-in-force")
    open_ring = await take_over(town, feature(GRID, SQUARE[:-1]))
    assert open_ring.status_code == 422
    assert (await take_over(town, feature(GRID, SQUARE), who="clerk.liu")).status_code == 403
    async with town.nobody() as anybody:
        features = (await anybody.get(f"/v1/outlines?within={GRID}")).json()["features"]
    assert features[0]["geometry"]["coordinates"] != [SQUARE]
