"""Who sees what of the log: one's own area's cases, and never one that complains of one's own office."""

from base64 import b64decode
from collections.abc import AsyncIterator
from importlib import import_module
from typing import Any

import orjson
import pytest
import pytest_asyncio

from services.dispatch.facts import CaseOpened, CaseWithdrawn, OfficerRecused, RecusalLifted, ReportAttached
from services.intake.facts import (
    IdentityOpened,
    ReportAccepted,
    ReporterErased,
    ReportJoined,
    ReportRefused,
    ReportRegistered,
)
from shared.contents.refs import ContentRef
from shared.facts.fact import Fact
from tests.audit.conftest import minutes
from tests.audit.telling import telling
from tests.kit.appointing import Person, appoint, seal
from tests.kit.world import World

NEAR, FAR = "50010400200301", "50010400300101"
ACCUSED = ("audit.bureau", "audit.station", "audit.home")
PEOPLE = (
    Person("audit.bureau", "auditor", "police_bureau"),
    Person("audit.station", "auditor", "yuejincun_police_station"),
    Person("audit.home", "auditor", "political_legal_committee", home="police_bureau"),
    Person("audit.far", "auditor", "political_legal_committee", area="500104003"),
    Person("audit.grid", "auditor", "political_legal_committee", area="50010400200101"),
    Person("supervise.bureau", "supervisor", "police_bureau"),
    Person("supervise.far", "supervisor", "political_legal_committee", area="500104003"),
)
TEXT = ContentRef(id="c", kind="refusal", commitment="0" * 64)
SAID = {"by": "somebody"}


def registered(name: str, area: str = NEAR, complained_of: str | None = None) -> Fact:
    about = {"receipt_no": "R", "category": "noise.living", "channel": "hotline", "contents": ()}
    ids = {"report_id": f"{name}-report", "case_id": name}
    return ReportRegistered(at=minutes(0), **SAID, **ids, **about, area=area, complained_of=complained_of)


def opened(name: str, area: str = NEAR, barred: tuple[str, ...] = ()) -> Fact:
    about = {"category": "noise.living", "kind": "livelihood", "channel": "hotline", "contents": ()}
    ids = {"report_id": f"{name}-report", "case_id": name, "code": name.upper()}
    return CaseOpened(at=minutes(1), **SAID, **ids, **about, area=area, barred=barred)


def joined(name: str, into: str, complained_of: str | None = None) -> Fact:
    ids = {"report_id": f"{name}-report", "case_id": name, "into": into}
    return ReportJoined(at=minutes(2), **SAID, **ids, contents=(), complained_of=complained_of)


def of_report(kind: type[Fact], name: str, minute: float, **more: Any) -> Fact:
    ids = {"report_id": f"{name}-report", "case_id": name}
    return kind(at=minutes(minute), **SAID, **ids, **more)


REFUSED = {"route": "petition", "reason": TEXT}
TOLD = (
    # A complaint that is still being screened, one that was refused, one that became a case.
    registered("screening", complained_of="police_bureau"),
    registered("refused", complained_of="police_bureau"),
    of_report(ReportRefused, "refused", 3, **REFUSED),
    registered("complaint", complained_of="police_bureau"),
    opened("complaint", barred=("police_bureau", "yuejincun_police_station")),
    of_report(IdentityOpened, "complaint", 5, reporter="p", purpose="verify"),
    # A plain case that a complaint joins later; the other report of it complains of nobody.
    registered("plain"),
    opened("plain"),
    registered("another"),
    joined("another", "plain"),
    registered("joining", complained_of="police_bureau"),
    joined("joining", "plain", "police_bureau"),
    of_report(IdentityOpened, "joining", 5, reporter="p", purpose="verify"),
    ReportAttached(
        at=minutes(3), **SAID, case_id="plain", report_id="joining-report", contents=(), barred=("police_bureau",)
    ),
    # Nothing to do with the police; read and erased, joined by a report of another grid.
    registered("open"),
    opened("open"),
    of_report(IdentityOpened, "open", 2, reporter="p", purpose="contact"),
    registered("duplicate", area=FAR),
    joined("duplicate", "open"),
    of_report(ReporterErased, "open", 9, reporter="p"),
    registered("far", area=FAR),
    opened("far", area=FAR),
)
ABOUT_POLICE = ("screening", "refused", "complaint", "COMPLAINT", "plain", "PLAIN", "another", "joining")
KEYS_ABOUT_POLICE = (*[name for name in ABOUT_POLICE if name.islower()], "complaint-report", "joining-report")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def told(world: World) -> AsyncIterator[World]:
    await appoint(world, *PEOPLE)
    async with telling(world.servers.bootstrap, "teller") as source:
        await source.tell(*TOLD)

        async def received() -> bool:
            (row,) = await world.fetch("audit", "SELECT count(*) AS n FROM entries WHERE source = $1", source.source)
            return bool(row["n"] == source.position)

        await world.until(received)
        yield world


async def status(world: World, user: str, path: str) -> int:
    async with world.client("audit", user) as client:
        return (await client.get(path)).status_code


async def facts(world: World, user: str, **query: Any) -> list[dict[str, Any]]:
    async with world.client("audit", user) as client:
        items: list[dict[str, Any]] = (await client.get("/v1/facts", params={"limit": 500, **query})).json()["items"]
    return items


async def lines(world: World, user: str, **query: Any) -> list[dict[str, Any]]:
    async with world.client("audit", user) as client:
        answer = await client.get("/v1/log", params={"limit": 100_000, **query})
    return [orjson.loads(line) for line in answer.text.splitlines()]


@pytest.mark.parametrize("case", ABOUT_POLICE)
@pytest.mark.parametrize("user", [*ACCUSED, "supervise.bureau"])
async def test_a_complaint_about_ones_own_office_is_not_found_at_any_stage(told: World, user: str, case: str) -> None:
    for what in ("history", "state"):
        assert await status(told, user, f"/v1/cases/{case}/{what}") == 404
        assert await status(told, "audit.yan", f"/v1/cases/{case}/{what}") == 200


@pytest.mark.parametrize("user", ACCUSED)
async def test_neither_search_nor_log_tells_the_accused_of_it(told: World, user: str) -> None:
    for key in KEYS_ABOUT_POLICE:
        assert await facts(told, user, key=key) == []
        assert await lines(told, user, key=key) == []
        assert await facts(told, "audit.yan", key=key)
        assert await lines(told, "audit.yan", key=key)
    for narrow in (
        {"type": "lianzhi.intake.report-refused.v1"},
        {"actor": "somebody"},
        {"to": minutes(60).isoformat()},
    ):
        seen = await facts(told, user, **narrow)
        assert not {item.get("key", "withheld") for item in seen} & {*KEYS_ABOUT_POLICE, "withheld"}


@pytest.mark.parametrize("user", ACCUSED)
async def test_the_whole_log_stays_complete_with_places_that_are_withheld(told: World, user: str) -> None:
    whole, mine = await lines(told, "audit.yan"), await lines(told, user)
    assert [line["index"] for line in mine[: len(whole)]] == [line["index"] for line in whole]
    withheld = [line for line in mine if line.get("withheld")]
    hidden = [line for line in withheld if line["source"] == "/services/teller"]
    assert {line["source"] for line in withheld} <= {"/services/teller", "/services/audit"}, "and who looked at them"
    assert len(hidden) == sum(fact.key() in KEYS_ABOUT_POLICE for fact in TOLD)
    assert {tuple(line) for line in hidden} == {("index", "source", "position", "withheld", "digest")}
    values = b"".join(b64decode(line["value"]) for line in mine if "value" in line)
    assert not [name for name in KEYS_ABOUT_POLICE if f'"{name}"'.encode() in values]
    items = await facts(told, user, source="/services/teller")
    assert sorted(item["position"] for item in items) == list(range(1, len(TOLD) + 1))
    assert {item["index"] for item in items if "withheld" in item} == {line["index"] for line in hidden}


async def test_an_auditor_of_an_area_sees_that_areas_cases_only(told: World) -> None:
    for user, case, expected in (
        ("audit.far", "far", 200),
        ("audit.far", "duplicate", 200),
        ("audit.far", "open", 404),
        ("audit.grid", "open", 404),
        ("audit.grid", "far", 404),
        ("supervise.far", "open", 404),
        ("supervise.far", "far", 200),
        ("audit.yan", "far", 200),
    ):
        assert await status(told, user, f"/v1/cases/{case}/history") == expected, (user, case)
    seen = await facts(told, "audit.far")
    opened = "far:", "duplicate:"  # by the readings above, as soon as they have come
    assert {item["key"] for item in seen if "key" in item and not item["key"].startswith(opened)} == {
        "far",
        "duplicate",
    }
    assert all("withheld" in item for item in await lines(told, "audit.grid"))
    assert await facts(told, "audit.grid", key="open") == []
    assert await lines(told, "audit.far", key="open") == []


async def test_the_full_history_has_who_read_the_reporters_name_and_every_report_of_it(told: World) -> None:
    async with told.client("audit", "audit.yan") as client:
        items = (await client.get("/v1/cases/OPEN/history")).json()["items"]
    assert sorted(item["type"].split(".")[2] for item in items) == [
        "case-opened",
        "identity-opened",
        "report-joined",
        "report-registered",
        "report-registered",
        "reporter-erased",
    ]


async def test_who_stepped_back_reads_the_case_again_once_that_is_lifted(told: World) -> None:
    about = {"case_id": "far", "officer": "audit.far", **SAID}
    async with telling(told.servers.bootstrap, "lifting") as source:
        # Lifted and told anew in one portion: the last word counts.
        for at, kind, seen in (
            (4, (OfficerRecused,), 404),
            (5, (RecusalLifted,), 200),
            (6, (OfficerRecused, RecusalLifted, OfficerRecused), 404),
            (7, (RecusalLifted,), 200),
        ):
            more = {OfficerRecused: {"ground": "kinship"}, RecusalLifted: {"reason": TEXT}}
            letters = [source.write(each(at=minutes(at), **about, **more[each])) for each in kind]
            await source.send(*letters)

            async def answered(wanted: int = seen) -> bool:
                return await status(told, "audit.far", "/v1/cases/far/history") == wanted

            await told.until(answered)
            assert await status(told, "audit.yan", "/v1/cases/far/history") == 200


async def test_a_sealed_matter_is_hidden_from_those_outside_its_circle_at_every_stage(told: World) -> None:
    """With what is part of it; one that screening found to be another matter is told of as that."""
    corrected = {"report_id": "turned-report", "case_id": "turned", "receipt_no": "R", "channel": "hotline"}
    facts_of_it = (
        of_matter("young", "petition.pension"),
        opened_as("young", "petition.pension"),
        registered("beside"),
        joined("beside", "young"),
        of_report(IdentityOpened, "young", 5, reporter="p", purpose="verify"),
        of_matter("turned", "petition.pension"),
        ReportAccepted(at=minutes(2), **SAID, **corrected, category="noise.living", area=NEAR, contents=()),
    )
    async with telling(told.servers.bootstrap, "sealed") as source:
        await source.tell(*facts_of_it)

        async def received() -> bool:
            (row,) = await told.fetch("audit", "SELECT count(*) AS n FROM entries WHERE source = $1", source.source)
            return bool(row["n"] == source.position)

        await told.until(received)
    assert await status(told, "audit.yan", "/v1/cases/young/history") == 200
    await seal(told, "petition.pension", "police_bureau")
    try:
        for user, expected in (
            ("audit.yan", 404),
            ("supervise.mao", 404),
            ("audit.bureau", 200),
            ("audit.station", 200),
        ):
            for case in ("young", "YOUNG", "beside"):
                assert await status(told, user, f"/v1/cases/{case}/history") == expected, (user, case)
        assert await status(told, "audit.yan", "/v1/cases/turned/history") == 200
        for key in ("young", "young-report", "beside"):
            assert await facts(told, "audit.yan", key=key) == await lines(told, "audit.yan", key=key) == []
            assert await facts(told, "audit.bureau", key=key)
        whole = await facts(told, "audit.yan", source="/services/sealed")
        assert sorted(item["position"] for item in whole) == list(range(1, len(facts_of_it) + 1))
        assert sum("withheld" in item for item in whole) == len(facts_of_it) - 2
    finally:
        await seal(told, "petition.pension")
    assert await status(told, "audit.yan", "/v1/cases/young/history") == 200


async def test_the_matters_come_out_of_the_log_itself_as_well(told: World) -> None:
    noted = await _rows(told, "matters")
    assert noted
    migration = import_module("services.audit.migrations.0004_matters")
    async with told.admin("audit") as administrator:
        await administrator.execute(f"DELETE FROM matters; {migration._FROM_THE_LOG}")
    assert await _rows(told, "matters") == noted


def of_matter(name: str, category: str) -> Fact:
    return registered(name).model_copy(update={"category": category})


def opened_as(name: str, category: str) -> Fact:
    return opened(name).model_copy(update={"category": category})


async def test_what_belongs_to_no_case_is_for_auditors_of_the_whole_district(told: World) -> None:
    async with telling(told.servers.bootstrap, "stranger") as source:
        await source.tell(CaseWithdrawn(at=minutes(1), by="somebody", case_id="nobody-knows-where"))

        async def there() -> list[dict[str, Any]]:
            return await facts(told, "audit.yan", key="nobody-knows-where")

        await told.until(there)
    assert await facts(told, "audit.far", key="nobody-knows-where") == []
    assert await status(told, "audit.far", "/v1/cases/nobody-knows-where/history") == 404


async def test_a_log_from_before_is_sorted_out_by_the_migration(told: World) -> None:
    """What appending notes comes out of the log itself as well."""
    scope, since = (import_module(f"services.audit.migrations.{name}") for name in ("0002_scope", "0007_certificates"))
    await told.settled()
    noted = {table: await _rows(told, table) for table in ("keys", "barred")}
    openings = {row["id"] for row in await told.fetch("audit", "SELECT id FROM openings")}
    noted["keys"] = {row for row in noted["keys"] if row[0] not in openings}  # there were none yet
    async with told.admin("audit") as administrator:
        await administrator.execute(f"DELETE FROM keys; DELETE FROM barred; {scope._FROM_THE_LOG}{since._FROM_THE_LOG}")
    assert {table: await _rows(told, table) for table in noted} == noted


async def _rows(world: World, table: str) -> set[tuple[Any, ...]]:
    return {tuple(row.values()) for row in await world.fetch("audit", f"SELECT * FROM {table}")}
