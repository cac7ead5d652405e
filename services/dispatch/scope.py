"""Which cases a person may see: one predicate behind every list, search and single case."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from services.dispatch.model import Case
from services.dispatch.tables import CASES, HANDOFFS
from shared.procedure.actor import Actor, Role

BY_AREA = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK})
BY_HANDOFF = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas seen whole, and departments whose hand-offs are seen."""

    areas: frozenset[str]
    departments: frozenset[str]

    @classmethod
    def of(cls, actor: Actor) -> "Scope":
        return cls(actor.areas(BY_AREA), actor.departments(BY_HANDOFF))

    def cases(self) -> ColumnElement[bool]:
        involved = select(HANDOFFS.c.case_id).where(HANDOFFS.c.department.in_(self.departments))
        not_of_them = or_(
            CASES.c.state["complained_of"].astext.is_(None),
            CASES.c.state["complained_of"].astext.not_in(self.departments),
        )
        seen = [self._in_areas(CASES.c.area)]
        if self.departments:
            seen.append(and_(CASES.c.id.in_(involved), not_of_them))
        return or_(*seen)

    def sees(self, case: Case) -> bool:
        """What `cases()` says, of one case at hand."""
        if any(case.area.startswith(area) for area in self.areas):
            return True
        involved = any(handoff.department in self.departments for handoff in case.handoffs)
        return involved and case.complained_of not in self.departments

    def handoffs(self) -> ColumnElement[bool]:
        seen = [self._in_areas(HANDOFFS.c.area)]
        if self.departments:
            seen.append(HANDOFFS.c.department.in_(self.departments))
        return or_(*seen)

    def _in_areas(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        if "" in self.areas:
            return true()
        return or_(false(), *(column.startswith(area, autoescape=True) for area in sorted(self.areas)))
