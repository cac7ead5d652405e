"""All routes of all services, and what each has to do with a case: a new one needs a line here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute

from deploy.registry import SERVICES, load_service
from shared.procedure.actor import Role
from shared.web.call import Gate
from shared.web.operations import router as operations


@dataclass(frozen=True)
class Door:
    service: str
    method: str
    path: str
    gate: Gate | None

    def __str__(self) -> str:
        return f"{self.service} {self.method} {self.path}"


def doors() -> Iterator[Door]:
    for name in SERVICES:
        for router in (*load_service(name).routers, operations):
            for route in router.routes:
                assert isinstance(route, APIRoute)
                gates = [d.call for d in route.dependant.dependencies if isinstance(d.call, Gate)]
                for method in sorted(route.methods):
                    yield Door(name, method, route.path_format, gates[0] if gates else None)


@dataclass(frozen=True)
class OfACase:
    """A route that reads or changes something of a case. `roles`: the gate's, unless the rest of them see no case.

    `lists`: its answer is empty instead of a refusal, and names the case by nothing. `body` and `query` can be taken.
    `each`: it does several things, and says of each what came of it.
    """

    body: Mapping[str, Any] | None = None
    query: str = ""
    lists: bool = False
    each: bool = False
    roles: frozenset[Role] | None = None


CENTRE = frozenset({Role.DISPATCHER, Role.SUPERVISOR})
OFFICES = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})
SEERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK}) | OFFICES
READERS = frozenset({Role.DISPATCHER, Role.SUPERVISOR, Role.CLERK}) | OFFICES
REASON, NOTE, RESULT = {"reason": "原因"}, {"note": "说明"}, {"result": "结果"}
GROUND = {"ground": "asked_by_person"}
MORE_TIME = {"days": 5, "reason": "原因"}
LATER = "2099-01-01T00:00:00+08:00"

INTAKE = {
    "GET /v1/reports": OfACase(lists=True),
    "GET /v1/reports/{report_id}": OfACase(),
    "GET /v1/reports/{report_id}/similar": OfACase(),
    "POST /v1/reports/{report_id}/complained-of": OfACase({"complained_of": None}),
    "POST /v1/reports/{report_id}/accept": OfACase({}),
    "POST /v1/reports/{report_id}/refuse": OfACase({"route": "litigation", "reason": "原因"}),
    "POST /v1/reports/{report_id}/redirect": OfACase({"to": "119"}),
    "POST /v1/reports/{report_id}/join": OfACase({"into": "{case_id}"}),
    "GET /v1/reports/{report_id}/reporter": OfACase(query="purpose=verify"),
    "GET /v1/contents/{content_id}": OfACase(roles=READERS),
    "POST /v1/contents/{content_id}/erase": OfACase(GROUND),
    "POST /v1/reporters/{ref}/erase": OfACase(),
    "POST /v1/search": OfACase({"text": "长期排污"}, lists=True),
}
DISPATCH = {
    "GET /v1/handoffs": OfACase(lists=True, roles=SEERS),
    "GET /v1/clocks": OfACase(lists=True, roles=SEERS),
    "GET /v1/cases": OfACase(lists=True, roles=SEERS),
    "GET /v1/figures/cases": OfACase(lists=True, roles=SEERS),
    "GET /v1/figures/handoffs": OfACase(lists=True, roles=SEERS),
    "GET /v1/cases/{ref}": OfACase(roles=SEERS),
    "GET /v1/cases/{ref}/timeline": OfACase(roles=SEERS),
    "GET /v1/contents/{content_id}": OfACase(roles=SEERS),
    "POST /v1/contents/{content_id}/erase": OfACase(GROUND),
    "POST /v1/search": OfACase({"text": "现场查看"}, lists=True),
    "GET /v1/map/cases": OfACase(lists=True, roles=SEERS),
    "GET /v1/newest": OfACase(lists=True, roles=SEERS, query="limit=50"),
    "GET /v1/figures/flow": OfACase(lists=True, roles=SEERS),
    "GET /v1/figures/ageing": OfACase(lists=True, roles=SEERS),
    "GET /v1/cases/export": OfACase(lists=True, roles=SEERS),
    "PUT /v1/cases/{case_id}/presence": OfACase(),
    "POST /v1/cases/{case_id}/route": OfACase({"lead": "transport_bureau"}),
    "POST /v1/cases/{case_id}/handoffs": OfACase({"department": "transport_bureau", "part": "co"}),
    "GET /v1/cases/{ref}/links": OfACase(roles=SEERS),
    "GET /v1/cases/{ref}/suggestions": OfACase(),
    "GET /v1/cases/{ref}/alike": OfACase(),
    "GET /v1/handoffs/{handoff_id}/ways": OfACase(query="to=transport_bureau"),
    "POST /v1/handoffs/{handoff_id}/pass-on": OfACase({"to": "housing_commission", "reason": "原因"}),
    "POST /v1/cases/{case_id}/merge": OfACase({"into": "{case_id}"}),
    "POST /v1/cases/{case_id}/unmerge": OfACase(),
    "POST /v1/cases/{case_id}/split": OfACase({"category": "sanitation.drain"}),
    "POST /v1/cases/{case_id}/links": OfACase({"kind": "same_matter", "other": "{case_id}"}),
    "POST /v1/cases/{case_id}/links/remove": OfACase({"kind": "same_matter", "other": "{case_id}"}),
    "POST /v1/cases/{case_id}/recuse": OfACase({"officer": "{stranger}", "ground": "interest"}),
    "POST /v1/cases/{case_id}/recuse/lift": OfACase({"officer": "{stranger}", "reason": "经核实无利害关系"}),
    "POST /v1/cases/{case_id}/follow-up": OfACase({"solved": True}),
    "POST /v1/cases/{case_id}/reopen": OfACase({"reason": "new_facts", "grounds": "理由"}),
    "POST /v1/cases/{case_id}/close": OfACase({"reason": "solved"}),
    "POST /v1/cases/{case_id}/suspend": OfACase({"waiting_for": "鉴定", "look_again_at": LATER}),
    "POST /v1/cases/{case_id}/resume": OfACase(),
    "POST /v1/cases/{case_id}/refuse": OfACase({"route": "litigation", "reason": "原因"}),
    "POST /v1/handoffs/{handoff_id}/accept": OfACase(),
    "POST /v1/handoffs/{handoff_id}/start": OfACase(),
    "POST /v1/handoffs/{handoff_id}/progress": OfACase(NOTE),
    "POST /v1/handoffs/{handoff_id}/complete": OfACase(RESULT),
    "POST /v1/handoffs/{handoff_id}/return": OfACase(REASON),
    "POST /v1/handoffs/{handoff_id}/return/approve": OfACase(),
    "POST /v1/handoffs/{handoff_id}/return/refuse": OfACase(REASON),
    "POST /v1/handoffs/{handoff_id}/transfer": OfACase({"to": "housing_commission", "reason": "原因"}),
    "POST /v1/handoffs/{handoff_id}/extension": OfACase(MORE_TIME),
    "POST /v1/handoffs/{handoff_id}/extension/grant": OfACase(),
    "POST /v1/handoffs/{handoff_id}/extension/refuse": OfACase(REASON),
    "POST /v1/handoffs/{handoff_id}/parts": OfACase({"department": "transport_bureau", "note": "请办理"}),
    "POST /v1/handoffs/{handoff_id}/exclusions": OfACase(
        {"ground": "appraisal", "since": "2021-03-01T00:00:00+08:00", "paper": "鉴定委托书"}
    ),
    "POST /v1/handoffs/{handoff_id}/exclusions/{number}/end": OfACase({"until": "2021-03-02T00:00:00+08:00"}),
    "POST /v1/handoffs/{handoff_id}/exclusions/{number}/correct": OfACase(
        {"since": "2021-03-01T00:00:00+08:00", **REASON}, roles=CENTRE
    ),
    "POST /v1/handoffs/{handoff_id}/exclusions/{number}/strike": OfACase(REASON, roles=CENTRE),
    "POST /v1/handoffs/{handoff_id}/verify": OfACase(roles=CENTRE),
    "POST /v1/handoffs/{handoff_id}/rework": OfACase(REASON, roles=CENTRE),
    "POST /v1/handoffs/{handoff_id}/recall": OfACase(REASON, roles=CENTRE),
    "POST /v1/handoffs/{handoff_id}/waive": OfACase(REASON),
    "POST /v1/handoffs/{handoff_id}/urge": OfACase(roles=CENTRE),
    "POST /v1/handoffs/urge": OfACase({"handoffs": ["{handoff_id}"]}, each=True, roles=CENTRE),
    "POST /v1/handoffs/offer": OfACase(
        {"offers": [{"case_id": "{case_id}", "department": "fire_rescue_brigade"}]}, each=True
    ),
    "POST /v1/handoffs/{handoff_id}/dispute": OfACase(REASON),
    "POST /v1/handoffs/{handoff_id}/dispute/withdraw": OfACase(),
    "GET /v1/consultations": OfACase(lists=True, roles=SEERS),
    "POST /v1/cases/{case_id}/consultations": OfACase(
        {"reason": "complex", "question": "请研究", "invited": ["transport_bureau"]}
    ),
    "POST /v1/consultations/{consultation_id}/invite": OfACase({"department": "housing_commission"}),
    "POST /v1/consultations/{consultation_id}/papers": OfACase({"paper": "材料"}),
    "POST /v1/consultations/{consultation_id}/position": OfACase({"position": "ours", "statement": "意见"}),
    "POST /v1/consultations/{consultation_id}/refer": OfACase(REASON),
    "POST /v1/consultations/{consultation_id}/conclude": OfACase({"conclusion": "结论"}),
    "POST /v1/consultations/{consultation_id}/call-off": OfACase(REASON),
}
TASKS = {
    "GET /v1/tasks": OfACase(lists=True),
    "GET /v1/tasks/{handoff_id}": OfACase(),
    "GET /v1/contents/{id}": OfACase(),
    "POST /v1/tasks/{handoff_id}/accept": OfACase(),
    "POST /v1/tasks/{handoff_id}/start": OfACase(),
    "POST /v1/tasks/{handoff_id}/progress": OfACase(NOTE),
    "POST /v1/tasks/{handoff_id}/extension": OfACase(MORE_TIME),
    "POST /v1/tasks/{handoff_id}/finish": OfACase(RESULT),
    "POST /v1/tasks/{handoff_id}/return": OfACase(REASON),
    "POST /v1/contents/{id}/erase": OfACase(GROUND),
    "POST /v1/search": OfACase({"text": "现场查看"}, lists=True),
}
CALLS = {**TASKS, "POST /v1/tasks/{handoff_id}/pass-on": OfACase()}
PETITION = {
    "GET /v1/petitions": OfACase(lists=True),
    "GET /v1/petitions/{handoff_id}": OfACase(),
    "GET /v1/contents/{id}": OfACase(),
    "POST /v1/petitions/{handoff_id}/register": OfACase(),
    "POST /v1/petitions/{handoff_id}/accept": OfACase(),
    "POST /v1/petitions/{handoff_id}/progress": OfACase(NOTE),
    "POST /v1/petitions/{handoff_id}/opinion": OfACase({"opinion": "意见"}),
    "POST /v1/petitions/{handoff_id}/conclude": OfACase(RESULT),
    "POST /v1/petitions/{handoff_id}/return": OfACase(REASON),
    "POST /v1/petitions/{handoff_id}/extend": OfACase(MORE_TIME),
    "POST /v1/contents/{id}/erase": OfACase(GROUND),
    "POST /v1/search": OfACase({"text": "现场查看"}, lists=True),
}
AUDIT = {
    "GET /v1/cases/{case}/history": OfACase(),
    "GET /v1/cases/{case}/state": OfACase(),
    "GET /v1/cases/{case}/bundle": OfACase(),
    "GET /v1/cases/{case}/certificate": OfACase(),
    "GET /v1/cases/{case}/film": OfACase(),
    "GET /v1/cases/{case}/knew": OfACase(),
    "GET /v1/district/cases": OfACase(lists=True),
    "GET /v1/district/handoffs": OfACase(lists=True),
    "GET /v1/district/clocks": OfACase(lists=True),
    "GET /v1/district/differences/cases": OfACase(lists=True, query="from=2021-01-01T00:00:00Z&kind=opened"),
    "GET /v1/cases/{case}/differences": OfACase(query="from=2021-01-01T00:00:00Z"),
    "GET /v1/cases/{case}/causes": OfACase(),
    "GET /v1/accesses": OfACase(lists=True),
    "GET /v1/log": OfACase(lists=True),
    "GET /v1/facts": OfACase(lists=True),
    "GET /v1/facts/export": OfACase(lists=True),
}
OF_A_CASE: Mapping[str, OfACase] = {
    f"{service} {door}": row
    for service, rows in {
        "intake": INTAKE,
        "dispatch": DISPATCH,
        "petition": PETITION,
        "police": CALLS,
        "justice": TASKS,
        "emergency": CALLS,
        "audit": AUDIT,
    }.items()
    for door, row in rows.items()
}
WITHOUT_A_GATE = {
    "/healthz",
    "/readyz",
    "/metrics",
    "/.well-known/openid-configuration",
    "/v1/jwks",
    "/v1/token",
    "/v1/authorize",
    "/v1/end-session",
}
STREAMS = {"dispatch GET /v1/changes", "intake GET /v1/reports/changes"}
"""Answers without an end: their tests are elsewhere, here only whether they begin."""
REPLIES = "for intake alone, and results only: tests/dispatch/test_replies.py"
OWN_FILTERS = "one's own: what they leave of a list is for the list to say"
OF_NO_CASE = {
    "intake POST /v1/reports": "who reports sees no case but the new one",
    "intake POST /v1/attachments": "belongs to nothing yet",
    "intake GET /v1/receipts/{receipt_no}": "by the tracking code, whoever has it",
    "intake GET /v1/receipts/{receipt_no}/accesses": "by the tracking code, of one's own report",
    "intake POST /v1/receipts/{receipt_no}/supplement": "by the tracking code",
    "intake POST /v1/receipts/{receipt_no}/withdraw": "by the tracking code",
    "intake POST /v1/receipts/{receipt_no}/answer": "by the tracking code",
    "dispatch GET /v1/replies/{content_id}": REPLIES,
    **{f"{service} GET /v1/replies/{{id}}": REPLIES for service in ("petition", "police", "justice", "emergency")},
    "dispatch GET /v1/filters": OWN_FILTERS,
    "dispatch PUT /v1/filters/{name}": OWN_FILTERS,
    "dispatch DELETE /v1/filters/{name}": OWN_FILTERS,
    "dispatch GET /v1/changes": "each change by the scope of who listens: tests/dispatch/test_changes.py",
    "intake GET /v1/reports/changes": "each report by who sees it in the list: tests/intake/test_changes.py",
    "dispatch GET /v1/figures/follow-up": "sums of answers, also where they are nought: tests/lists",
    **dict.fromkeys(
        (f"dispatch GET /v1/figures/{figure}" for figure in ("passes", "turnover")),
        "sums that have a definition also where they are nought: tests/lists",
    ),
    "dispatch GET /v1/workflows": "which versions of the procedures there are",
    "dispatch GET /v1/workflows/in-force": "what the directory says of a matter and place",
    "dispatch GET /v1/routing": "what the catalogue says",
    "dispatch GET /v1/routing/faults": "rules that cannot decide",
    "audit GET /v1/gaps": "positions that are missing",
    "audit GET /v1/district": "sums of the lists beside it, also where they are nought: tests/audit/test_district.py",
    "audit GET /v1/district/differences": "sums of the list beside it: tests/audit/test_district.py",
    **{f"audit GET /log/{what}": "published to everybody" for what in ("checkpoint", "key", "keys", "witnesses")},
    "audit GET /log/tile/{path}": "hashes",
    "audit GET /log/tile/entries/{path}": "the whole, or nothing where anything is withheld: tests/audit",
    "audit GET /v1/log/proofs": "of what is not to be seen the leaf only: tests/audit",
    "audit GET /v1/facts/{id}/causes": "by a fact, which is to be seen or not as in the list: tests/audit",
    "audit GET /v1/archives/{month}/file": "the whole, or nothing where anything is withheld: tests/audit",
    "audit GET /v1/certificates/{certificate_id}/bundle": "of a case that one may see: tests/audit/test_certificate",
    "audit GET /v1/proofs/inclusion": "hashes",
    "audit GET /v1/proofs/consistency": "hashes",
    "audit GET /v1/alarms": "positions that are missing or wrong",
}


def of_no_case(door: Door) -> bool:
    """The directory knows no cases; operations are for posts of the whole district."""
    whole = door.gate is not None and door.gate.whole_district
    return whole or door.path in WITHOUT_A_GATE or door.service == "directory" or str(door) in OF_NO_CASE
