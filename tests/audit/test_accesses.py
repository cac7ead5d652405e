"""Who looked, as auditors find it: by person, office, case, kind and time, within their scope, and recorded itself."""

import csv
import io
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.audit.api.accesses import COLUMNS
from services.dispatch import facts as dispatch
from services.intake import facts as intake
from shared.facts.fact import Fact
from tests.audit.conftest import minutes
from tests.audit.telling import telling
from tests.kit.appointing import Person, appoint, seal
from tests.kit.world import World

NEAR, FAR = "50010400200301", "50010400300101"
PEOPLE = (
    Person("audit.bureau", "auditor", "police_bureau"),
    Person("audit.far", "auditor", "political_legal_committee", area="500104003"),
)
COMMITTEE = {"by": "boss", "by_department": "political_legal_committee"}


def opened(name: str, area: str = NEAR, barred: tuple[str, ...] = (), category: str = "noise.living") -> Fact:
    about = {"category": category, "kind": "livelihood", "channel": "hotline", "contents": ()}
    ids = {"report_id": f"{name}-report", "case_id": name, "code": name.upper()}
    return dispatch.CaseOpened(at=minutes(1), by="somebody", **ids, **about, area=area, barred=barred)


def looked(name: str, minute: float, what: str = "case", **by: Any) -> Fact:
    who = {**COMMITTEE, **by}
    about = {"opening_id": f"{name}:{who['by']}", "case_id": name, "role": "supervisor", "what": what}
    return dispatch.CaseFileOpened(at=minutes(minute), **who, **about)


def identity(name: str, minute: float) -> Fact:
    who = {"by": "clerk", "by_department": "governance_center", "role": "clerk"}
    ids = {"report_id": f"{name}-report", "case_id": name, "reporter": "p"}
    return intake.IdentityOpened(at=minutes(minute), **who, **ids, purpose="verify")


TOLD = (
    opened("near"),
    opened("far", area=FAR),
    opened("complaint", barred=("police_bureau",)),
    opened("young", category="noise.construction"),
    looked("near", 2),
    looked("near", 3, "timeline", by="other"),
    looked("far", 4),
    looked("complaint", 5),
    looked("young", 6),
    identity("near", 7),
    dispatch.ExportMade(at=minutes(8), **COMMITTEE, export_id="e1", role="supervisor", of="cases", rows=12, digest="d"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: World) -> AsyncIterator[World]:
    await appoint(world, *PEOPLE)
    async with telling(world.servers.bootstrap, "looker") as source:
        await source.tell(*TOLD)

        async def received() -> bool:
            (row,) = await world.fetch("audit", "SELECT count(*) AS n FROM entries WHERE source = $1", source.source)
            return bool(row["n"] == source.position)

        await world.until(received)
        yield world


async def ask(world: World, who: str = "audit.yan", language: str = "en", **query: Any) -> httpx.Response:
    async with world.client("audit", who, language=language) as client:
        return await client.get("/v1/accesses", params={"to": minutes(60).isoformat(), **query})


async def found(world: World, who: str = "audit.yan", **query: Any) -> list[tuple[Any, ...]]:
    answer = await ask(world, who, **query)
    assert answer.status_code == 200, answer.text
    return [(each["kind"], each["person"], each["what"], each["case_code"]) for each in answer.json()["items"]]


EXPORT = ("export", "boss", "cases", None)
IDENTITY = ("identity", "clerk", None, "NEAR")
NEAR_TWICE = [("case_file", "other", "timeline", "NEAR"), ("case_file", "boss", "case", "NEAR")]


async def test_an_auditor_reads_who_looked_newest_first_in_words(told: World) -> None:
    assert await found(told) == [
        EXPORT,
        IDENTITY,
        ("case_file", "boss", "case", "YOUNG"),
        ("case_file", "boss", "case", "COMPLAINT"),
        ("case_file", "boss", "case", "FAR"),
        *NEAR_TWICE,
    ]
    export, opened_identity, *_, timeline, _ = (await ask(told, language="zh")).json()["items"]
    assert (export["rows"], export["digest"], export["what_name"]) == (12, "d", "案件清单")
    assert (opened_identity["purpose"], opened_identity["purpose_name"]) == ("verify", "核实情况")
    assert (opened_identity["role_name"], opened_identity["report_id"]) == ("窗口受理员", "near-report")
    assert (timeline["kind_name"], timeline["what_name"], timeline["role_name"]) == ("查阅案卷", "办理经过", "督办人")
    assert timeline["department_name"] not in (None, timeline["department"])
    assert timeline["at"] == "2021-05-03T01:03:00Z"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"person": "other"}, [NEAR_TWICE[0]]),
        ({"department": "governance_center"}, [IDENTITY]),
        ({"case": "NEAR"}, [IDENTITY, *NEAR_TWICE]),
        ({"case": "near", "kind": "case_file"}, NEAR_TWICE),
        ({"kind": ["identity", "export"]}, [EXPORT, IDENTITY]),
        ({"from": minutes(7).isoformat()}, [EXPORT, IDENTITY]),
        ({"from": minutes(2).isoformat(), "to": minutes(3).isoformat()}, [NEAR_TWICE[1]]),
        ({"person": "nobody"}, []),
    ],
    ids=str,
)
async def test_it_is_narrowed(told: World, query: dict[str, Any], expected: list[tuple[Any, ...]]) -> None:
    assert await found(told, **query) == expected


async def test_page_by_page_it_is_the_same_list(told: World) -> None:
    whole, pages, cursor = await found(told), list[tuple[Any, ...]](), {}
    while True:
        answer = (await ask(told, limit=2, **cursor)).json()
        pages += [(each["kind"], each["person"], each["what"], each["case_code"]) for each in answer["items"]]
        if answer["next"] is None:
            break
        cursor = {"cursor": answer["next"]}
    assert pages == whole


async def test_of_another_area_and_of_no_case_an_auditor_of_a_part_reads_nothing(told: World) -> None:
    assert await found(told, "audit.far") == [("case_file", "boss", "case", "FAR")]
    assert (await ask(told, "audit.far", case="NEAR")).status_code == 404
    assert (await ask(told, "audit.far", case="FAR")).status_code == 200


async def test_who_looked_at_a_complaint_or_a_sealed_matter_is_hidden_with_it(told: World) -> None:
    async def codes(who: str) -> set[Any]:
        return {code for *_, code in await found(told, who)}

    assert await codes("audit.bureau") == {None, "NEAR", "FAR", "YOUNG"}
    await seal(told, "noise.construction", "police_bureau")
    try:
        assert await codes("audit.yan") == {None, "NEAR", "FAR", "COMPLAINT"}
        assert await codes("audit.bureau") == {None, "NEAR", "FAR", "YOUNG"}
        assert (await ask(told, case="YOUNG")).status_code == 404
    finally:
        await seal(told, "noise.construction")
    assert "YOUNG" in await codes("audit.yan")


@pytest.mark.parametrize(
    "who", ["clerk.liu", "grid.luo", "dispatch.cheng", "city.tang", "supervise.mao", "admin.ran", "system.city"]
)
async def test_nobody_but_auditors_reads_it(told: World, who: str) -> None:
    assert (await ask(told, who)).status_code == 403


async def test_without_signing_in_nobody_does(told: World) -> None:
    async with told.client("audit") as nobody:
        assert (await nobody.get("/v1/accesses")).status_code == 401


async def test_a_spreadsheet_has_the_same_rows(told: World) -> None:
    answer = await ask(told, format="csv", case="NEAR")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="accesses.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["kind"], row["person"], row["what"], row["case_code"]) for row in rows] == [
        ("identity", "clerk", "", "NEAR"),
        *NEAR_TWICE,
    ]
    assert "link" not in answer.headers


async def own(world: World, kind: str) -> list[tuple[str, str, int | None]]:
    """What audit itself has told of reading so far: by whom, what, how many rows."""
    answer = await ask(world, to="2099-01-01T00:00:00Z", kind=kind, limit=500)
    return [(each["person"], each["what"], each["rows"]) for each in answer.json()["items"]]


async def test_reading_it_is_an_access_itself(told: World) -> None:
    expected = ("audit.yan", "accesses", len(await found(told, case="NEAR")))

    async def come() -> bool:
        return expected in await own(told, "export")

    await told.until(come)


@pytest.mark.parametrize("path", ["log?source=/services/looker", "facts?source=/services/looker&limit=500"])
async def test_reading_the_log_is_one(told: World, path: str) -> None:
    async with told.client("audit", "audit.yan") as auditor:
        assert (await auditor.get(f"/v1/{path}")).status_code == 200
    expected = ("audit.yan", path.split("?")[0], len(TOLD))

    async def come() -> bool:
        return expected in await own(told, "export")

    await told.until(come)


@pytest.mark.parametrize("what", ["history", "state", "film", "knew", "differences", "causes"])
async def test_so_is_every_view_of_a_case_by_whomever(told: World, what: str) -> None:
    query = "?from=2021-05-01T00:00:00Z" if what == "differences" else ""
    for who in ("audit.yan", "supervise.mao"):
        async with told.client("audit", who) as someone:
            assert (await someone.get(f"/v1/cases/far/{what}{query}")).status_code == 200

    async def come() -> bool:
        return {("audit.yan", what, None), ("supervise.mao", what, None)} <= set(await own(told, "case_file"))

    await told.until(come)


async def test_a_case_that_may_not_be_seen_was_not_opened(told: World) -> None:
    async with told.client("audit", "audit.far") as auditor:
        assert (await auditor.get("/v1/cases/near/film")).status_code == 404
    rows = await told.fetch("audit", "SELECT id FROM openings WHERE id = 'near:audit.far'")
    assert rows == []


async def test_a_history_does_not_change_by_being_read(told: World) -> None:
    async with told.client("audit", "audit.yan") as auditor:
        first = (await auditor.get("/v1/cases/near/history")).json()["items"]

        async def come() -> bool:
            return ("audit.yan", "history", None) in await own(told, "case_file")

        await told.until(come)
        again = (await auditor.get("/v1/cases/near/history")).json()["items"]
    assert [fact["id"] for fact in again] == [fact["id"] for fact in first]
    assert {fact["type"] for fact in first} == {"lianzhi.dispatch.case-opened.v1", "lianzhi.intake.identity-opened.v1"}


async def test_what_cannot_be_recorded_is_not_shown(told: World) -> None:
    async with told.admin("audit") as administrator:
        await administrator.execute(
            "CREATE OR REPLACE FUNCTION no_accesses() RETURNS trigger LANGUAGE plpgsql AS $$"
            " BEGIN RAISE EXCEPTION 'away' USING ERRCODE = '57P01'; END $$;"
            "CREATE TRIGGER no_accesses BEFORE INSERT ON pending FOR EACH ROW WHEN (NEW.topic = 'accesses')"
            " EXECUTE FUNCTION no_accesses()"
        )
        try:
            for path in ("accesses", "cases/complaint/history", "cases/complaint/film", "log", "facts"):
                async with told.client("audit", "audit.yan") as auditor:
                    answer = await auditor.get(f"/v1/{path}")
                assert (answer.status_code, "COMPLAINT" in answer.text) == (503, False), path
        finally:
            await administrator.execute("DROP TRIGGER no_accesses ON pending")
    assert (await ask(told)).status_code == 200
