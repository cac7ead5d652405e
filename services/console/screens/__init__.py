"""One file a screen; `SCREENS` says which address shows which."""

from collections.abc import Mapping

from services.console.look.screen import Build
from services.console.screens import (
    accesses,
    administration,
    archives,
    board,
    case,
    cases,
    causes,
    consultations,
    district,
    entry,
    film,
    handoffs,
    log,
    nothing,
    proof,
    queue,
    report,
    reports,
    worklist,
)

SCREENS: Mapping[str, Build] = {
    "/worklist": worklist.build,
    "/reports": reports.build,
    "/reports/new": reports.register,
    "/reports/{id}": report.build,
    "/queue": queue.build,
    "/consultations": consultations.build,
    "/cases": cases.build,
    "/cases/{ref}": case.build,
    "/board": board.build,
    "/handoffs": handoffs.build,
    "/log": log.build,
    "/film/{ref}": film.build,
    "/causes/{ref}": causes.build,
    "/district": district.build,
    "/archives": archives.build,
    "/accesses": accesses.build,
    "/proof": proof.build,
    "/administration": administration.build,
    "/administration/{kind}/{code}": entry.build,
    "/nothing": nothing.build,
}
