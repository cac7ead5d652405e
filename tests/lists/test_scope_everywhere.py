"""One predicate of scope behind every way to a case: list, search, single read, figures, map, hand-offs, export.

Random cases and random people, over the real database; beside them `Scope.view`, in Python, over each case.
"""

import csv
import io
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import orjson
import pytest
import pytest_asyncio

from deploy.generator.filling import fill
from services.dispatch import facts as f
from services.dispatch import walking
from services.dispatch.model import MODEL, Case, Handoff
from services.dispatch.model.moves import came, late_at, passes
from services.dispatch.model.standing import OPEN
from services.dispatch.scope import Scope
from services.dispatch.tables import CASE, CONSULTATIONS, SEATS, consultation_rows, seat_rows
from services.dispatch.tallies import RECOUNT, fold
from shared.contents.refs import ContentRef
from shared.procedure.actor import Actor, Role
from shared.record.aggregate import dump, load
from tests.kit import reference
from tests.kit.world import World, running
from tests.lists.people import DEPARTMENTS, SEALED, Somebody, on_rounds, somebody

pytestmark = pytest.mark.asyncio(loop_scope="session")
TEXT = ContentRef(id="content", kind="consultation_question", commitment="0" * 64)
CASES, PEOPLE, SEED = 260, 48, 20260711


@dataclass
class District:
    world: World
    people: list[Somebody]
    cases: list[Case]

    def __post_init__(self) -> None:
        """The reference is slow: each is asked once what they see. Work given back leaves an outline to read, and no
        place in lists."""
        self._seen, self._read = dict[str, list[Case]](), dict[str, set[str]]()
        for who in self.people:
            scope = Scope.of(who.actor)
            read = [case for case in self.cases if scope.view(case) is not None]
            self._read[who.id] = {case.case_id for case in read}
            self._seen[who.id] = [case for case in read if _listed(scope, case)]

    def seen(self, who: Somebody) -> list[Case]:
        return self._seen[who.id]

    def read(self, who: Somebody) -> set[str]:
        return self._read[who.id]

    async def ask(self, who: Somebody, path: str, **query: Any) -> Any:
        async with self.world.client("dispatch", who.id) as client:
            return await client.get(f"/v1/{path}", params=query)


def _listed(scope: Scope, case: Case) -> bool:
    """Whole, or to be visited now."""
    view = scope.view(case)
    visited = case.status in ("resolved", "followed_up") and any(case.area.startswith(area) for area in scope.rounds)
    return view is case or visited


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def district() -> AsyncIterator[District]:
    async with running("dispatch") as world:
        connection = await asyncpg.connect(world.admin_url)
        try:
            await fill(connection, CASES, SEED, datetime.now(UTC))
            await _complain(connection)
            await _consult(connection)
            await _switch(connection)
            await connection.execute(f"TRUNCATE tallies; {RECOUNT}")
            rows = await connection.fetch("SELECT state::text AS state FROM dispatch.cases ORDER BY id")
        finally:
            await connection.close()
        chance = random.Random(SEED)
        people = [somebody(number, chance) for number in range(PEOPLE)] + list(on_rounds())
        await _seal(world)
        for who in people:
            world.gatekeeper.homes[who.id] = who.home
            await _appoint(world, who)
        yield District(world, people, [load(MODEL, row["state"]) for row in rows])


async def _complain(connection: asyncpg.Connection) -> None:
    """Of some departments in every ninth case, as a report that joins would: in all the rows alike."""
    await connection.execute("SET search_path = dispatch")
    for number, department in enumerate(DEPARTMENTS[:4]):
        barred = orjson.dumps([department]).decode()
        await connection.execute(
            "WITH accusing AS ("
            " UPDATE cases SET state = state || jsonb_build_object('barred', $1::jsonb), barred = $1::jsonb"
            " WHERE abs(hashtext(id)) % 36 = $2 RETURNING id)"
            " UPDATE handoffs SET barred = $1::jsonb WHERE case_id IN (SELECT id FROM accusing)",
            barred,
            number,
        )


async def _consult(connection: asyncpg.Connection) -> None:
    """In every fourth case some departments are invited, and in half of these the consultation is over."""
    rows = await connection.fetch("SELECT id, state::text AS state FROM dispatch.cases ORDER BY id")
    for number, row in enumerate(rows[::4]):
        case, invited = load(MODEL, row["state"]), DEPARTMENTS[number % 3 : number % 3 + 2]
        about = {"at": case.opened_at, "by": "x", "case_id": case.case_id, "consultation_id": f"{case.case_id}.c1"}
        told: list[Any] = [f.ConsultationCalled(**about, reason="complex", question=TEXT)]
        told += [f.DepartmentInvited(**about, department=department) for department in invited]
        told += [f.ConsultationCalledOff(**about)] if number % 2 else []
        for fact in told:
            case = MODEL.evolve(case, fact)
        await connection.execute("UPDATE cases SET state = $2 WHERE id = $1", row["id"], dump(case))
        for table, kept in ((CONSULTATIONS, consultation_rows), (SEATS, seat_rows)):
            for values in kept(row["id"], case):
                places = ", ".join(f"${place}" for place in range(1, len(values) + 1))
                barred = {"barred": orjson.dumps(values["barred"]).decode()} if values.get("barred") else {}
                text = f"INSERT INTO {table.name} ({', '.join(values)}) VALUES ({places})"
                await connection.execute(text, *{**values, **barred}.values())


async def _switch(connection: asyncpg.Connection) -> None:
    """Every fifth case is of a later version of the procedures."""
    await connection.execute(
        "UPDATE cases SET state = state || '{\"workflow\": 2}', workflow = 2 WHERE abs(hashtext(id)) % 5 = 1"
    )


async def _seal(world: World) -> None:
    """As the administrator would, by the categories: whatever is there of such matters."""
    rows = [row for row in reference.rows() if row[0] == "category" and row[1] in SEALED]
    sealed = tuple((*about, {**entry, "circle": list(SEALED[about[1]])}) for *about, entry in rows)
    async with world.admin("dispatch") as connection:
        await reference.put(connection, "dispatch", sealed)  # type: ignore[arg-type]


async def _appoint(world: World, who: Somebody) -> None:
    rows = tuple(
        (
            "post",
            f"{who.id}:{number}",
            reference.EVER,
            None,
            {"holder": who.id, "role": post.role.value, "department": post.department, "area": post.area},
        )
        for number, post in enumerate(who.posts)
    )
    async with world.admin("dispatch") as connection:
        await reference.put(connection, "dispatch", rows)
    runtime = world.runtime("dispatch")
    await runtime.reference.load(runtime.database)


async def _pages(district: District, who: Somebody, path: str, **query: Any) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        asked = {**query, "limit": 37, **({"cursor": cursor} if cursor else {})}
        answer = await district.ask(who, path, **asked)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        cursor = answer.json()["next"]
        if cursor is None:
            return rows


async def test_the_random_people_see_something_not_everything_and_each_something_else(district: District) -> None:
    sizes = Counter(len(district.seen(who)) for who in district.people)
    assert len(sizes) > 12
    assert any(case.barred for case in district.cases)
    assert any(district.read(who) - {case.case_id for case in district.seen(who)} for who in district.people)
    visited = [case for case in district.cases if case.status in ("resolved", "followed_up")]
    own = [_has_part(case, department) for department in DEPARTMENTS for case in visited]
    assert any(own)
    assert not all(own)


async def test_the_reference_shows_what_is_sealed_to_its_circle_and_to_who_routes_it_and_to_nobody_else(
    district: District,
) -> None:
    """The reference itself is asked here: everything else is compared with it."""
    met: Counter[str] = Counter()
    for who in district.people:
        routes = [post.area for post in who.posts if post.role is Role.DISPATCHER]
        for case in (case for case in district.cases if case.case_id in district.read(who) and case.category in SEALED):
            inside = any(post.department in SEALED[case.category] for post in who.posts)
            assert inside or any(case.area.startswith(area) for area in routes), (who, case.category)
            met["circle" if inside else "routed"] += 1
    assert min(met["circle"], met["routed"]) > 10
    unsealed = [Actor(who.id, who.posts, who.home) for who in district.people]
    before = sum(Scope.of(actor).view(case) is not None for actor in unsealed for case in district.cases)
    assert before > sum(len(district.read(who)) for who in district.people) + 100, "the seal hides something"


async def test_lists_show_what_the_reference_says(district: District) -> None:
    for who in district.people:
        seen = {case.case_id for case in district.seen(who)}
        for sort in ("newest", "oldest"):
            shown = [row["id"] for row in await _pages(district, who, "cases", sort=sort)]
            assert (len(shown), set(shown)) == (len(seen), seen), who


async def test_a_search_shows_what_the_reference_says(district: District) -> None:
    for who in district.people:
        shown = {row["id"] for row in await _pages(district, who, "cases", q="500104-")}
        assert shown == {case.case_id for case in district.seen(who)}, who
        drains = {row["id"] for row in await _pages(district, who, "cases", q="下水道")}
        assert drains == {c.case_id for c in district.seen(who) if c.category == "sanitation.drain"}, who


async def test_a_single_case_is_read_by_whom_the_reference_lets(district: District) -> None:
    chance = random.Random(SEED)
    for who in district.people[:24]:
        read = district.read(who)
        for case in chance.sample(district.cases, 24):
            answer = await district.ask(who, f"cases/{case.case_id}")
            assert answer.status_code == (200 if case.case_id in read else 404), (who, case.case_id)


async def test_hand_offs_are_of_cases_that_one_reads(district: District) -> None:
    states = "offered,accepted,in_progress,completed,verified,returned,recalled,transferred,waived"
    for who in district.people:
        scope = Scope.of(who.actor)
        expected = {
            handoff.handoff_id
            for case in district.cases
            if not who.actor.is_recused(case.barred) and who.actor.knows(case.category, case.area)
            for handoff in case.handoffs
            if any(case.area.startswith(area) for area in scope.areas)
            or any(handoff.department == office and case.area.startswith(area) for office, area in scope.offices)
        }
        rows = await _pages(district, who, "handoffs", status=states)
        assert {row["handoff_id"] for row in rows} == expected, who
        assert {row["case_id"] for row in rows} <= district.read(who)


async def test_clocks_are_of_cases_that_one_is_shown(district: District) -> None:
    for who in district.people:
        expected = {k.clock_id for case in district.seen(who) for k in case.clocks if k.running}
        assert {row["clock_id"] for row in await _pages(district, who, "clocks")} == expected, who


FILTERS: dict[str, Callable[[Case], bool]] = {
    "": lambda case: True,
    "status=closed": lambda case: case.status == "closed",
    "kind=livelihood": lambda case: case.kind == "livelihood",
    "area=500104002": lambda case: case.area.startswith("500104002"),
    "category=sanitation.drain": lambda case: case.category == "sanitation.drain",
    "overdue=true": lambda case: any(clock.overdue for clock in case.clocks),
    "colour=yellow,red": lambda case: _colour(case) in (1, 2),
    "needs_offer=true": lambda case: bool(CASE.project(case.case_id, case)["needs_offer"]),
    "workflow=2": lambda case: case.workflow == 2,
}
FROM, TO = (datetime.now(UTC) - timedelta(days=days) for days in (700, 200))


def _colour(case: Case) -> int | None:
    """The worst of what anybody owes."""
    owed = (clock for clock in case.clocks if clock.running and not clock.deadline.right)
    return max((3 if clock.overdue else clock.colour for clock in owed), default=None)


LISTED: dict[str, Callable[[Case], bool]] = {
    **FILTERS,
    "department=city_management_bureau": lambda case: _has_part(case, "city_management_bureau"),
    "department=city_management_bureau&kind=livelihood": lambda case: (
        case.kind == "livelihood" and _has_part(case, "city_management_bureau")
    ),
    "category=sanitation.drain&area=500104002": lambda case: (
        case.category == "sanitation.drain" and case.area.startswith("500104002")
    ),
    "department=city_management_bureau&overdue=true": lambda case: (
        _colour(case) == 3 and _has_part(case, "city_management_bureau")
    ),
    "department=yuejincun_subdistrict&colour=green,lapsed&area=500104002": lambda case: (
        _colour(case) in (0, 3) and case.area.startswith("500104002") and _has_part(case, "yuejincun_subdistrict")
    ),
    "overdue=false": lambda case: _colour(case) != 3,
    "needs_offer=false&colour=green": lambda case: (
        _colour(case) == 0 and not CASE.project(case.case_id, case)["needs_offer"]
    ),
    "answerable=city_management_bureau": lambda case: any(
        clock.running and clock.deadline.answerable == "city_management_bureau" for clock in case.clocks
    ),
}


COUNTED: dict[str, Callable[[Case], bool]] = {
    **LISTED,
    "workflow=1&status=closed": lambda case: case.workflow == 1 and case.status == "closed",
    f"opened_from={FROM.isoformat()}": lambda case: case.opened_at >= FROM,
    f"opened_from={FROM.isoformat()}&opened_to={TO.isoformat()}&category=sanitation.drain": lambda case: (
        FROM <= case.opened_at < TO and case.category == "sanitation.drain"
    ),
    "department=housing_commission": lambda case: _has_part(case, "housing_commission"),
    "department=housing_commission&category=sanitation.drain,noise.living&area=500104002&workflow=1": lambda case: (
        case.category in ("sanitation.drain", "noise.living")
        and case.area.startswith("500104002")
        and case.workflow == 1
        and _has_part(case, "housing_commission")
    ),
    f"department=city_management_bureau&opened_to={TO.isoformat()}": lambda case: (
        case.opened_at < TO and _has_part(case, "city_management_bureau")
    ),
    "department=city_management_bureau,housing_commission": lambda case: (
        _has_part(case, "city_management_bureau") or _has_part(case, "housing_commission")
    ),
}


def _has_part(case: Case, department: str) -> bool:
    return any(h.department == department and h.offered_at is not None for h in case.handoffs)


@pytest.mark.parametrize(("few", "gathered"), [(0, -1), (walking.FEW, walking.GATHERED)])
async def test_a_narrowed_list_shows_what_the_reference_says_by_either_way(
    district: District, few: int, gathered: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Along the hand-offs of a department that has few, and along the cases for one that has many; those of a matter
    met on the way, or all taken first."""
    monkeypatch.setattr(walking, "FEW", few)
    monkeypatch.setattr(walking, "GATHERED", gathered)
    for number, (query, fits) in enumerate(LISTED.items()):
        asked = dict(part.split("=") for part in query.split("&") if part)
        for who in district.people[number % 2 :: 2]:
            shown = [row["id"] for row in await _pages(district, who, "cases", **asked)]
            seen = {case.case_id for case in district.seen(who) if fits(case)}
            assert (len(shown), set(shown)) == (len(seen), seen), (who, query)


async def test_the_beginning_of_a_code_finds_what_the_reference_says(district: District) -> None:
    for who in district.people[:24]:
        seen = district.seen(who)
        for length in (9, 11, 13, 17):
            beginning = district.cases[len(district.cases) // 2].code[:length]
            expected = {case.case_id for case in seen if case.code.startswith(beginning)}
            for path, key in (("cases", "id"), ("clocks", "case_id")):
                shown = {row[key] for row in await _pages(district, who, path, code=beginning)}
                assert shown == (expected if path == "cases" else expected & shown), (who, beginning)
            counted = (await district.ask(who, "figures/cases", code=beginning)).json()
            assert sum(row["count"] for row in counted) == len(expected)


@pytest.mark.parametrize("query", COUNTED, ids=[query.partition("T")[0] for query in COUNTED])  # alike in each worker
async def test_figures_and_the_map_count_what_the_reference_says(district: District, query: str) -> None:
    """Those that sums tell, those that indexes do, and those of open cases, which neither does."""
    asked = dict(part.split("=") for part in query.split("&") if part)
    for who in district.people[list(COUNTED).index(query) % 2 :: 2]:
        seen = [case for case in district.seen(who) if COUNTED[query](case)]
        figures = (await district.ask(who, "figures/cases", **asked)).json()
        counted = {(row["kind"], row["status"], row["closing_reason"]): row["count"] for row in figures}
        assert counted == Counter((case.kind, case.status, case.closing_reason) for case in seen), who
        on_map = (await district.ask(who, "map/cases", **asked)).json()["items"]
        states = ("closed",) if "status=closed" in query else OPEN
        places = Counter(case.area for case in seen if case.status in states)
        assert {row["area"]: row["count"] for row in on_map} == places, who


async def test_answers_are_counted_of_the_cases_of_the_list(district: District) -> None:
    for who in district.people:
        seen, counts = district.seen(who), (await district.ask(who, "figures/follow-up")).json()["counts"]
        assert counts["resolved"] == sum(case.resolved_at is not None for case in seen), who
        assert counts["solved"] == sum(case.asked == "solved" for case in seen), who
        assert counts["satisfied"] == sum(case.satisfied is True for case in seen), who


async def test_figures_by_time_count_what_the_reference_says_and_open_its_rows(district: District) -> None:
    chance = random.Random(SEED)
    period = {"from": FROM.isoformat(), "to": TO.isoformat()}
    for who in district.people[::2]:
        mine = [(case, handoff) for case in district.cases for handoff in _shown_handoffs(who, case)]
        moved = Counter((*came(case, handoff), handoff.department) for case, handoff in mine)
        flow = (await district.ask(who, "figures/flow")).json()
        told = {(row["came_from"], row["came_by"], row["department"]): row["count"] for row in flow["items"]}
        assert told == moved, who
        aged = (await district.ask(who, "figures/ageing", of="handoffs")).json()
        at = datetime.fromisoformat(aged["as_of"])
        ages = Counter((h.department, _age(at, h.offered_at)) for _, h in mine if not h.ended)
        assert {(row["department"], row["age"]): row["count"] for row in aged["items"]} == ages, who
        seen = [case for case in district.seen(who) if case.status in OPEN]
        old = (await district.ask(who, "figures/ageing")).json()
        at = datetime.fromisoformat(old["as_of"])
        counted = Counter(_age(at, case.opened_at) for case in seen)
        assert {row["age"]: row["count"] for row in old["items"]} == counted, who
        passed = (await district.ask(who, "figures/passes")).json()
        assert [row["count"] for row in passed["items"]] == [sum(passes(c) >= k for c in seen) for k in range(1, 6)]
        turned = (await district.ask(who, "figures/turnover", **period)).json()
        assert {row["figure"]: row["count"] for row in turned["items"]} == {
            "opened": sum(FROM <= case.opened_at < TO for case in district.seen(who)),
            "closed": sum(_between(case.closed_at) for case in district.seen(who)),
            "late": sum(_between(late_at(case)) for case in district.seen(who)),
            "returned": sum(h.status == "returned" and _between(h.since) for _, h in mine),
        }, who
        figures = [{"list": one["list"], **row} for one in (flow, aged, old, passed) for row in one["items"]]
        for figure in chance.sample([*figures, *turned["items"]], 3):
            rows = await _pages(district, who, figure["list"], **figure["query"])
            assert len(rows) == figure["count"], (who, figure)


def _shown_handoffs(who: Somebody, case: Case) -> Iterator[Handoff]:
    """Of cases of the areas that one sees whole, and of one's offices."""
    scope = Scope.of(who.actor)
    if who.actor.is_recused(case.barred) or not who.actor.knows(case.category, case.area):
        return
    whole = any(case.area.startswith(area) for area in scope.areas)
    for handoff in case.handoffs:
        own = any(handoff.department == office and case.area.startswith(area) for office, area in scope.offices)
        if handoff.offered_at is not None and (whole or own):
            yield handoff


def _age(at: datetime, began: datetime | None) -> int:
    assert began is not None
    return sum(at - began > timedelta(days=days) for days in (1, 3, 7, 15, 30, 60))


def _between(moment: datetime | None) -> bool:
    return moment is not None and FROM <= moment < TO


async def test_an_export_has_the_cases_of_the_list(district: District) -> None:
    for who in district.people[:24]:
        seen = {case.case_id for case in district.seen(who)}
        lines = (await district.ask(who, "cases/export", format="jsonl")).text.splitlines()
        assert len(lines) == len(seen)
        assert {orjson.loads(line)["id"] for line in lines} == seen, who
        text = (await district.ask(who, "cases/export")).content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        assert len(rows) == len(seen)
        assert {row["id"] for row in rows} == seen, who


async def test_consultations_are_of_cases_that_one_may_know_of(district: District) -> None:
    for who in district.people:
        scope = Scope.of(who.actor)
        expected = {
            one.consultation_id
            for case in district.cases
            if not who.actor.is_recused(case.barred) and who.actor.knows(case.category, case.area)
            for one in case.consultations
            if any(case.area.startswith(area) for area in scope.areas)
            or any(office in one.invited and case.area.startswith(area) for office, area in scope.offices)
        }
        shown = [
            row
            for status in ("called", "called_off")
            for row in await _pages(district, who, "consultations", status=status)
        ]
        assert {row["consultation_id"] for row in shown} == expected, who


async def test_folding_leaves_every_sum_as_it_was(district: District) -> None:
    before = await _sums(district.world)
    async with district.world.admin("dispatch") as connection:
        await connection.execute("INSERT INTO tallies SELECT * FROM tallies")
        await connection.execute("UPDATE tallies SET change = change * 3 WHERE ctid IN (SELECT min(ctid) FROM tallies)")
        doubled = await _sums(district.world)
        assert doubled != before
        await fold(connection)
        assert await _sums(district.world) == doubled
        assert await connection.fetchval("SELECT count(*) FROM tallies") == len(doubled)


async def _sums(world: World) -> dict[tuple[Any, ...], int]:
    rows = await world.fetch(
        "dispatch",
        "SELECT office, area, category, kind, status, closing_reason, barred, workflow, asked, satisfied, resolved,"
        " sum(change)::int AS sum FROM tallies GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11",
    )
    return {tuple(row.values())[:-1]: row["sum"] for row in rows if row["sum"]}
