"""Version 2 (先回访、后核实): when all offices say that it is done the reporter is asked, and their word verifies it.

The centre verifies what the reporter could not confirm; what is not solved goes on where it was reported as done.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import case, handoff, words
from services.dispatch.model import commands as c
from services.dispatch.model import guards as g
from services.dispatch.model.clock import started
from services.dispatch.model.handoff_clocks import goes_on_again
from services.dispatch.model.refusals import BY_NAME, SamePerson
from services.dispatch.model.state import CHILD, COMPLAINED_OF, Case, Handoff
from shared.procedure.actor import Role
from shared.procedure.step import Command, Step, by, during
from shared.refusals.refusals import Refused

SERVICE = by(Role.SERVICE)


@dataclass(slots=True, eq=False)
class AskFirst(Refused):
    code = "ask-first"
    zh = "本案先回访、后核实：请先记录回访结果，反映人未能确认的，再予核实"
    en = "In this case the reporter is asked first: record the follow-up; what they could not confirm is verified then"


@dataclass(slots=True, eq=False)
class BeingAsked(Refused):
    code = "being-asked"
    zh = "各承办单位均已报告办理完毕，本案已进入回访阶段；需要退回重办、收回或者免除的，请先重新办理本案"
    en = "All offices report it as done, and it is the reporter who is asked: take the case up again first"


@dataclass(slots=True, eq=False)
class ResultsUnverified(Refused):
    code = "results-unverified"
    zh = "反映人未能确认，{departments}的办理结果尚待核实，核实后方可办结"
    en = "The reporter could not confirm it: verify the results of {departments} before the case is closed"
    names = BY_NAME
    departments: tuple[str, ...]


def reported(state: Case) -> list[Handoff]:
    """Parts that their offices report as done, and that nobody has confirmed or verified."""
    return [h for h in state.handoffs if h.status == "completed" and h.part != CHILD]


def is_unconfirmed(part: Handoff) -> bool:
    return part.unconfirmed


def could_not_confirm(state: Case, command: Any) -> Refused | None:
    part = g.part_of(state, command)
    return None if part is not None and part.unconfirmed else AskFirst()


def asked_by_another(state: Case, command: c.RecordFollowUp) -> Refused | None:
    """What the reporter says verifies the work, so who did it does not write that down."""
    own = command.actor.id in {h.completed_by for h in reported(state)}
    return SamePerson() if own else None


def can_still_be_confirmed(state: Case, command: c.RecordFollowUp) -> bool:
    """Also by who was not reached at first, as long as the centre has not verified it all."""
    return command.solved is True and (state.status == "resolved" or state.unconfirmed)


def is_with_the_offices(state: Case) -> bool:
    return state.status not in ("resolved", "followed_up")


def not_being_asked(state: Case, command: Any) -> Refused | None:
    """From an office complained of it is taken all the same (信访工作条例 30(3))."""
    accused = isinstance(command, c.RecallHandoff) and command.reason == COMPLAINED_OF
    return None if is_with_the_offices(state) or accused else BeingAsked()


def results_verified(state: Case, command: c.CloseCase) -> Refused | None:
    """Whoever took the report back waits for no result."""
    waiting = tuple(h.department for h in reported(state))
    return ResultsUnverified(waiting) if waiting and command.reason != "withdrawn" else None


def _department(state: Case, command: Any) -> dict[str, Any]:
    part = g.part_of(state, command)
    return {"department": part.department if part else ""}


def _unchecked(state: Case, command: c.CompleteHandoff) -> dict[str, Any]:
    """The centre owes nothing yet."""
    return {**_department(state, command), "deadline": None}


def _verified_by(state: Case, command: c.RecordFollowUp) -> dict[str, Any]:
    return {"verify_by": command.verification}


def _confirmed(state: Case, command: c.ConfirmHandoff) -> dict[str, Any]:
    return {**_department(state, command), "confirmed": True}


DONE = during("completed")
HANDOFF_ROWS = {
    handoff.COMPLETING: (
        replace(handoff.COMPLETING, of=g.is_child),
        replace(handoff.COMPLETING, of=g.is_no_child, build=_unchecked),
    ),
    handoff.VERIFYING: (
        replace(handoff.VERIFYING, guards=(could_not_confirm, g.another_person), shown=is_unconfirmed),
        Step(
            c.ConfirmHandoff,
            DONE,
            f.HandoffVerified,
            "verified",
            SERVICE,
            build=_confirmed,
            of=g.is_no_child,
        ),
        Step(
            c.ReopenHandoff,
            DONE,
            f.HandoffReopened,
            "in_progress",
            SERVICE,
            build=_department,
            of=g.is_no_child,
        ),
    ),
    **{
        row: (replace(row, guards=(not_being_asked, *row.guards), shown_while=is_with_the_offices),)
        for row in (handoff.REWORKING, handoff.RECALLING, handoff.WAIVING)
    },
}
CASE_ROWS = {
    case.SOLVED: (
        replace(
            case.SOLVED,
            during=during("resolved", "followed_up"),
            guards=(asked_by_another,),
            when=can_still_be_confirmed,
        ),
    ),
    case.NOT_REACHED: (replace(case.NOT_REACHED, build=_verified_by),),
    case.CLOSING: (replace(case.CLOSING, guards=(g.reason_fits, results_verified, g.children_ended)),),
}


def _not_reached(state: Case, fact: f.ReporterNotReached) -> dict[str, Any]:
    """The centre verifies each result, within a clock of its own for each."""
    changed, waiting = dict(case.CHANGES[f.ReporterNotReached](state, fact)), reported(state)
    for part in waiting:
        changed["clocks"] = started(changed["clocks"], state.case_id, fact.verify_by, part.handoff_id)
    unconfirmed = (h.model_copy(update={"unconfirmed": True}) if h in waiting else h for h in state.handoffs)
    return {**changed, "handoffs": tuple(unconfirmed)}


CASE = case.CASE.but(CASE_ROWS, {f.ReporterNotReached: _not_reached})
HANDOFF = handoff.HANDOFF.but(
    HANDOFF_ROWS,
    changes={
        f.HandoffReopened: lambda part, fact: {"since": fact.at, "again_at": fact.at, "unconfirmed": False},
    },
    also={f.HandoffReopened: goes_on_again},
    words=words.ASKED_FIRST,
)


def confirming(state: Case, fact: f.FollowedUp, command: Command) -> Sequence[Command]:
    about = {"at": command.at, "actor": command.actor}
    return [c.ConfirmHandoff(**about, handoff_id=part.handoff_id) for part in reported(state)]


def going_on(state: Case, fact: f.CaseReopened, command: Any) -> Sequence[Command]:
    """A case that had ended has nothing that was only reported: it needs new offers."""
    about = {"at": command.at, "actor": command.actor}
    left = {each.handoff_id: each.deadline for each in command.left}
    again = [
        c.ReopenHandoff(**about, handoff_id=h.handoff_id, reason=fact.reason, deadline=left.get(h.handoff_id))
        for h in reported(state)
    ]
    return [*again, c.BeginHandling(**about)] if again else []
