"""Reports in the words of the intake window."""

from datetime import UTC, datetime
from typing import Any

import httpx

from services.dispatch import facts as dispatch
from services.intake.model import MODEL, Report
from services.intake.model import commands as c
from shared.contents.refs import ContentRef
from shared.facts.envelope import Trail, attributes, lane_of, read_envelope, to_headers
from shared.facts.fact import Fact
from shared.listen.batch import apply_effects
from shared.listen.parking import Record
from shared.procedure.actor import RESIDENT, Actor, Post, Role
from shared.procedure.step import Command
from shared.record.decide import Work
from shared.record.flush import flush
from tests.kit.world import World

NOON = datetime(2021, 3, 5, 4, tzinfo=UTC)
GRID, OTHER_GRID, FAR_GRID = "50010400200301", "50010400200302", "50010400300101"
TEXT = "三栋楼下的消防通道长期停满私家车,消防车进不来。"
REPORTER = {"name": "陈小满", "phone": "199-0000-7731", "address": "红炉二村3栋2-1"}


def an_actor(role: Role, department: str = "governance_center", area: str = "500104") -> Actor:
    return Actor(f"{role}@{department}", (Post(role, department, area),), department)


CLERK = an_actor(Role.CLERK)
ADMINISTRATOR = an_actor(Role.ADMINISTRATOR)


def a_content(id: str = "c1", kind: str = "narrative") -> ContentRef:
    return ContentRef(id=id, kind=kind, commitment="ab" * 32)


def registering(**changed: Any) -> c.RegisterReport:
    values: dict[str, Any] = {
        "at": NOON,
        "actor": RESIDENT,
        "report_id": "r1",
        "case_id": "k1",
        "receipt_no": "210305-000001-2",
        "category": "parking.fire_lane",
        "area": GRID,
        "channel": "mobile",
        "contents": (a_content(),),
        "reporter": "p1",
    }
    return c.RegisterReport(**{**values, **changed})


def commands(actor: Actor = CLERK, case_status: str | None = "resolved") -> dict[str, Command]:
    """One of each, by those who may."""
    office, resident = {"at": NOON, "actor": actor}, {"at": NOON, "actor": RESIDENT}
    return {
        "register": registering(),
        "correct": c.CorrectReport(**office, complained_of="police_bureau"),
        "accept": c.AcceptReport(**office),
        "refuse": c.RefuseReport(**office, route="litigation", reason=a_content("c9", "refusal")),
        "redirect": c.RedirectReport(**office, to="119"),
        "join": c.JoinReport(**office, into="k7"),
        "supplement": c.SupplementReport(**resident, content=a_content("c2"), case_status=case_status),
        "withdraw": c.WithdrawReport(**resident, case_status=case_status),
        "answer": c.AnswerReporter(**resident, solved=True, satisfied=True, case_status=case_status),
        "open_identity": c.OpenIdentity(**office, purpose="contact"),
        "erase_content": c.EraseContent(at=NOON, actor=ADMINISTRATOR, content_id="c1", ground="asked_by_person"),
        "erase": c.EraseReporter(at=NOON, actor=ADMINISTRATOR),
    }


def a_report(*steps: str, **changed: Any) -> Report:
    """Registered, and then what is named."""
    state, _ = MODEL.carry_out(Report(), registering(**changed))
    for step in steps:
        state, _ = MODEL.carry_out(state, commands()[step])
    return state


async def register(client: httpx.AsyncClient, **changed: Any) -> dict[str, Any]:
    body = {"category": "parking.fire_lane", "area": GRID, "text": TEXT, "channel": "mobile", **changed}
    answer = await client.post("/v1/reports", json={k: v for k, v in body.items() if v is not None})
    assert answer.status_code == 201, answer.text
    receipt: dict[str, Any] = answer.json()
    return receipt


_position = iter(range(1, 1_000_000))


async def hear(world: World, *facts: Fact) -> None:
    """As if dispatch had said so."""
    runtime = world.runtime("intake")
    for fact in facts:
        position = next(_position)
        named = attributes(fact, f"f{position}", ("case", fact.key(), position), Trail())
        headers = to_headers(named, position, lane_of(fact.key()), position)
        envelope = read_envelope(headers, fact.data())
        record = Record(fact.topic, 0, position, fact.key().encode(), tuple(headers), fact.data())
        async with runtime.database.transaction() as connection:
            work = Work()
            await apply_effects(connection, work, [], runtime.ears.effects(envelope, record), Trail())
            await flush(connection, work)
        runtime.after_commit({fact.key()})


def opened(report_id: str, case_id: str, code: str = "500104-210305-7K3M9QXA") -> Fact:
    return dispatch.CaseOpened(
        at=NOON,
        by="service:dispatch",
        case_id=case_id,
        code=code,
        report_id=report_id,
        category="parking.fire_lane",
        kind="livelihood",
        area=GRID,
        channel="mobile",
        contents=(),
    )


def offered(case_id: str, department: str, handoff_id: str = "h1", part: str = "lead") -> Fact:
    return dispatch.HandoffOffered(
        at=NOON,
        by="service:dispatch",
        case_id=case_id,
        handoff_id=handoff_id,
        department=department,
        part=part,
        via=None,
        code="500104-210305-7K3M9QXA",
        category="parking.fire_lane",
        area=GRID,
    )


def handoff(kind: type[Fact], case_id: str, department: str, handoff_id: str = "h1", **more: Any) -> Fact:
    base = {"at": NOON, "by": "somebody", "case_id": case_id, "handoff_id": handoff_id}
    return kind(**base, department=department, **more)


def of_case(kind: type[Fact], case_id: str, **more: Any) -> Fact:
    return kind(**{"at": NOON, "by": "somebody", "case_id": case_id, **more})
