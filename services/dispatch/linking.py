"""From a request about two cases to the writes on both: merged, parted, split, linked; all or none."""

from collections.abc import Mapping, Sequence
from typing import Any

from services.dispatch import deadlines, routing, workflows
from services.dispatch.codes import case_code
from services.dispatch.model import Case
from services.dispatch.model import commands as c
from services.dispatch.tables import CASE
from shared.identity.sealing import circle_of
from shared.procedure.actor import service_actor
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.reference.reference import Reference

INVERSE: Mapping[str, str] = {
    "same_matter": "same_matter",
    "caused_by": "causes",
    "causes": "caused_by",
    "child": "parent",
    "parent": "child",
}
"""What a case is to the other one, when that one is this to it."""
Found = tuple[int, Case]


def merging(reference: Reference, stamp: deadlines.Stamp, one: Found, into: Case) -> Sequence[Write[Case]]:
    """As `one` was found: a report that joins it meanwhile must not be lost."""
    version, case = one
    reports = tuple(report for report in case.reports if report not in case.withdrawn_reports)
    taken = {"reports": reports, "contents": case.contents, "barred": case.barred}
    by, apart = deadlines.offer_by(reference, stamp["at"]), _apart(reference, case.category, into.category, stamp)
    return [
        Write(CASE, case.case_id, [c.MergeCase(**stamp, into=into.case_id, apart=apart)], version),
        Write(CASE, into.case_id, [c.AbsorbCase(**stamp, absorbed=case.case_id, **taken, offer_by=by)]),
    ]


def parting(reference: Reference, stamp: deadlines.Stamp, case: Case) -> Sequence[Write[Case]]:
    clock = deadlines.centres(reference, deadlines.QUEUE, stamp["at"])
    parted = c.UnmergeCase(**stamp, deadline=clock)
    reports = tuple(report for report in case.reports if report not in case.withdrawn_reports)
    release = c.ReleaseCase(**stamp, released=case.case_id, reports=reports)
    return [Write(CASE, case.case_id, [parted]), Write(CASE, case.merged_into or "", [release])]


def linking(stamp: deadlines.Stamp, kind: str, case: Case, other: Case, way: frozenset[str]) -> Sequence[Write[Case]]:
    """`way`: of `other`, in that kind."""
    there = c.LinkCase(**stamp, kind=INVERSE[kind], other=case.case_id)
    return [
        Write(CASE, case.case_id, [c.LinkCase(**stamp, kind=kind, other=other.case_id, way=way)]),
        Write(CASE, other.case_id, [there]),
    ]


def unlinking(stamp: deadlines.Stamp, kind: str, case: Case, other: str) -> Sequence[Write[Case]]:
    return [
        Write(CASE, case.case_id, [c.UnlinkCase(**stamp, kind=kind, other=other)]),
        Write(CASE, other, [c.UnlinkCase(**stamp, kind=INVERSE[kind], other=case.case_id)]),
    ]


def splitting(reference: Reference, stamp: deadlines.Stamp, case: Case, **child: Any) -> Sequence[Write[Case]]:
    """A part of the matter becomes a case of its own, routed by the catalogue, with the same reports and texts."""
    at, case_id, area = stamp["at"], child["case_id"], child["area"] or case.area
    ours = {"at": at, "actor": service_actor("dispatch")}
    category = reference.get("category", child["category"], at)
    entry = category.entry if category else {}
    about = {name: getattr(case, name) for name in ("channel", "contents", "complained_of", "barred", "meeting")}
    opening = c.OpenCase(
        **ours,
        **about,
        case_id=case_id,
        code=case_code(area, at, case_id),
        report_id=case.reports[0],
        category=child["category"],
        kind=entry.get("kind", case.kind),
        area=area,
        governance=entry.get("governance"),
        net=entry.get("net"),
        **workflows.in_force(reference, child["category"], area, at).pinned(),
    )
    apart = _apart(reference, case.category, child["category"], stamp)
    whole: list[Command] = [c.LinkCase(**stamp, kind="child", other=case_id, apart=apart)]
    part = c.LinkCase(**stamp, kind="parent", other=case.case_id)
    route = routing.first_step(reference, ours, child["category"], area, opening.barred)
    return [Write(CASE, case.case_id, whole), Write(CASE, case_id, [opening, route, part])]


def _apart(reference: Reference, category: str, other: str, stamp: deadlines.Stamp) -> bool:
    """Whether not the same departments may know of such matters."""
    return circle_of(reference, category, stamp["at"]) != circle_of(reference, other, stamp["at"])
