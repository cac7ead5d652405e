"""Which step takes which one back: where the procedures have one, and the services still propose it to the person."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Answer = Mapping[str, Any]
Given = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Back:
    """One step back. `reason`: it asks for one."""

    path: str
    body: Mapping[str, Any] | None = None
    reason: bool = False


Ways = Callable[[Answer, Given, Sequence[str], str], list[Back]]
"""From what the step was answered, what was given with it, the hand-offs that there were before, and what it was of."""


def _recalls(answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
    """What was offered or planned by it and not taken on meanwhile, the last first."""
    new = [each for each in answer.get("handoffs", ()) if each["handoff_id"] not in before]
    open_ = [each for each in new if each["status"] in ("offered", "planned") and "recall_handoff" in each["steps"]]
    return [Back(f"/v1/handoffs/{each['handoff_id']}/recall", reason=True) for each in reversed(open_)]


def _of_case(step: str, path: str) -> Ways:
    def ways(answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
        return [Back(path.format(id=id))] if step in answer.get("steps", ()) else []

    return ways


def _of_handoff(step: str, path: str) -> Ways:
    def ways(answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
        mine = (each for each in answer.get("handoffs", ()) if each["handoff_id"] == id)
        return [Back(path.format(id=id)) for each in mine if step in each["steps"]]

    return ways


def _unlinks(answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
    link = {"kind": given["kind"], "other": given["other"]}
    return [Back(f"/v1/cases/{id}/links/remove", link)] if "unlink_case" in answer.get("steps", ()) else []


def _calls_off(answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
    open_ = (one for one in answer.get("consultations", ()) if "call_off_consultation" in one["steps"])
    return [Back(f"/v1/consultations/{one['consultation_id']}/call-off", reason=True) for one in open_]


UNDO: Mapping[str, Ways] = {
    "route_case": _recalls,
    "offer_handoff": _recalls,
    "plan_handoff": _recalls,
    "assign_part": _recalls,
    "merge_case": _of_case("unmerge_case", "/v1/cases/{id}/unmerge"),
    "link_case": _unlinks,
    "suspend_case": _of_case("resume_case", "/v1/cases/{id}/resume"),
    "call_consultation": _calls_off,
    "dispute_competence": _of_handoff("withdraw_dispute", "/v1/handoffs/{id}/dispute/withdraw"),
}


def ways_back(step: str, answer: Answer, given: Given, before: Sequence[str], id: str) -> list[Back]:
    """Nothing where there is no way back: what is done is then done, and the procedure says what may follow."""
    ways = UNDO.get(step)
    return ways(answer, given, before, id) if ways else []
