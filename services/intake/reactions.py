"""What intake notes of dispatch's steps with a case: for the reporter's answer, and for who may read."""

from collections.abc import Sequence

from services.directory import facts as directory  # noqa: F401  (its entries are kept once they are registered)
from services.dispatch import facts as dispatch
from services.intake.tables import CASE_STEPS
from shared.facts.fact import Fact
from shared.listen.reactions import Effect, Heard, Reaction, Reactions
from shared.record.rows import Row

_NOTED = ("code", "department", "handoff_id", "part")


def _note(step: str) -> Reaction:
    def react(heard: Heard) -> Sequence[Effect]:
        fact = heard.fact
        values = {name: getattr(fact, name, None) for name in _NOTED}
        reason = getattr(fact, REASONS[type(fact)]) if type(fact) in REASONS else None
        place = {"case_id": fact.case_id, "position": heard.envelope.position}
        return [Row(CASE_STEPS, {**values, **place, "step": step, "at": fact.at, "reason": reason})]

    return react


REASONS: dict[type[Fact], str] = {dispatch.CaseClosed: "reason", dispatch.CaseRefused: "route"}
STEPS: dict[type[Fact], str] = {
    dispatch.CaseOpened: "opened",
    dispatch.HandoffOffered: "offered",
    dispatch.HandoffAccepted: "accepted",
    dispatch.HandoffStarted: "started",
    dispatch.HandoffCompleted: "completed",
    dispatch.HandoffVerified: "verified",
    dispatch.HandoffWaived: "waived",
    dispatch.HandoffTransferred: "transferred",
    dispatch.HandoffReturned: "returned",
    dispatch.HandoffRecalled: "recalled",
    dispatch.CaseSuspended: "suspended",
    dispatch.CaseResumed: "resumed",
    dispatch.CaseResolved: "resolved",
    dispatch.FollowedUp: "followed_up",
    dispatch.ReporterNotReached: "not_reached",
    dispatch.CaseReopened: "reopened",
    dispatch.CaseClosed: "closed",
    dispatch.CaseRefused: "refused",
    dispatch.CaseWithdrawn: "withdrawn",
}
REACTIONS = Reactions(
    topics=("cases", "reference"),
    table={fact: _note(step) for fact, step in STEPS.items()},
    patience=0.02,
)
