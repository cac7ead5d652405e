"""One file a screen; `SCREENS` says which address shows which."""

from collections.abc import Mapping

from services.console.look.screen import Build
from services.console.screens import (
    accesses,
    administration,
    board,
    case,
    cases,
    consultations,
    deciding,
    film,
    handoffs,
    lanes,
    log,
    nothing,
    proof,
    queue,
    report,
    reports,
    search,
    worklist,
)

SCREENS: Mapping[str, Build] = {
    "/worklist": worklist.build,
    "/reports": reports.build,
    "/reports/new": reports.register,
    "/reports/{id}": report.build,
    "/queue": queue.build,
    "/queue/{ref}": deciding.build,
    "/lanes": lanes.build,
    "/search": search.build,
    "/consultations": consultations.build,
    "/cases": cases.build,
    "/cases/{ref}": case.build,
    "/board": board.build,
    "/handoffs": handoffs.build,
    "/log": log.build,
    "/film/{ref}": film.build,
    "/accesses": accesses.build,
    "/proof": proof.build,
    "/administration": administration.build,
    "/nothing": nothing.build,
}
