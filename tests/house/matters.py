"""One case at each office, all complaining of one department; and people tied to them rightly and wrongly."""

from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from shared.procedure.actor import DEPARTMENT_BOUND, Role
from tests.house.routes import OF_A_CASE, Door, OfACase
from tests.kit.appointing import Person, appoint
from tests.kit.world import World

GRID, HERE, ELSEWHERE = "50010400200303", "500104002", "500104003"
ACCUSED, STRANGER, CENTRE = "ecology_bureau", "market_supervision_bureau", "governance_center"
CITY = "sanitation.drain"
CATEGORIES = {
    "intake": CITY,
    "dispatch": CITY,
    "audit": CITY,
    "police": "noise.living",
    "petition": "petition.pension",
    "justice": "dispute.family",
    "emergency": "hazard.flood",
}
ROLES = tuple(role for role in Role if role not in (Role.RESIDENT, Role.SERVICE))


@dataclass(frozen=True)
class Matter:
    """A case as a service's routes name it: `ids` by parameter."""

    department: str
    ids: Mapping[str, str]


@dataclass(frozen=True)
class Somebody:
    tie: str
    role: Role
    department: str

    @property
    def id(self) -> str:
        return f"{self.tie}.{self.role}.{self.department}"

    def person(self) -> Person:
        """`right`: post and home where the matter is; each other tie is wrong in one thing."""
        own = self.department if self.role in DEPARTMENT_BOUND else CENTRE
        about: dict[str, Any] = {"department": own, "area": HERE}
        about |= {
            "right": {},
            "far": {"area": ELSEWHERE},
            "stranger": {"department": STRANGER},
            "accused": {"department": ACCUSED},
            "at_home": {"home": ACCUSED},
        }[self.tie]
        return Person(self.id, self.role, **about)


def wrong(role: Role, department: str) -> Iterator[Somebody]:
    """A stranger's department is wrong only for those whom their department binds."""
    for tie in ("far", "accused", "at_home", *(("stranger",) if role in DEPARTMENT_BOUND else ())):
        yield Somebody(tie, role, department)


async def prepare(world: World) -> dict[str, Matter]:
    """By service."""
    by_category = {category: await _a_case(world, category) for category in dict.fromkeys(CATEGORIES.values())}
    departments = {case["handoffs"][0]["department"] for case in by_category.values()}
    people = [
        each.person()
        for department in sorted(departments)
        for role in ROLES
        for each in (Somebody("right", role, department), *wrong(role, department))
    ]
    await appoint(world, *people)
    await world.settled()
    return {service: await _matter(world, service, by_category[category]) for service, category in CATEGORIES.items()}


async def _a_case(world: World, category: str) -> dict[str, Any]:
    reporter = {"name": "陈小满", "phone": "199-0000-7731", "address": "红炉二村3栋2-1"}
    body = {"category": category, "area": GRID, "text": "长期排污。", "channel": "mobile"}
    async with world.client("intake") as resident, world.client("intake", "clerk.liu") as clerk:
        sent = await resident.post("/v1/reports", json={**body, "reporter": reporter, "complained_of": ACCUSED})
        report_id = sent.json()["report_id"]
        case_id = (await clerk.post(f"/v1/reports/{report_id}/accept", json={})).json()["case_id"]
    async with world.client("dispatch", "dispatch.cheng") as dispatcher:
        case = await dispatcher.get(f"/v1/cases/{case_id}", headers={"Prefer": "wait=15"})
    assert case.json()["handoffs"], case.text
    return dict(case.json())


async def _matter(world: World, service: str, case: dict[str, Any]) -> Matter:
    department, handoff_id = case["handoffs"][0]["department"], case["handoffs"][0]["handoff_id"]
    ids = {"case_id": case["case_id"], "case": case["case_id"], "handoff_id": handoff_id, "code": case["code"]}
    ids |= {"report_id": case["reports"][0], "ref": case["case_id"]}
    ids["stranger"] = Somebody("stranger", Role.HANDLER, department).id
    if service == "intake":
        query = "SELECT ref FROM reporters WHERE report_id = $1"
        ids["ref"] = (await world.fetch("intake", query, ids["report_id"]))[0]["ref"]
        ids["content_id"] = case["contents"][0]["id"]
    elif service != "audit":
        ids["content_id"] = ids["id"] = await _written(world, service, handoff_id, department)
    if service == "dispatch":
        ids["consultation_id"] = await _consulted(world, case["case_id"], department)
        ids["number"] = await _left_out(world, handoff_id, department)
    return Matter(department, ids)


async def _consulted(world: World, case_id: str, department: str) -> str:
    """The office at work is asked how it is solved."""
    asked = {"reason": "complex", "question": "如何整治？", "invited": [department]}
    async with world.client("dispatch", "dispatch.cheng") as centre:
        case = await centre.post(f"/v1/cases/{case_id}/consultations", json=asked)
    assert case.status_code == 200, case.text
    return str(case.json()["consultations"][0]["consultation_id"])


async def _left_out(world: World, handoff_id: str, department: str) -> str:
    """An appraisal of the matter: its number."""
    async with world.client("dispatch", Somebody("right", Role.HANDLER, department).id) as office:
        case = (await office.get(f"/v1/cases/{handoff_id.rpartition('.')[0]}")).json()
        since = next(k["deadline"]["started_at"] for k in case["clocks"] if "appraisal" in k["deadline"]["excludes"])
        appraisal = {"ground": "appraisal", "since": since, "paper": "鉴定委托书"}
        begun = await office.post(f"/v1/handoffs/{handoff_id}/exclusions", json=appraisal)
    assert begun.status_code == 200, begun.text
    (mine,) = (part for part in begun.json()["handoffs"] if part["handoff_id"] == handoff_id)
    return str(mine["exclusions"][0]["number"])


async def _written(world: World, service: str, handoff_id: str, department: str) -> str:
    """The office takes it up and notes something: the content's id."""
    path = {"dispatch": "handoffs", "petition": "petitions"}.get(service, "tasks")
    steps = ("register", "accept") if service == "petition" else ("accept",)
    async with world.client(service, Somebody("right", Role.HANDLER, department).id) as office:
        for step in steps:
            taken = await office.post(f"/v1/{path}/{handoff_id}/{step}", headers={"Prefer": "wait=15"})
            assert taken.status_code == 200, taken.text
        noted = await office.post(f"/v1/{path}/{handoff_id}/progress", json={"note": "已到现场查看。"})
        assert noted.status_code == 200, noted.text
    (row,) = await world.fetch(service, "SELECT id FROM contents WHERE kind = 'progress'")
    return str(row["id"])


async def ask(
    world: World, door: Door, matter: Matter, who: Somebody, headers: Mapping[str, str] | None = None
) -> httpx.Response:
    row = OF_A_CASE[str(door)]
    body = None if row.body is None else _filled(dict(row.body), matter)
    counted = door.path.startswith(("/v1/figures", "/v1/map"))
    query = row.query or ("limit=500" if row.lists and not counted else "")
    async with world.client(door.service, who.id) as client:
        return await client.request(door.method, f"{_filled(door.path, matter)}?{query}", json=body, headers=headers)


def _filled(value: Any, matter: Matter) -> Any:
    if isinstance(value, list):
        return [_filled(one, matter) for one in value]
    if isinstance(value, dict):
        return {name: _filled(one, matter) for name, one in value.items()}
    return value.format(**matter.ids) if isinstance(value, str) else value


def shows(row: OfACase, answer: httpx.Response, matter: Matter) -> bool:
    """Whether anything of the matter came out; of a list or figures: whether the case is in it or counted."""
    if row.each:
        done = answer.json().get("items", ()) if answer.status_code == 200 else ()
        return any(one.get("problem", {}).get("code") not in ("not-found", "not-permitted") for one in done)
    if not row.lists:
        return answer.status_code not in (403, 404)
    told = [answer.text]
    if "ndjson" in answer.headers["content-type"]:
        entries = map(orjson.loads, answer.text.splitlines())
        told += [b64decode(entry["value"]).decode() for entry in entries if "value" in entry]
    names = [name for name in matter.ids.values() if len(name) > 2]  # a number of one sign is in every time
    return any(name in text for text in told for name in (*names, '"count"'))
