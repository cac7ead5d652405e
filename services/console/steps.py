"""What each lawful step needs to be told: forms as data. Which steps are open to somebody, the services say."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "long", "line", "secret", "number", "days", "day", "dates", "moment", "department", "departments", "area",
    "any_area", "category", "clock", "choice", "case", "task", "tasks", "known",
]  # fmt: skip
FIRST, DANGER = "first", "danger"


@dataclass(frozen=True, slots=True)
class Field:
    """`choices`: codes, whose words are `choice.<name>.<code>`. `word`: another key than `field.<name>`."""

    name: str
    kind: Kind = "long"
    choices: tuple[str, ...] = ()
    optional: bool = False
    word: str = ""
    start: object = None


@dataclass(frozen=True, slots=True)
class Form:
    """`path`: of the service, with {id} of what the step is of. `weight`: how its button looks.

    `note`: the key of what has to be known before it is done. `elsewhere`: its button stands beside what it names.
    """

    path: str
    fields: tuple[Field, ...] = ()
    weight: str = ""
    note: str = ""
    elsewhere: bool = False


REASON = Field("reason")
DEPARTMENT = Field("department", "department")
ORDER = Field("note", optional=True, word="field.order")
CLOSING = ("solved", "partly_solved", "cannot_be_solved_now", "no_competence")
ROUTES = ("litigation", "arbitration", "petition", "reconsideration", "other")
GROUNDS = ("hearing", "appraisal", "inspection", "expert_review", "service", "public_notice")
PARTS = Field("part", "choice", ("lead", "co"), start="co")

CASE: Mapping[str, Form] = {
    "route_case": Form(
        "/v1/cases/{id}/route",
        (
            Field("lead", "department"),
            Field("co_handlers", "departments", optional=True),
            Field("in_turn", "departments", optional=True),
            ORDER,
        ),
        FIRST,
    ),
    "offer_handoff": Form(
        "/v1/cases/{id}/handoffs", (DEPARTMENT, PARTS, Field("replaces", "task", optional=True), ORDER)
    ),
    "plan_handoff": Form(
        "/v1/cases/{id}/handoffs",
        (DEPARTMENT, Field("part", "choice", ("co",), start="co"), Field("after", "task"), ORDER),
    ),
    "record_follow_up": Form(
        "/v1/cases/{id}/follow-up",
        (
            Field("outcome", "choice", ("solved", "not_solved", "not_reached", "anonymous")),
            Field("satisfied", "choice", ("yes", "no"), optional=True),
            Field("channel", "choice", ("visit", "phone", "message"), word="field.followed_up_by", start="phone"),
        ),
        FIRST,
        note="note.follow_up",
    ),
    "close_case": Form(
        "/v1/cases/{id}/close", (Field("reason", "choice", CLOSING, word="field.closing_reason"),), FIRST
    ),
    "reopen_case": Form(
        "/v1/cases/{id}/reopen",
        (
            Field("reason", "choice", ("not_solved", "new_facts", "supervision"), word="field.reopening"),
            Field("grounds"),
        ),
    ),
    "suspend_case": Form("/v1/cases/{id}/suspend", (Field("waiting_for"), Field("look_again_at", "moment"))),
    "resume_case": Form("/v1/cases/{id}/resume", (), FIRST),
    "refuse_case": Form(
        "/v1/cases/{id}/refuse", (Field("route", "choice", ROUTES), REASON), DANGER, note="note.refuse_case"
    ),
    "merge_case": Form("/v1/cases/{id}/merge", (Field("into", "case"),), note="note.merge"),
    "unmerge_case": Form("/v1/cases/{id}/unmerge"),
    "link_case": Form(
        "/v1/cases/{id}/links",
        (Field("kind", "choice", ("same_matter", "caused_by", "causes"), word="field.link"), Field("other", "case")),
    ),
    "unlink_case": Form("/v1/cases/{id}/links/remove", note="note.unlink", elsewhere=True),
    "split_case": Form(
        "/v1/cases/{id}/split",
        (Field("category", "category"), Field("area", "area", optional=True)),
        note="note.split",
    ),
    "recuse_officer": Form(
        "/v1/cases/{id}/recuse",
        (Field("ground", "choice", ("kinship", "interest", "took_part", "other"), word="field.recusal"),),
        note="note.recuse",
    ),
    "call_consultation": Form(
        "/v1/cases/{id}/consultations",
        (
            Field("reason", "choice", ("dispute", "complex"), word="field.consultation"),
            Field("question"),
            Field("invited", "departments"),
            Field("disputed", "tasks", optional=True),
        ),
    ),
}
HANDOFF: Mapping[str, Form] = {
    "accept_handoff": Form("/v1/handoffs/{id}/accept", (), FIRST),
    "start_handoff": Form("/v1/handoffs/{id}/start", (), FIRST),
    "note_progress": Form("/v1/handoffs/{id}/progress", (Field("note"),)),
    "complete_handoff": Form("/v1/handoffs/{id}/complete", (Field("result"),), FIRST, note="note.complete"),
    "return_handoff": Form("/v1/handoffs/{id}/return", (REASON,), DANGER, note="note.return"),
    "approve_return": Form("/v1/handoffs/{id}/return/approve", (), FIRST),
    "refuse_return": Form("/v1/handoffs/{id}/return/refuse", (REASON,)),
    "transfer_handoff": Form(
        "/v1/handoffs/{id}/transfer", (Field("to", "department", word="field.department"), REASON)
    ),
    "ask_extension": Form("/v1/handoffs/{id}/extension", (Field("days", "days"), REASON)),
    "grant_extension": Form("/v1/handoffs/{id}/extension/grant", (), FIRST),
    "refuse_extension": Form("/v1/handoffs/{id}/extension/refuse", (REASON,)),
    "assign_part": Form("/v1/handoffs/{id}/parts", (DEPARTMENT, Field("note", word="field.order"))),
    "begin_exclusion": Form(
        "/v1/handoffs/{id}/exclusions",
        (Field("ground", "choice", GROUNDS), Field("since", "moment"), Field("paper")),
        note="note.exclusion",
    ),
    "verify_handoff": Form("/v1/handoffs/{id}/verify", (), FIRST, note="note.verify"),
    "order_rework": Form("/v1/handoffs/{id}/rework", (REASON,)),
    "recall_handoff": Form("/v1/handoffs/{id}/recall", (REASON,), DANGER),
    "waive_handoff": Form("/v1/handoffs/{id}/waive", (REASON,)),
    "urge_handoff": Form("/v1/handoffs/{id}/urge"),
    "dispute_competence": Form("/v1/handoffs/{id}/dispute", (REASON,), DANGER, note="note.dispute"),
    "withdraw_dispute": Form("/v1/handoffs/{id}/dispute/withdraw"),
}
CONSULTATION: Mapping[str, Form] = {
    "invite_department": Form("/v1/consultations/{id}/invite", (DEPARTMENT,)),
    "submit_paper": Form("/v1/consultations/{id}/papers", (Field("paper"),)),
    "state_position": Form(
        "/v1/consultations/{id}/position",
        (Field("position", "choice", ("ours", "shared", "not_ours", "other")), Field("statement")),
        FIRST,
    ),
    "refer_consultation": Form("/v1/consultations/{id}/refer", (REASON,)),
    "conclude_consultation": Form(
        "/v1/consultations/{id}/conclude",
        (
            Field("conclusion"),
            Field("lead", "department", optional=True),
            Field("co_handlers", "departments", optional=True),
        ),
        FIRST,
        note="note.conclude",
    ),
    "call_off_consultation": Form("/v1/consultations/{id}/call-off", (REASON,), DANGER),
}
DESK: Mapping[str, tuple[Field, ...]] = {
    "progress": (Field("note"),),
    "extension": (Field("days", "days"), REASON),
    "extend": (Field("days", "days"), REASON),
    "finish": (Field("result"),),
    "conclude": (Field("result"),),
    "opinion": (Field("opinion"),),
    "return": (REASON,),
}
"""Of an office with a service of its own: by the last word of the path that it tells for each step."""
REPORT: Mapping[str, Form] = {
    "accept_report": Form(
        "/v1/reports/{id}/accept",
        (Field("category", "category", optional=True), Field("area", "area", optional=True)),
        FIRST,
        note="note.accept_report",
    ),
    "join_report": Form("/v1/reports/{id}/join", (Field("into", "case"),)),
    "refuse_report": Form("/v1/reports/{id}/refuse", (Field("route", "choice", ROUTES), REASON), DANGER),
    "redirect_report": Form(
        "/v1/reports/{id}/redirect", (Field("to", "choice", ("110", "119", "120", "122"), word="field.emergency"),)
    ),
    "correct_report": Form("/v1/reports/{id}/complained-of", (Field("complained_of", "department", optional=True),)),
}


def body_of(step: str, given: Mapping[str, object]) -> dict[str, object]:
    """What is sent: without what was left empty, in the shape that the route takes."""
    said = {name: value for name, value in given.items() if value not in (None, "", [], ())}
    if step == "record_follow_up":
        return _follow_up(said)
    if step == "conclude_consultation":
        tasks = [{"department": said.pop("lead"), "part": "lead"}] if said.get("lead") else []
        helping = said.pop("co_handlers", ())
        assert isinstance(helping, list | tuple)
        return said | {"tasks": [*tasks, *({"department": code, "part": "co"} for code in helping)]}
    if step == "correct_report":
        return {"complained_of": said.get("complained_of")}
    return said


def _follow_up(said: Mapping[str, object]) -> dict[str, object]:
    outcome, channel = said["outcome"], said["channel"]
    if outcome in ("not_reached", "anonymous"):
        return {"solved": None, "reason": outcome, "channel": channel}
    told: dict[str, object] = {"solved": outcome == "solved", "channel": channel}
    return told | ({"satisfied": said["satisfied"] == "yes"} if "satisfied" in said else {})
