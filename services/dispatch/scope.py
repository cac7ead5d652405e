"""What of a case a person may see: one predicate behind every list, search, single case and content."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, Table, and_, collate, false, or_, select, true

from services.dispatch.model import Case, Handoff
from services.dispatch.model.state import Consultation
from services.dispatch.tables import CASES, CONSULTATIONS, HANDOFFS, LEFT, SEATED, SEATS, TALLIES
from shared.identity.recusal import not_recused, recused
from shared.identity.sealing import known_to
from shared.procedure.actor import ROUTING, Actor, Role, Where

BY_AREA = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK})
BY_HANDOFF = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})
BY_VISIT = frozenset({Role.GRID_WORKER})
GIVEN_BACK = frozenset({"returned", "recalled", "transferred", "waived"})
"""Access ends with the work: the office still sees what became of its own hand-off, not what came after."""
OVER = frozenset({"closed", "withdrawn", "refused", "merged"})
"""What is nobody's work any more."""
VISITED = frozenset({"resolved", "followed_up"})
"""States in which the reporter may be asked if it is solved."""
AT_WORK = HANDOFFS.alias("at_work")
"""The hand-offs of a case, inside a query of whatever else."""
BARRED = CASES.alias("barred_from")
LAST = "\U0010ffff"
OUTLINE = ("status", "case_id", "code", "category", "kind", "area", "opened_at", "resolved_at", "workflow")
"""All that somebody sees of the case itself who sees no more than parts of it."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Areas seen whole; offices (department and area) whose hand-offs and seats are seen; areas where visits are paid.

    Somebody of a department that the case complains of, or of one below it, sees nothing in any role
    (信访工作条例 30(3)); nobody outside its circle sees a sealed one, but who routes it (预防未成年人犯罪法 Art 59).
    """

    actor: Actor
    areas: frozenset[str]
    offices: frozenset[tuple[str, str]]
    rounds: frozenset[str]

    @classmethod
    def of(cls, actor: Actor, by_area: frozenset[Role] = BY_AREA) -> "Scope":
        """What lies in an area that is seen whole needs no second condition."""
        areas = _widest(actor.areas(by_area))
        posts = ((post.department, post.area) for post in actor.posts if post.role in BY_HANDOFF)
        offices = frozenset((office, area) for office, area in posts if not _within(area, areas))
        return cls(actor, areas, offices, _widest(area for area in actor.areas(BY_VISIT) if not _within(area, areas)))

    @property
    def office(self) -> str | None:
        """Where the work of one department only is seen, and what is visited."""
        offices = {office for office, _ in self.offices}
        return min(offices) if len(offices) == 1 and not self.areas else None

    def placed(self, area: ColumnElement[str]) -> ColumnElement[bool]:
        """Where the offices act."""
        return in_areas(area, {place for _, place in self.offices})

    def visits(self) -> ColumnElement[bool]:
        """Cases of which the reporter may be asked at home."""
        return and_(CASES.c.status.in_(VISITED), in_areas(CASES.c.area, self.rounds))

    def cases(self, listed: bool = False) -> ColumnElement[bool]:
        """`listed`: looked up case by case, for what stops at a page's end. A count is quicker with all of an office's
        cases in hand, which a list would gather before it shows its first."""
        # The planner makes no set of what has an OFFSET.
        own = [(each.offset(0) if listed else each).exists() for each in self._parts()]
        seen = [in_areas(CASES.c.area, self.areas)] if self.areas else []
        seen += own if self.offices else []
        seen += [self.visits()] if self.rounds else []
        return and_(or_(false(), *seen), self._open(CASES))

    def counted(self, told: Sequence[ColumnElement[bool]] = ()) -> list[ColumnElement[bool]]:
        """`cases` for a count: conditions of which each case meets one, and none two. Where they are seen by one kind
        of way, indexes alone answer them. `told`: what the hand-offs of the cases that are counted have."""
        if self.areas and (self.offices or self.rounds):
            return [self.cases()]
        if not self.offices:
            return [and_(in_areas(CASES.c.area, self.areas), self._unbarred(CASES, CASES.c.id))]
        at_work, _ = self._parts()
        seated = select(SEATS.c.case_id).where(self._of_offices(SEATS), ~SEATS.c.ended)
        seats = and_(CASES.c.id.in_(seated), ~at_work.exists(), self._unbarred(CASES, CASES.c.id))
        has_work = self._of_offices(HANDOFFS), HANDOFFS.c.status.not_in(GIVEN_BACK)
        at_work_in = select(HANDOFFS.c.case_id).where(*has_work, *told)
        work = and_(CASES.c.id.in_(at_work_in), self._unbarred(CASES, CASES.c.id))
        return [work, seats, *([self.beyond_tallies()] if self.rounds else [])]

    def _unbarred(self, rows: Table, case_id: ColumnElement[str]) -> ColumnElement[bool]:
        """`_open`, without a look at each row: those from which they are barred are few, and found by an index."""
        hidden = select(BARRED.c.id).where(recused(self.actor, BARRED.c.barred))
        return and_(case_id.not_in(hidden), known_to(self.actor, rows.c.category, rows.c.area))

    def beyond_tallies(self) -> ColumnElement[bool]:
        """What is seen by visits only: the sums of an office do not have it."""
        own = (each.offset(0).exists() for each in self._parts())
        return and_(self.visits(), *(~each for each in own), self._open(CASES))

    def _parts(self) -> tuple[Select[tuple[str]], ...]:
        """Work of the offices in the case, and their seats at its consultations."""
        at_work = select(AT_WORK.c.case_id).where(
            AT_WORK.c.case_id == CASES.c.id, self._of_offices(AT_WORK), AT_WORK.c.status.not_in(GIVEN_BACK)
        )
        invited = select(SEATS.c.case_id).where(SEATS.c.case_id == CASES.c.id, self._of_offices(SEATS), ~SEATS.c.ended)
        return at_work, invited

    def handoffs(self, counted: bool = False) -> ColumnElement[bool]:
        """`counted`: for a count, which indexes alone answer."""
        seen = [in_areas(HANDOFFS.c.area, self.areas)] if self.areas else []
        seen += [self._of_offices(HANDOFFS)] if self.offices else []
        opened = self._unbarred(HANDOFFS, HANDOFFS.c.case_id) if counted else self._open(HANDOFFS)
        return and_(or_(false(), *seen), opened)

    def tallies(self) -> ColumnElement[bool] | None:
        """The same as `cases`, of their sums, but for `beyond_tallies` where visits are paid. None: one case may be
        seen by two ways, and would count twice."""
        offices = {office for office, _ in self.offices}
        if len(offices) + bool(self.areas) > 1:
            return None
        places = self.areas or frozenset(area for _, area in self.offices)
        seen = and_(TALLIES.c.office == "".join(offices), in_areas(TALLIES.c.area, places))
        return and_(seen, self._open(TALLIES)) if places else false()

    def tallies_of(self, department: str) -> tuple[ColumnElement[bool], ColumnElement[bool]] | None:
        """Of cases that a department has or had a hand-off of, those that are seen: the sums, and which to take away.
        None: sums do not tell."""
        office = TALLIES.c.office
        if self.areas and not self.offices and not self.rounds:
            there, had = in_areas(TALLIES.c.area, self.areas), [department, LEFT + department]
        elif self.office == department and not self.rounds:
            there, had = self.placed(TALLIES.c.area), [department]
        else:
            return None
        seen = and_(there, self._open(TALLIES))
        return and_(seen, office.in_(had)), and_(seen, office == SEATED + department)

    def consultations(self) -> ColumnElement[bool]:
        """Those of one's area, and those to which one's department was invited, also after their end."""
        seats = select(SEATS.c.consultation_id).where(self._of_offices(SEATS))
        seen = or_(in_areas(CONSULTATIONS.c.area, self.areas), CONSULTATIONS.c.consultation_id.in_(seats))
        return and_(seen, self._open(CONSULTATIONS))

    def unanswered(self) -> Select[tuple[str]]:
        """Open consultations in which one's department has yet to speak."""
        return select(SEATS.c.consultation_id).where(
            self._of_offices(SEATS), ~SEATS.c.ended, SEATS.c.position.is_(None)
        )

    def view(self, case: Case) -> Case | None:
        """All of the case, or what they see of it: its outline with own and visited hand-offs. None: nothing."""
        if self.actor.is_recused(case.barred) or not self.actor.knows(case.category, case.area):
            return None
        if self._whole(case):
            return case
        visit = case.status in VISITED and _within(case.area, self.rounds)
        parts = tuple(h for h in case.handoffs if self._own(case, h) or (visit and h.status in case.done))
        heard = tuple(one for one in case.consultations if self._invited(case, one))
        if not parts and not visit and not heard:
            return None
        ids = {part.handoff_id for part in parts}
        clocks = tuple(clock for clock in case.clocks if clock.handoff_id in ids)
        outline = {name: getattr(case, name) for name in OUTLINE}
        return Case(**outline, handoffs=parts, clocks=clocks, consultations=heard)

    def is_at_work(self, case: Case) -> bool:
        """Whether what they see of it is of their own worklist: work, seats and visits of their offices, also once that
        has ended; what a dispatcher of the place has open."""
        if self.view(case) is not case:
            return True
        by_offices = Scope.of(self.actor, by_area=frozenset()).view(case)
        return by_offices is case or (case.status not in OVER and self.actor.may(ROUTING, Where(case.area)))

    def reads(self, case: Case, about: str | None) -> bool:
        """What was written, or told, about the case itself is for those who see it whole; `about` may be a hand-off."""
        seen = self.view(case)
        if seen is None or seen is case or about is None:
            return seen is not None and seen is case
        return seen.handoff(about) is not None or seen.consultation(about) is not None

    def _open(self, rows: Table) -> ColumnElement[bool]:
        """Neither barred nor sealed from them."""
        return and_(not_recused(self.actor, rows.c.barred), known_to(self.actor, rows.c.category, rows.c.area))

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

    def _of_offices(self, parts: FromClause) -> ColumnElement[bool]:
        own = (and_(parts.c.department == office, within(parts.c.area, area)) for office, area in sorted(self.offices))
        return or_(false(), *own)


def _within(place: str, areas: Iterable[str]) -> bool:
    return any(place.startswith(area) for area in areas)


def _widest(areas: Iterable[str]) -> frozenset[str]:
    """Without those inside others of them."""
    every = frozenset(areas)
    return frozenset(area for area in every if not _within(area, every - {area}))


def in_areas(column: ColumnElement[str], areas: Iterable[str]) -> ColumnElement[bool]:
    return or_(false(), *(within(column, area) for area in sorted(areas)))


def within(column: ColumnElement[str], beginning: str) -> ColumnElement[bool]:
    """It begins so: as a range, which an index answers whatever the plan was made for."""
    if not beginning:
        return true()
    plain = collate(column, "C")
    return and_(plain >= beginning, plain < beginning + LAST)
