"""Which cases a person may see: one predicate behind every list, search and single case."""

from dataclasses import dataclass

from sqlalchemy import ARRAY, Column, ColumnElement, Text, and_, cast, false, or_, select, true
from sqlalchemy.dialects.postgresql import array

from services.dispatch.model import Case
from services.dispatch.tables import CASES, HANDOFFS
from shared.procedure.actor import Actor, Role

BY_AREA = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK})
BY_HANDOFF = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas seen whole, and departments whose hand-offs are seen.

    `own`: every department the person belongs to. A case that complains of one of them, or of one above it, is not
    seen in any role (信访工作条例 30(3)).
    """

    areas: frozenset[str]
    departments: frozenset[str]
    own: frozenset[str]

    @classmethod
    def of(cls, actor: Actor) -> "Scope":
        own = {post.department for post in actor.posts} | ({actor.department} if actor.department else set())
        return cls(actor.areas(BY_AREA), actor.departments(BY_HANDOFF), frozenset(own))

    def cases(self) -> ColumnElement[bool]:
        seen = [self._in_areas(CASES.c.area)]
        if self.departments:
            involved = select(HANDOFFS.c.case_id).where(HANDOFFS.c.department.in_(self.departments))
            seen.append(CASES.c.id.in_(involved))
        return and_(or_(*seen), self._not_recused(CASES.c.barred))

    def sees(self, case: Case) -> bool:
        """What `cases()` says, of one case at hand."""
        if self.own & set(case.barred):
            return False
        if any(case.area.startswith(area) for area in self.areas):
            return True
        return any(handoff.department in self.departments for handoff in case.handoffs)

    def handoffs(self) -> ColumnElement[bool]:
        seen = [self._in_areas(HANDOFFS.c.area)]
        if self.departments:
            seen.append(HANDOFFS.c.department.in_(self.departments))
        return and_(or_(*seen), self._not_recused(HANDOFFS.c.barred))

    def _not_recused(self, barred: Column[object]) -> ColumnElement[bool]:
        mine = cast(array(sorted(self.own)), ARRAY(Text))
        return or_(barred.is_(None), ~barred.op("?|", is_comparison=True)(mine))

    def _in_areas(self, column: ColumnElement[str]) -> ColumnElement[bool]:
        if "" in self.areas:
            return true()
        return or_(false(), *(column.startswith(area, autoescape=True) for area in sorted(self.areas)))
