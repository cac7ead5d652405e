"""Where cases are kept: the case, its hand-offs and clocks as lists, and what other offices said of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson
from sqlalchemy import BigInteger, Boolean, Column, DateTime, Integer, MetaData, SmallInteger, Table, Text, false
from sqlalchemy.dialects.postgresql import JSONB

from services.dispatch.model import MODEL, Case
from services.dispatch.model.access import EXPORT_MODEL, OPENING_MODEL
from services.dispatch.model.clock import of_consultation
from services.dispatch.model.moves import came, late_at, passes
from services.dispatch.model.search import SEARCH_MODEL
from services.dispatch.model.standing import colour_of, is_late, owed, owed_of_all
from services.dispatch.model.state import GIVEN_UP
from shared.accesses.recording import OF_USE
from shared.record.aggregate import Aggregate, Child, Tally, aggregate_table
from shared.record.beside import Beside
from shared.search.tables import beside, marking, text_marks

METADATA = MetaData()
TIME = DateTime(timezone=True)

CASES = aggregate_table(
    "cases",
    METADATA,
    Column("code", Text, nullable=False, unique=True),
    Column("status", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("lead", Text),
    Column("opened_at", TIME, nullable=False),
    Column("closed_at", TIME),
    Column("closing_reason", Text),
    Column("meeting", Text),
    Column("barred", JSONB),
    Column("colour", SmallInteger),
    Column("due_at", TIME),
    Column("needs_offer", Boolean, nullable=False),
    Column("resolved_at", TIME),
    Column("asked", Text),
    Column("satisfied", Boolean),
    Column("workflow", SmallInteger, nullable=False),
    Column("passes", SmallInteger, nullable=False),
    Column("late_at", TIME),
)
HANDOFFS = Table(
    "handoffs",
    METADATA,
    Column("handoff_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("department", Text, nullable=False),
    Column("part", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("ended", Boolean, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("via", Text),
    Column("offered_at", TIME, nullable=False),
    Column("due_at", TIME),
    Column("warned", Integer, nullable=False),
    Column("lapsed", Boolean, nullable=False),
    Column("answerable", Text),
    Column("extension_days", Integer),
    Column("return_asked", Boolean, nullable=False),
    Column("urged", Integer, nullable=False),
    Column("barred", JSONB),
    Column("owed", Boolean, nullable=False),
    Column("opened_at", TIME, nullable=False),
    Column("parts_waiting", Integer, nullable=False),
    Column("going", Boolean, nullable=False),
    Column("case_colour", SmallInteger),
    Column("needs_offer", Boolean, nullable=False),
    Column("came_from", Text, nullable=False),
    Column("came_by", Text, nullable=False),
    Column("ended_at", TIME),
)
CLOCKS = Table(
    "clocks",
    METADATA,
    Column("clock_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("next_at", TIME),
    Column("handoff_id", Text),
    Column("rule", Text, nullable=False),
    Column("answerable", Text, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("colour", Integer, nullable=False),
    Column("running", Boolean, nullable=False),
    Column("overdue", Boolean, nullable=False),
    Column("notices", Text),
    Column("with_whom", Text),
)
CONSULTATIONS = Table(
    "consultations",
    METADATA,
    Column("consultation_id", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("called_at", TIME, nullable=False),
    Column("due_at", TIME),
    Column("referred_to", Text),
    Column("ended", Boolean, nullable=False),
    Column("barred", JSONB),
)
SEATS = Table(
    "seats",
    METADATA,
    Column("consultation_id", Text, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("position", Text),
    Column("until", TIME),
    Column("ended", Boolean, nullable=False),
    Column("opened_at", TIME, nullable=False),
)
LINKS = Table(
    "links",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("other", Text, primary_key=True),
)
TALLIES = Table(
    "tallies",
    METADATA,
    Column("office", Text, nullable=False),
    Column("area", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("closing_reason", Text),
    Column("barred", JSONB),
    Column("workflow", SmallInteger, nullable=False),
    Column("asked", Text),
    Column("satisfied", Boolean),
    Column("resolved", Boolean, nullable=False),
    Column("change", BigInteger, nullable=False),
)
"""How many cases there are of each: to be summed. Without an office all cases, else those that it has work in; without
a category those of all."""
LEFT, SEATED = "left ", "seated "
"""Before an office's name: cases of which it had a hand-off, and has no work; to which it was invited, and no more."""
FILTERS = Table(
    "filters",
    METADATA,
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("list", Text, nullable=False),
    Column("query", JSONB, nullable=False),
    Column("first", Boolean, nullable=False, server_default=false()),
)
TIMELINE = Table(
    "timeline",
    METADATA,
    Column("source", Text, primary_key=True),
    Column("position", BigInteger, primary_key=True),
    Column("case_id", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("at", TIME, nullable=False),
    Column("actor", Text, nullable=False),
    Column("department", Text),
    Column("data", JSONB, nullable=False),
    Column("id", Text),
    Column("causation", Text),
)


PROJECTED = (
    *("code", "status", "category", "kind", "area", "lead"),
    *("opened_at", "closed_at", "closing_reason", "meeting"),
    *("resolved_at", "asked", "satisfied", "workflow"),
)


OPEN_FOR_OFFER = ("routed", "in_handling", "reopened")


def project(case_id: str, case: Case) -> Mapping[str, Any]:
    """`due_at`: the next end of what anybody owes."""
    return {
        **{name: getattr(case, name) for name in PROJECTED},
        "barred": list(case.barred) or None,
        "colour": colour_of(case),
        "due_at": min((clock.deadline.due_at for clock in owed_of_all(case)), default=None),
        "needs_offer": _needs_offer(case),
        "passes": passes(case),
        "late_at": late_at(case),
    }


def _needs_offer(case: Case) -> bool:
    """A task is with nobody."""
    waiting = not case.open_handoffs() or any(case.owed(handoff) for handoff in case.handoffs)
    return case.status in OPEN_FOR_OFFER and waiting


def counted_as(case_id: str, case: Case) -> Iterator[tuple[Any, ...]]:
    """Once as a case, and once for each office that has work in it, not given back, or a seat at a consultation. Also
    for those that had a hand-off and have neither, and for those that have a seat alone."""
    barred = orjson.dumps(case.barred).decode() if case.barred else None
    about = (case.kind, case.status, case.closing_reason, barred, case.workflow, *_answered(case))
    had = {h.department for h in case.handoffs if h.offered_at is not None}
    at_work = {h.department for h in case.handoffs if h.status not in GIVEN_UP and h.offered_at is not None}
    offices = at_work.union(*(one.invited for one in case.consultations if not one.ended))
    told = ["", *offices, *(LEFT + each for each in had - offices), *(SEATED + each for each in offices - had)]
    matters = ("", case.category)
    return ((office, case.area, matter, *about) for office in told for matter in matters)


def _answered(case: Case) -> tuple[str | None, bool | None, bool]:
    """What came of asking the reporter, and whether it was ever resolved."""
    return case.asked, case.satisfied, case.resolved_at is not None


def handoff_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    """`lapsed`: the office itself is late; what the centre owes of it is among the clocks. `going`: its case is in some
    list of what is not over, of which `case_colour` and `needs_offer` tell as its own row does."""
    colour, needed = colour_of(case), _needs_offer(case)
    for handoff in case.handoffs:
        if handoff.offered_at is None:
            continue  # planned: nobody's work yet
        clocks = owed(case, handoff)
        clock = clocks[0] if clocks else None
        came_from, came_by = came(case, handoff)
        yield {
            "handoff_id": handoff.handoff_id,
            "case_id": case_id,
            "code": case.code,
            "department": handoff.department,
            "part": handoff.part,
            "status": handoff.status,
            "ended": handoff.ended,
            "category": case.category,
            "area": case.area,
            "via": handoff.via,
            "offered_at": handoff.offered_at,
            "due_at": clock.deadline.due_at if clock else None,
            "warned": clock.colour if clock else 0,
            "lapsed": is_late(handoff, clocks),
            "answerable": clock.deadline.answerable if clock else None,
            "extension_days": handoff.extension_days,
            "return_asked": handoff.return_reason is not None,
            "urged": handoff.urged,
            "barred": list(case.barred) or None,
            "owed": case.owed(handoff),
            "opened_at": case.opened_at,
            "parts_waiting": sum(h.status == "completed" for h in case.children(handoff.handoff_id)),
            "going": colour is not None or needed,
            "case_colour": colour,
            "needs_offer": needed,
            "came_from": came_from,
            "came_by": came_by,
            "ended_at": handoff.since if handoff.ended else None,
        }


def clock_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for clock in case.clocks:
        yield {
            "clock_id": clock.clock_id,
            "case_id": case_id,
            "next_at": clock.next_at,
            "handoff_id": clock.handoff_id,
            "rule": clock.deadline.rule,
            "answerable": clock.deadline.answerable,
            "due_at": clock.deadline.due_at,
            "colour": clock.colour,
            "running": clock.running,
            "overdue": clock.overdue,
            "with_whom": clock.with_whom if clock.overdue else None,
            "notices": case.marks(clock),
        }


def link_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for link in case.links:
        yield {"case_id": case_id, "kind": link.kind, "other": link.other}


def consultation_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    """`due_at`: by when somebody at the centre, or the arbiter, concludes."""
    for one in case.consultations:
        mine = of_consultation(one.consultation_id)
        owed = [k.deadline.due_at for k in case.clocks if mine(k) and k.deadline.answerable not in one.invited]
        yield {
            "consultation_id": one.consultation_id,
            "case_id": case_id,
            "code": case.code,
            "category": case.category,
            "area": case.area,
            "status": one.status,
            "reason": one.reason,
            "called_at": one.called_at,
            "due_at": min(owed, default=None),
            "referred_to": one.referred_to,
            "ended": one.ended,
            "barred": list(case.barred) or None,
        }


def seat_rows(case_id: str, case: Case) -> Iterator[Mapping[str, Any]]:
    for one in case.consultations:
        for seat in one.seats:
            yield {
                "consultation_id": one.consultation_id,
                "department": seat.department,
                "case_id": case_id,
                "area": case.area,
                "position": seat.position,
                "until": seat.until,
                "ended": one.ended,
                "opened_at": case.opened_at,
            }


PRESENCE = Table(
    "presence",
    METADATA,
    Column("case_id", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("department", Text, nullable=False),
    Column("role", Text, nullable=False),
    Column("seen_at", TIME, nullable=False),
)
CHILDREN = (
    Child(HANDOFFS, handoff_rows),
    Child(CLOCKS, clock_rows),
    Child(CONSULTATIONS, consultation_rows),
    Child(SEATS, seat_rows),
    Child(LINKS, link_rows),
)
TEXT_MARKS = text_marks(METADATA, "case_id")
MARKING = marking(METADATA)
SEARCHES = aggregate_table("searches", METADATA)
SEARCH = Aggregate(SEARCH_MODEL, SEARCHES, passing=OF_USE)
OPENING = Aggregate(OPENING_MODEL, aggregate_table("openings", METADATA), passing=OF_USE)
EXPORT = Aggregate(EXPORT_MODEL, aggregate_table("exports", METADATA), passing=OF_USE)
CASE = Aggregate(MODEL, CASES, project, CHILDREN, (Tally(TALLIES, counted_as),))
BESIDE = (
    Beside(TALLIES, "sums of the cases beside them: a recount gives them again"),
    *beside(TEXT_MARKS, MARKING),
    Beside(PRESENCE, "who has a case open at the moment, forgotten after half a minute"),
    Beside(FILTERS, "filters that people keep for themselves, under names that may be anything"),
)
