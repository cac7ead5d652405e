"""What of a case a person may see: one predicate behind every list, search, single case and content."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Column, ColumnElement, Select, Table, and_, false, or_, select, true

from services.dispatch.model import Case, Handoff
from services.dispatch.model.state import Consultation
from services.dispatch.tables import CASES, CONSULTATIONS, HANDOFFS, SEATS
from shared.identity.recusal import not_recused
from shared.procedure.actor import Actor, Role

BY_AREA = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK})
BY_HANDOFF = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})
BY_VISIT = frozenset({Role.GRID_WORKER})
GIVEN_BACK = frozenset({"returned", "recalled", "transferred", "waived"})
"""Access ends with the work: the office still sees what became of its own hand-off, not what came after."""
VISITED = frozenset({"resolved", "followed_up"})
"""States in which the reporter may be asked if it is solved."""
OUTLINE = ("status", "case_id", "code", "category", "kind", "area", "opened_at", "resolved_at")
"""All that somebody sees of the case itself who sees no more than parts of it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas seen whole; offices (department and area) whose hand-offs and seats are seen; areas where visits are paid.

    Somebody of a department that the case complains of, or of one below it, sees nothing in any role
    (信访工作条例 30(3)).
    """

    actor: Actor
    areas: frozenset[str]
    offices: frozenset[tuple[str, str]]
    rounds: frozenset[str]

    @classmethod
    def of(cls, actor: Actor) -> "Scope":
        offices = frozenset((post.department, post.area) for post in actor.posts if post.role in BY_HANDOFF)
        return cls(actor, actor.areas(BY_AREA), offices, actor.areas(BY_VISIT))

    def cases(self) -> ColumnElement[bool]:
        at_work = select(HANDOFFS.c.case_id).where(self._of_offices(), HANDOFFS.c.status.not_in(GIVEN_BACK))
        visits = and_(CASES.c.status.in_(VISITED), _in_areas(CASES.c.area, self.rounds))
        seen = [_in_areas(CASES.c.area, self.areas)]
        if self.offices:
            invited = select(SEATS.c.case_id).where(self._of_offices(SEATS), ~SEATS.c.ended)
            seen += [CASES.c.id.in_(at_work), CASES.c.id.in_(invited)]
        seen += [visits] if self.rounds else []
        return and_(or_(*seen), not_recused(self.actor, CASES.c.barred))

    def handoffs(self) -> ColumnElement[bool]:
        seen = or_(_in_areas(HANDOFFS.c.area, self.areas), self._of_offices())
        return and_(seen, not_recused(self.actor, HANDOFFS.c.barred))

    def consultations(self) -> ColumnElement[bool]:
        """Those of one's area, and those to which one's department was invited, also after their end."""
        seats = select(SEATS.c.consultation_id).where(self._of_offices(SEATS))
        seen = or_(_in_areas(CONSULTATIONS.c.area, self.areas), CONSULTATIONS.c.consultation_id.in_(seats))
        return and_(seen, not_recused(self.actor, CONSULTATIONS.c.barred))

    def unanswered(self) -> Select[tuple[str]]:
        """Open consultations in which one's department has yet to speak."""
        return select(SEATS.c.consultation_id).where(
            self._of_offices(SEATS), ~SEATS.c.ended, SEATS.c.position.is_(None)
        )

    def view(self, case: Case) -> Case | None:
        """All of the case, or what they see of it: its outline with own and visited hand-offs. None: nothing."""
        if self.actor.is_recused(case.barred):
            return None
        if self._whole(case):
            return case
        visit = case.status in VISITED and _within(case.area, self.rounds)
        parts = tuple(h for h in case.handoffs if self._own(case, h) or (visit and h.status == "verified"))
        heard = tuple(one for one in case.consultations if self._invited(case, one))
        if not parts and not visit and not heard:
            return None
        ids = {part.handoff_id for part in parts}
        clocks = tuple(clock for clock in case.clocks if clock.handoff_id in ids)
        outline = {name: getattr(case, name) for name in OUTLINE}
        return Case(**outline, handoffs=parts, clocks=clocks, consultations=heard)

    def reads(self, case: Case, about: str | None) -> bool:
        """What was written, or told, about the case itself is for those who see it whole; `about` may be a hand-off."""
        seen = self.view(case)
        if seen is None or seen is case or about is None:
            return seen is not None and seen is case
        return seen.handoff(about) is not None or seen.consultation(about) is not None

    def _whole(self, case: Case) -> bool:
        at_work = (h for h in case.handoffs if h.status not in GIVEN_BACK)
        if _within(case.area, self.areas) or any(self._own(case, handoff) for handoff in at_work):
            return True
        return any(self._invited(case, one) for one in case.consultations if not one.ended)

    def _invited(self, case: Case, one: Consultation) -> bool:
        return any(office in one.invited and case.area.startswith(area) for office, area in self.offices)

    def _own(self, case: Case, handoff: Handoff) -> bool:
        """A planned one is not theirs yet."""
        if handoff.offered_at is None:
            return False
        return any(handoff.department == office and case.area.startswith(area) for office, area in self.offices)

    def _of_offices(self, table: Table = HANDOFFS) -> ColumnElement[bool]:
        own = (
            and_(table.c.department == office, table.c.area.startswith(area, autoescape=True))
            for office, area in sorted(self.offices)
        )
        return or_(false(), *own)


def _within(place: str, areas: Iterable[str]) -> bool:
    return any(place.startswith(area) for area in areas)


def _in_areas(column: Column[str], areas: frozenset[str]) -> ColumnElement[bool]:
    if "" in areas:
        return true()
    return or_(false(), *(column.startswith(area, autoescape=True) for area in sorted(areas)))
