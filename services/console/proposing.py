"""From a button of a case to its step: with the version that is shown, what the law says of it, the times that it has
to do with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from services.console.desk import Desk
from services.console.look.forms import Due, Step
from services.console.look.templates import ahead, colour
from services.console.reading import Reading
from services.console.steps import CASE, CONSULTATION, DESK, HANDOFF, Form

FORMS: Mapping[str, Mapping[str, Form]] = {"case": CASE, "handoff": HANDOFF, "consultation": CONSULTATION}
RIGHTS = {"return_handoff": "guide.objection", "dispute_competence": "guide.objection"}
"""Steps that are possible only until a time of their own."""


def step_of(desk: Desk, reading: Reading, data: Mapping[str, str]) -> Step | None:
    """As a button names it: of a case, a hand-off or a consultation, or of an office's own desk."""
    if data.get("path"):
        return _of_desk(desk, reading, data)
    form = FORMS[data["of"]].get(data["step"])
    if form is None:
        return None
    case, part = reading.case, part_of(reading, data["of"], data["id"])
    return Step(
        service="dispatch",
        step=data["step"],
        name=data["name"],
        form=form,
        id=data["id"],
        version=case["version"],
        tasks=tasks_of(case),
        about=case["case_id"],
        given={name: data[name] for name in ("kind", "other") if name in data},
        laws=laws_of(part, data["step"]),
        dues=_dues(desk, reading, data),
    )


def tasks_of(case: Mapping[str, Any]) -> dict[str, str]:
    """Hand-offs to choose from, by id."""
    return {each["handoff_id"]: f"{each['department_name']} · {each['status_name']}" for each in case["handoffs"]}


def part_of(reading: Reading, of: str, id: str) -> Mapping[str, Any]:
    """What a step is of: the case itself, one of its hand-offs or consultations."""
    case = reading.case
    parts: Iterable[Mapping[str, Any]] = {"handoff": case["handoffs"], "consultation": case["consultations"]}.get(
        of, ()
    )
    return next((each for each in parts if each[f"{of}_id"] == id), case)


def laws_of(part: Mapping[str, Any], step: str) -> Sequence[Mapping[str, str]]:
    """What a service says beside the steps that it proposes."""
    found: dict[str, Sequence[Mapping[str, str]]] = dict(zip(part["steps"], part.get("step_laws", ()), strict=False))
    return found.get(step, ())


def _of_desk(desk: Desk, reading: Reading, data: Mapping[str, str]) -> Step:
    own = reading.desks.get(data["id"], {})
    laws = next((each.get("laws", ()) for each in own.get("steps", ()) if each["path"] == data["path"]), ())
    dues = [("guide.due", own.get("due_at")), ("guide.objection", own.get("objection_due_at"))]
    return Step(
        service=data["service"],
        step=data["step"],
        name=data["name"],
        form=Form(data["path"], DESK.get(data["path"].rpartition("/")[2], ())),
        id=data["id"],
        version=int(data["version"]) if data.get("version") else None,
        about=reading.case["case_id"],
        laws=laws,
        dues=[Due(desk.say(word), at, ahead(at, desk.now())) for word, at in dues if at],
    )


def _dues(desk: Desk, reading: Reading, data: Mapping[str, str]) -> list[Due]:
    """Clocks that run for what the step is of, and until when it is possible at all."""
    handoff = data["id"] if data["of"] == "handoff" else None
    running = (each for each in reading.case["clocks"] if each["stopped_at"] is None)
    found = [
        Due(each["rule_name"], each["deadline"]["due_at"], colour(each["colour"], each["lapsed"]))
        for each in running
        if each["handoff_id"] == handoff
    ]
    until = part_of(reading, data["of"], data["id"]).get("objection_until")
    if until and data["step"] in RIGHTS:
        found.insert(0, Due(desk.say(RIGHTS[data["step"]]), until, ahead(until, desk.now())))
    if data["step"] == "reopen_case" and reading.case.get("reopen_until"):
        until = reading.case["reopen_until"]
        found.insert(0, Due(desk.say("guide.reopen"), until, ahead(until, desk.now())))
    return found


def buttons(reading: Reading) -> Iterable[Mapping[str, str]]:
    """Every step that is proposed, as its button names it."""
    case = reading.case
    parts = [("case", case["case_id"], case)]
    parts += [("handoff", each["handoff_id"], each) for each in case["handoffs"]]
    parts += [("consultation", each["consultation_id"], each) for each in case["consultations"]]
    for of, id, part in parts:
        for step, name in zip(part["steps"], part["step_names"], strict=True):
            if step in FORMS[of] and not FORMS[of][step].elsewhere:
                yield {"of": of, "id": id, "step": step, "name": name}
    for id, own in reading.desks.items():
        service = next(each["via"] for each in case["handoffs"] if each["handoff_id"] == id)
        for each in own["steps"]:
            about = {"of": "handoff", "id": id, "step": each["step"], "name": each["name"]}
            yield {**about, "path": each["path"], "service": service, "version": str(own["version"])}
