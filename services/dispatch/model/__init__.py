"""The case with its hand-offs is one aggregate: what no two offices may do at once is decided in one place."""

from collections.abc import Sequence
from typing import Any

from services.dispatch import facts as f
from services.dispatch.model import commands as c
from services.dispatch.model.case import CASE
from services.dispatch.model.handoff import HANDOFF
from services.dispatch.model.state import Case, Handoff
from shared.procedure.model import Model
from shared.procedure.step import Command


def _stamp(command: Command) -> dict[str, Any]:
    return {"at": command.at, "actor": command.actor}


def _offers(case: Case, fact: f.CaseRouted, command: c.RouteCase) -> Sequence[Command]:
    return [c.OfferHandoff(**_stamp(command), offer=offer) for offer in command.offers]


def _handling(case: Case, fact: f.HandoffAccepted, command: Command) -> Sequence[Command]:
    return [c.BeginHandling(**_stamp(command))] if case.status in ("routed", "reopened") else []


def _resolving(case: Case, fact: Any, command: Any) -> Sequence[Command]:
    if case.status != "in_handling" or not case.all_parts_done():
        return []
    return [c.ResolveCase(**_stamp(command), deadline=command.follow_up)]


def _new_offer(case: Case, fact: f.HandoffTransferred, command: c.TransferHandoff) -> Sequence[Command]:
    return [c.OfferHandoff(**_stamp(command), offer=command.offer, replaces=fact.handoff_id)]


def _recalls(case: Case, fact: f.CaseWithdrawn, command: Command) -> Sequence[Command]:
    return [c.RecallHandoff(**_stamp(command), handoff_id=h.handoff_id) for h in case.open_handoffs()]


MODEL = Model(
    "case",
    Case,
    CASE,
    HANDOFF,
    follows={
        f.CaseRouted: _offers,
        f.HandoffAccepted: _handling,
        f.HandoffVerified: _resolving,
        f.HandoffWaived: _resolving,
        f.HandoffRecalled: _resolving,
        f.CaseResumed: _resolving,
        f.HandoffTransferred: _new_offer,
        f.CaseWithdrawn: _recalls,
    },
)

__all__ = ["CASE", "HANDOFF", "MODEL", "Case", "Handoff"]
