"""What people do with the directory by HTTP."""

import asyncio
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from services.directory.app import SERVICE
from shared.clocks.zone import DISTRICT_ZONE
from shared.procedure.actor import Role
from shared.web.call import Gate
from tests.directory.conftest import PASSWORD, Town

HOUSING = {"name": {"zh": "新部门", "en": "New department"}, "kind": "government"}
LEAKS = {
    "category": "building.leak",
    "area": "50010400300101",
    "lead": "housing_commission",
    "basis": {"zh": "目录", "en": "Catalogue"},
}
ONE_PER_ROLE = {
    Role.CLERK: "clerk.liu",
    Role.GRID_WORKER: "grid.luo",
    Role.DISPATCHER: "dispatch.cheng",
    Role.HANDLER: "police.wu",
    Role.SUPERVISOR: "supervise.mao",
    Role.AUDITOR: "audit.yan",
    Role.SYSTEM: "system.police",
}


def gate(route: APIRoute) -> Gate | None:
    return next((d.call for d in route.dependant.dependencies if isinstance(d.call, Gate)), None)


ROUTES = [route for router in SERVICE.routers for route in router.routes if isinstance(route, APIRoute)]
CLOSED = [r for r in ROUTES if (g := gate(r)) is not None and g.roles == frozenset({Role.ADMINISTRATOR})]
OPEN = {"departments", "areas", "categories", "rules", "authorities", "workflows", "clocks", "holidays"}


def today(town: Town) -> date:
    return town.world.runtime("directory").now().astimezone(DISTRICT_ZONE).date()


async def test_of_two_rival_rules_at_once_one_is_refused(town: Town) -> None:
    for round in range(4):
        rules = [f"rival.{round}.{one}" for one in "abc"]
        begin = str(today(town) + timedelta(days=400 + round))
        end = str(today(town) + timedelta(days=401 + round))
        form = {**LEAKS, "area": "50010400200102", "valid_from": begin, "valid_to": end}
        async with await town.as_("admin.ran") as admin:
            answers = await asyncio.gather(*(admin.put(f"/v1/rules/{code}", json=form) for code in rules))
        assert sorted(answer.status_code for answer in answers) == [200, 409, 409], [a.text for a in answers]
        assert {answer.json().get("code") for answer in answers if answer.status_code == 409} == {"other-rule"}


async def test_a_department_is_not_ended_while_a_post_in_it_is_being_given(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        await admin.put("/v1/departments/brief.office", json=HOUSING)
        holder = (await admin.get("/v1/people/me")).json()["id"]
        post = {"holder": holder, "role": "clerk", "department": "brief.office", "area": "500104"}
        given, ended = await asyncio.gather(
            admin.post("/v1/posts", json=post), admin.post("/v1/departments/brief.office/end")
        )
    assert sorted((given.status_code < 300, ended.status_code < 300)) == [False, True], (given.text, ended.text)


async def code_of(answer: httpx.Response) -> str:
    return str(answer.json()["code"])


@pytest.mark.parametrize(
    ("plural", "count"),
    [("departments", 22), ("areas", 17), ("categories", 40), ("rules", 40), ("authorities", 2), ("clocks", 8)],
)
async def test_everybody_reads_what_a_residents_form_needs(town: Town, plural: str, count: int) -> None:
    async with town.nobody() as client:
        answer = await client.get(f"/v1/{plural}")
        assert answer.status_code == 200
        assert len(answer.json()["items"]) >= count
        again = await client.get(f"/v1/{plural}", headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


async def test_lists_come_by_day_filter_and_page(town: Town) -> None:
    async with town.nobody() as client:
        grids = await client.get("/v1/areas", params={"within": "500104002003", "level": "grid"})
        assert [item["code"] for item in grids.json()["items"]] == [f"500104002003{n:02}" for n in range(1, 9)]
        before = await client.get("/v1/rules", params={"on": "2020-12-31"})
        assert before.json()["items"] == []
        seen: list[str] = []
        page: dict[str, Any] = {"next": None}
        while page["next"] or not seen:
            query = {"limit": 9, **({"cursor": page["next"]} if page["next"] else {})}
            page = (await client.get("/v1/departments", params=query)).json()
            seen += [item["code"] for item in page["items"]]
        assert len(seen) == len(set(seen)) >= 22
        assert (await client.get("/v1/areas", params={"cursor": "nonsense"})).status_code == 422
        assert (await client.get("/v1/areas", params={"unknown": "1"})).status_code == 422


async def test_a_clock_shows_the_version_of_the_day(town: Town) -> None:
    async with town.nobody() as client:
        for on, basis in (("2022-04-30", "district policy"), ("2022-05-01", "信访工作条例 Art 34")):
            items = (await client.get("/v1/clocks", params={"on": on})).json()["items"]
            clock = next(item for item in items if item["code"] == "petition_decision")
            assert clock["basis"]["en"] == basis
        versions = (await client.get("/v1/clocks/petition_decision")).json()["versions"]
        assert [version["valid_to"] for version in versions] == ["2022-05-01", None]


async def test_posts_and_names_are_for_staff(town: Town) -> None:
    async with town.nobody() as client:
        for path in ("/v1/posts", "/v1/staff", "/v1/people/me"):
            assert (await client.get(path)).status_code == 401
    async with await town.as_("grid.luo") as client:
        me = (await client.get("/v1/people/me")).json()
        assert me["login"] == "grid.luo"
        assert {(p["role"], p["area"]) for p in me["posts"]} >= {("grid_worker", "50010400200301")}
        held = (await client.get("/v1/posts", params={"holder": me["id"]})).json()["items"]
        assert [(p["role"], p["area"]) for p in held] == [(p["role"], p["area"]) for p in me["posts"]]
        named = (await client.get("/v1/staff", params={"ids": f"{me['id']},unknown"})).json()["items"]
        expected = {"id": me["id"], "name": me["name"], "department": "dongzheng_community", "here": True}
        assert named == [expected]


@pytest.mark.parametrize(
    ("who", "language", "department", "role", "area", "whole"),
    [
        ("grid.luo", "zh", "东正社区居委会", "网格员", "东正社区第一网格", False),
        ("grid.luo", "en", "Dongzheng Residents' Committee", "grid worker", "Dongzheng Community Grid 1", False),
        ("city.tang", "zh", "区城市管理局", "承办人", "大渡口区", True),
        ("subdistrict.gu", "zh", "跃进村街道办事处", "承办人", "跃进村街道", False),
    ],
)
async def test_one_is_told_ones_posts_by_their_names(
    town: Town, who: str, language: str, department: str, role: str, area: str, whole: bool
) -> None:
    async with await town.as_(who) as client:
        me = (await client.get("/v1/people/me", headers={"Accept-Language": language})).json()
    post = me["posts"][0]
    assert (post["role_name"], post["area_name"]) == (role, area)
    assert post["department_name"].startswith(department)
    assert me["department_name"].startswith(department)
    assert (post["whole_district"], me["whole_district"]) == (whole, whole)


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: f"{sorted(route.methods or ())[0]} {route.path}")
async def test_every_administrators_route_is_refused_to_everybody_else(town: Town, route: APIRoute) -> None:
    method, path = sorted(route.methods or ())[0], route.path.replace("{code}", "500104").replace("{id}", "x")
    async with town.nobody() as client:
        assert (await client.request(method, path)).status_code == 401
    for who in ONE_PER_ROLE.values():
        async with await town.as_(who) as client:
            answer = await client.request(method, path)
        assert answer.status_code == 403, who
        assert answer.json()["code"] == "not-permitted"


def test_all_that_changes_reference_data_is_for_administrators() -> None:
    changing = {route.path for route in ROUTES if (route.methods or set()) - {"GET", "HEAD"}}
    for_others = {"/v1/token", "/v1/authorize", "/v1/end-session", "/v1/people/me/password"}
    assert changing - {route.path for route in CLOSED} == for_others


async def test_a_department_is_added_with_its_people_and_its_rule(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/departments/water_bureau", json=HOUSING)).status_code == 200
        form = {"username": "water.lu", "name": "陆清源", "department": "water_bureau"}
        person = await admin.post("/v1/staff", json=form)
        assert person.status_code == 201, person.text
        id = person.json()["id"]
        new = "a long enough password"
        assert (await admin.put(f"/v1/staff/{id}/password", json={"password": new})).status_code == 204
        form = {"holder": id, "role": "handler", "department": "water_bureau", "area": "500104"}
        post = await admin.post("/v1/posts", json=form)
        assert post.status_code == 201, post.text
        rule = await admin.put("/v1/rules/W001", json={**LEAKS, "lead": "water_bureau"})
        assert rule.status_code == 200, rule.text
    await town.knows("post", await code_of(post))
    town.tokens["water.lu"] = (await town.sign_in("water.lu", new)).json()["access_token"]
    async with await town.as_("water.lu") as client:
        me = (await client.get("/v1/people/me")).json()
    assert [(p["role"], p["department"], p["area"]) for p in me["posts"]] == [("handler", "water_bureau", "500104")]
    await _it_goes_away_again(town, id, await code_of(post))


async def _it_goes_away_again(town: Town, person: str, post: str) -> None:
    async with await town.as_("admin.ran") as admin:
        used = await admin.post("/v1/departments/water_bureau/end")
        assert (used.status_code, used.json()["code"]) == (409, "still-used")
        assert used.json()["users"] == [f"post:{post}", "rule:W001"]
        held = await admin.post(f"/v1/staff/{person}/end")
        assert (held.status_code, held.json()["posts"]) == (409, [post])
        for path in (f"posts/{post}", "rules/W001", f"staff/{person}", "departments/water_bureau"):
            answer = await admin.post(f"/v1/{path}/end")
            assert answer.status_code == 200, answer.text
        gone = await admin.get("/v1/departments", params={"on": str(today(town))})
        assert "water_bureau" not in {item["code"] for item in gone.json()["items"]}
    runtime = town.world.runtime("directory")
    await town.world.until(lambda: runtime.reference.get("department", "water_bureau", runtime.now()) is None)
    assert (await town.sign_in("water.lu", "a long enough password")).status_code == 400
    async with await town.as_("water.lu") as client:
        assert (await client.get("/v1/posts")).status_code == 403


async def test_a_change_holds_from_its_day_on_and_the_past_stays(town: Town) -> None:
    next_week = today(town) + timedelta(days=7)
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/departments/changing", json=HOUSING)).status_code == 200
        renamed = {**HOUSING, "name": {"zh": "改名", "en": "Renamed"}, "valid_from": str(next_week)}
        changed = await admin.put("/v1/departments/changing", json=renamed)
        assert changed.json() == {"code": "changing", "version": 2, "status": "in_force"}
        late = await admin.put("/v1/departments/changing", json={**HOUSING, "valid_from": "2020-01-01"})
        assert (late.status_code, late.json()["code"]) == (409, "in-the-past")
        for day, name in ((today(town), "New department"), (next_week, "Renamed")):
            page = (await admin.get("/v1/departments", params={"on": str(day)})).json()
            shown = next(item for item in page["items"] if item["code"] == "changing")
            assert shown["name"]["en"] == name
        one = await admin.get("/v1/departments/changing")
        assert (one.headers["ETag"], one.json()["version"]) == ('"2"', 2)
        same = await admin.put("/v1/departments/changing", json=renamed, headers={"If-Match": '"1"'})
        assert same.status_code == 412
        assert (await admin.get("/v1/departments/unheard_of")).status_code == 404
        assert (await admin.post("/v1/departments/unheard_of/end")).status_code == 404


async def test_a_second_rule_for_the_same_matter_is_refused_in_both_languages(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        assert (await admin.put("/v1/rules/X001", json=LEAKS)).status_code == 200
        for language, title in (("en", "another rule holds"), ("zh", "已有交办规则")):
            refused = await admin.put("/v1/rules/X002", json=LEAKS, headers={"Accept-Language": language})
            assert (refused.status_code, refused.json()["code"]) == (409, "other-rule")
            assert title in refused.json()["title"]
        unknown = await admin.put("/v1/rules/X003", json={**LEAKS, "lead": "nobody"})
        assert (unknown.status_code, unknown.json()["entry"]) == (409, "nobody")


async def test_an_authority_is_granted_shown_and_revoked_and_the_past_stays(town: Town) -> None:
    tomorrow = today(town) + timedelta(days=1)
    form = {
        "department": "yuejincun_subdistrict",
        "category": "parking.disorder",
        "area": "500104003",
        "basis": {"zh": "区级赋权清单（示例）", "en": "District authority list (invented)"},
    }
    async with await town.as_("admin.ran") as admin:
        for language, title in (("en", "has an authority"), ("zh", "已有赋权")):
            refused = await admin.put("/v1/authorities/T1", json=form, headers={"Accept-Language": language})
            assert (refused.status_code, refused.json()["code"]) == (409, "other-authority")
            assert title in refused.json()["title"]
        nobody = await admin.put("/v1/authorities/T1", json={**form, "department": "dongzheng_community"})
        assert (nobody.status_code, nobody.json()["code"]) == (409, "not-a-town")
        granted = await admin.put("/v1/authorities/T1", json={**form, "category": "noise.living"})
        assert granted.status_code == 200, granted.text
        ended = await admin.post("/v1/authorities/T1/end", json={"valid_to": str(tomorrow)})
        assert ended.json()["status"] == "ended"
        for day, there in ((today(town), True), (tomorrow, False)):
            query = {"on": str(day), "department": "yuejincun_subdistrict", "category": "noise.living"}
            page = (await admin.get("/v1/authorities", params=query)).json()
            assert [item["code"] for item in page["items"]] == ["T1"] * there
    async with await town.as_("dispatch.cheng") as dispatcher:
        refused = await dispatcher.put("/v1/authorities/T2", json=form)
        assert (refused.status_code, refused.json()["code"]) == (403, "not-permitted")


async def test_what_is_not_of_its_form_is_refused(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        for path, body in (
            ("departments/a%20b", HOUSING),
            ("departments/x", {**HOUSING, "unknown": 1}),
            ("departments/x", {**HOUSING, "name": {"zh": "仅中文"}}),
            ("departments/x", {**HOUSING, "name": {"zh": "\u0000", "en": "NUL"}}),
            ("areas/letters", {"name": HOUSING["name"], "level": "grid"}),
            ("clocks/x", {"name": HOUSING["name"], "basis": HOUSING["name"], "unit": "fortnight"}),
        ):
            answer = await admin.put(f"/v1/{path}", json=body)
            assert answer.status_code == 422, (path, answer.text)
        role = {"holder": "x", "role": "service", "department": "police_bureau", "area": "500104"}
        assert (await admin.post("/v1/posts", json=role)).status_code == 422


async def test_a_user_name_is_given_once(town: Town) -> None:
    form = {"username": "twice.an", "name": "安平", "department": "police_bureau"}
    async with await town.as_("admin.ran") as admin:
        headers = {"Idempotency-Key": "twice"}
        first = await admin.post("/v1/staff", json=form, headers=headers)
        again = await admin.post("/v1/staff", json=form, headers=headers)
        assert first.status_code == again.status_code == 201
        assert again.json() == first.json()
        assert again.headers["Idempotent-Replay"] == "true"
        other = await admin.post("/v1/staff", json=form)
        assert (other.status_code, other.json()["code"]) == (409, "already-there")
        other = await admin.post("/v1/staff", json=form, headers={"Idempotency-Key": "another"})
        assert (other.status_code, other.json()["code"]) == (409, "already-there")


async def test_a_system_gets_a_secret_and_signs_in(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        form = {"client_id": "system.metro", "name": HOUSING["name"], "department": "transport_bureau"}
        id = (await admin.post("/v1/clients", json=form)).json()["id"]
        assert (await town.client_token("system.metro", PASSWORD)).status_code == 401
        secret = (await admin.post(f"/v1/clients/{id}/secret")).json()
        assert (await town.client_token("system.metro", secret["client_secret"])).status_code == 200
        newer = (await admin.post(f"/v1/clients/{id}/secret")).json()
        assert (await town.client_token("system.metro", secret["client_secret"])).status_code == 401
        assert (await town.client_token("system.metro", newer["client_secret"])).status_code == 200
        assert (await admin.post(f"/v1/clients/{id}/end")).status_code == 200
    assert (await town.client_token("system.metro", newer["client_secret"])).status_code == 401


async def test_a_retried_reset_leaves_the_account_usable(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        form = {"username": "retried.bai", "name": "白石", "department": "police_bureau"}
        id = (await admin.post("/v1/staff", json=form)).json()["id"]
        new = {"password": "a long enough password"}
        for _ in range(2):
            answer = await admin.put(f"/v1/staff/{id}/password", json=new, headers={"Idempotency-Key": "reset"})
            assert answer.status_code == 204
            assert (await town.sign_in("retried.bai", new["password"])).status_code == 200


async def test_a_secret_is_never_kept_for_a_retry(town: Town) -> None:
    async with await town.as_("admin.ran") as admin:
        form = {"client_id": "system.ferry", "name": HOUSING["name"], "department": "transport_bureau"}
        id = (await admin.post("/v1/clients", json=form)).json()["id"]
        secret = (await admin.post(f"/v1/clients/{id}/secret")).json()["client_secret"]
        refused = await admin.post(f"/v1/clients/{id}/secret", headers={"Idempotency-Key": "once"})
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
        assert "Idempotency-Key" in refused.text
    assert (await town.client_token("system.ferry", secret)).status_code == 200


async def test_no_name_is_in_any_fact(town: Town) -> None:
    names = await town.world.fetch("directory", "SELECT login, name FROM identities")
    rows = await town.world.fetch(
        "directory", "SELECT data, attributes FROM log UNION ALL SELECT data, attributes FROM pending"
    )
    told = "".join(row["data"].decode() + row["attributes"] for row in rows)
    systems = {"system.police", "system.hotline", "system.city", "system.metro", "system.ferry"}
    leaked = [
        row["login"] for row in names if row["login"] not in systems and (row["login"] in told or row["name"] in told)
    ]
    assert leaked == []
