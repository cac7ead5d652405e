"""One file a screen; `SCREENS` says which address shows which."""

from collections.abc import Mapping

from services.console.look.screen import Build
from services.console.screens import (
    board,
    case,
    cases,
    consultations,
    handoffs,
    nothing,
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
    "/nothing": nothing.build,
}
