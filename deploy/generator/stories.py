"""One case on its way through the real model: each word is what somebody does, at the hour that it has become."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from deploy.generator.district import District, Matter
from services.dispatch import deadlines, routing
from services.dispatch.model import MODEL, Case
from services.dispatch.model import commands as c
from services.dispatch.model.clock import RETURN_CONSENT
from services.dispatch.model.due import ME, next_due
from services.dispatch.model.state import Handoff
from shared.contents.refs import ContentRef
from shared.facts.fact import Fact
from shared.identity import recusal
from shared.procedure.actor import Actor, Role
from shared.procedure.step import Command

ID, CODE = "IDENTIFIER-OF-THE-CASE", "CODE-OF-THE-CASE"
CENTRE = "governance_center"


class Story:
    def __init__(self, district: District, matter: Matter, at: datetime, complained_of: str | None = None) -> None:
        """An accepted report of it: routed by the catalogue, or queued."""
        self.district, self.matter, self.at = district, matter, at
        self.area = matter.places[0]
        self.case: Case = MODEL.blank
        self.facts: list[Fact] = []
        self._texts = 0
        self._open(complained_of)

    def later(self, **by: float) -> "Story":
        self.at += timedelta(**by)
        return self

    def do(self, command: type[Command], by: Actor = ME, **fields: Any) -> "Story":
        return self._record([command(at=self.at, actor=by, **fields)])

    def until(self, moment: datetime) -> "Story":
        """Nobody does anything until then; what comes due is told."""
        while (event := next_due(self.case, moment)) is not None:
            self._record([event])
        return self

    @property
    def reference(self) -> Any:
        return self.district.reference

    @property
    def open(self) -> tuple[Handoff, ...]:
        return self.case.open_handoffs()

    @property
    def dispatcher(self) -> Actor:
        return self.district.person(Role.DISPATCHER, CENTRE, self.area[:6])

    def text(self, kind: str) -> ContentRef:
        self._texts += 1
        return ContentRef(id=f"{ID}-{self._texts}", kind=kind, commitment=f"{self._texts:064x}", size=96)

    def office(self, handoff: Handoff) -> dict[str, Any]:
        """Who answers, and for which hand-off."""
        by = self.district.office(handoff.department, self.area)
        return {"by": by, "handoff_id": handoff.handoff_id, "office": handoff.department}

    def accepted(self, handoff: Handoff) -> "Story":
        own = ("petition_decision",) if handoff.via == "petition" else ()
        clock = deadlines.handling(self.reference, self.matter.category, self.at, handoff.department, *own)
        return self.do(c.AcceptHandoff, **self.office(handoff), deadline=clock)

    def completed(self, handoff: Handoff) -> "Story":
        clock = deadlines.centres(self.reference, deadlines.VERIFICATION, self.at)
        return self.do(c.CompleteHandoff, **self.office(handoff), result=self.text("result"), deadline=clock)

    def verified(self, handoff: Handoff) -> "Story":
        clock = deadlines.centres(self.reference, deadlines.FOLLOW_UP, self.at)
        return self.do(c.VerifyHandoff, self.dispatcher, handoff_id=handoff.handoff_id, follow_up=clock)

    def returned(self, handoff: Handoff) -> "Story":
        clock = deadlines.centres(self.reference, RETURN_CONSENT, self.at)
        return self.do(c.ReturnHandoff, **self.office(handoff), reason=self.text("return"), deadline=clock)

    def offered_again(self) -> "Story":
        """To an office that has no part in it yet."""
        busy = {handoff.department for handoff in self.case.handoffs} | set(self.case.barred)
        other = next(code for code in self.district.departments() if code not in busy and not self.district.via(code))
        offer = routing.offer(self.reference, self.matter.category, other, "lead", self.at)
        return self.do(c.OfferHandoff, self.dispatcher, offer=offer)

    def routed_by_hand(self, *codes: str) -> "Story":
        offers = routing.offers(self.reference, self.matter.category, codes, self.at)
        return self.do(c.RouteCase, self.dispatcher, rule="manual", offers=offers)

    def granted(self, handoff: Handoff) -> "Story":
        stamp = {"at": self.at, "actor": self.dispatcher}
        return self.deciding(deadlines.granting(self.reference, stamp, handoff.handoff_id))

    def sent_back(self, handoff: Handoff) -> "Story":
        stamp = {"at": self.at, "actor": self.dispatcher}
        reason = self.text("rework")
        return self.deciding(deadlines.sending_back(self.reference, stamp, handoff.handoff_id, reason))

    def closed(self, reason: str) -> "Story":
        window = deadlines.window(self.reference, self.at)
        return self.do(c.CloseCase, self.dispatcher, reason=reason, **window)

    def suspended(self, days: float) -> "Story":
        again = self.at + timedelta(days=days)
        clock = deadlines.look_again(self.reference, self.at, again)
        about = {"waiting_for": self.text("suspension"), "look_again_at": again, "deadline": clock}
        return self.do(c.SuspendCase, self.dispatcher, **about)

    def deciding(self, commands: Callable[[Case], Sequence[Command]]) -> "Story":
        return self._record(commands(self.case))

    def _record(self, commands: Sequence[Command]) -> "Story":
        for command in commands:
            self.case, facts = MODEL.carry_out(self.case, command)
            self.facts += facts
        return self

    def _open(self, complained_of: str | None) -> None:
        category = self.reference.get("category", self.matter.category, self.at)
        entry = category.entry if category else {}
        barred = recusal.barred(self.reference, complained_of, self.at)
        self.do(
            c.OpenCase,
            case_id=ID,
            code=CODE,
            report_id=f"{ID}-report",
            category=self.matter.category,
            kind=self.matter.kind,
            area=self.area,
            channel="hotline",
            contents=(self.text("narrative"),),
            governance=entry.get("governance"),
            net=entry.get("net"),
            complained_of=complained_of,
            barred=barred,
        )
        rule = routing.look_up(self.reference, self.matter.category, self.area, self.at).rule
        codes = routing.departments(rule) if rule else ()
        if rule is None or set(barred) & set(codes):
            clock = deadlines.centres(self.reference, deadlines.QUEUE, self.at)
            self.do(c.QueueCase, reason="no_rule" if rule is None else "complained_of", deadline=clock)
            return
        offers = routing.offers(self.reference, self.matter.category, codes, self.at)
        self.do(c.RouteCase, rule=rule.code, offers=offers)
