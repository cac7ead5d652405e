"""One file a screen; `SCREENS` says which address shows which."""

from collections.abc import Mapping

from services.console.look.screen import Build
from services.console.screens import (
    accesses,
    administration,
    ageing,
    board,
    case,
    cases,
    compare,
    consultations,
    film,
    flow,
    handoffs,
    log,
    map,
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
    "/flow": flow.build,
    "/ageing": ageing.build,
    "/map": map.build,
    "/compare": compare.build,
    "/handoffs": handoffs.build,
    "/log": log.build,
    "/film/{ref}": film.build,
    "/accesses": accesses.build,
    "/proof": proof.build,
    "/administration": administration.build,
    "/nothing": nothing.build,
}
