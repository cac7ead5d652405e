"""A case in the field's words: `a_case().offered_to("police_bureau")`, walked there by its own commands."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.dispatch.facts import Deadline
from services.dispatch.model import MODEL, Case
from services.dispatch.model import commands as c
from shared.contents.refs import ContentRef
from shared.facts.fact import Fact
from shared.procedure.actor import Actor, Post, Role, service_actor
from shared.procedure.step import Command

MORNING = datetime(2021, 3, 1, 1, 0, tzinfo=UTC)
GRID = "50010400200303"
ME = service_actor("dispatch")
TEXT = ContentRef(id="content", kind="note", commitment="0" * 64)


def person(role: Role, department: str = "governance_center", area: str = "500104", id: str = "") -> Actor:
    return Actor(id or f"{role.value}@{department}", (Post(role, department, area),), department)


DISPATCHER = person(Role.DISPATCHER)
SUPERVISOR = person(Role.SUPERVISOR, "political_legal_committee")


def handler_of(department: str, area: str = "500104") -> Actor:
    return person(Role.HANDLER, department, area)


def deadline(days: int = 2, warnings: Sequence[int] = (), answerable: str = "x", start: datetime = MORNING) -> Deadline:
    return Deadline(
        rule="handoff_acceptance",
        started_at=start,
        due_at=start + timedelta(days=days),
        answerable=answerable,
        warnings=tuple(start + timedelta(days=day) for day in warnings),
    )


def offer(department: str, part: str = "lead", via: str | None = None, **more: Any) -> c.Offer:
    return c.Offer(department=department, part=part, via=via, **more)


class Story:
    """A case and the facts that made it; each word takes it further, an hour later."""

    def __init__(self) -> None:
        self.case: Case = MODEL.blank
        self.facts: list[Fact] = []
        self.at = MORNING

    def later(self, **by: float) -> "Story":
        self.at += timedelta(**by)
        return self

    def do(self, command: type[Command], by: Actor = ME, **fields: Any) -> "Story":
        """Raises Refused."""
        self.case, facts = MODEL.carry_out(self.case, command(at=self.at, actor=by, **fields))
        self.facts.extend(facts)
        self.at += timedelta(hours=1)
        return self

    @property
    def last(self) -> Fact:
        return self.facts[-1]

    @property
    def handoff_id(self) -> str:
        return self.case.handoffs[-1].handoff_id

    def offered_to(self, lead: str, *others: str, via: str | None = None, **more: Any) -> "Story":
        offers = [offer(lead, via=via, **more), *(offer(other, "co") for other in others)]
        return self.do(c.RouteCase, rule="R001", offers=tuple(offers))

    def accepted(self, number: int = 1) -> "Story":
        return self.do(c.AcceptHandoff, self.handler(number), handoff_id=self.id(number))

    def completed(self, number: int = 1) -> "Story":
        return self.do(c.CompleteHandoff, self.handler(number), handoff_id=self.id(number), result=TEXT)

    def verified(self, number: int = 1) -> "Story":
        return self.do(c.VerifyHandoff, DISPATCHER, handoff_id=self.id(number))

    def returned(self, number: int = 1) -> "Story":
        return self.do(c.ReturnHandoff, self.handler(number), handoff_id=self.id(number), reason=TEXT)

    def offered_again(self, department: str, replaces: int) -> "Story":
        made = offer(department)
        return self.do(c.OfferHandoff, DISPATCHER, offer=made, replaces=self.id(replaces))

    def disputed(self, number: int = 1) -> "Story":
        return self.do(c.DisputeCompetence, self.handler(number), handoff_id=self.id(number), reason=TEXT)

    def consulted(self, *invited: str, about: Sequence[int] = (), reason: str = "dispute", **more: Any) -> "Story":
        """Called, with these departments; `about` names hand-offs by number."""
        seats = tuple(c.Seat(department=code, **more) for code in invited)
        disputed = tuple(self.id(number) for number in about)
        return self.do(c.CallConsultation, DISPATCHER, reason=reason, question=TEXT, invited=seats, disputed=disputed)

    def heard(self, **positions: str) -> "Story":
        for department, position in positions.items():
            said = {"consultation_id": self.consultation_id, "position": position, "statement": TEXT}
            self.do(c.StatePosition, handler_of(department), **said)
        return self

    def concluded(self, *offers: c.Offer, by: Actor = DISPATCHER, agreed: bool = True) -> "Story":
        bound = tuple(offer.model_copy(update={"binding": True}) for offer in offers)
        said = {"consultation_id": self.consultation_id, "conclusion": TEXT, "agreed": agreed}
        return self.do(c.ConcludeConsultation, by, offers=bound, **said)

    @property
    def consultation_id(self) -> str:
        return self.case.consultations[-1].consultation_id

    def handler(self, number: int) -> Actor:
        return handler_of(self.case.handoffs[number - 1].department)

    def id(self, number: int) -> str:
        return f"{self.case.case_id}.{number}"


def a_case(complained_of: str | None = None) -> Story:
    return Story().do(
        c.OpenCase,
        case_id="case-1",
        code="500104-210301-TESTCASE",
        report_id="report-1",
        category="sanitation.drain",
        kind="livelihood",
        area=GRID,
        channel="mobile",
        contents=(TEXT,),
        complained_of=complained_of,
        barred=(complained_of,) if complained_of else (),
    )
