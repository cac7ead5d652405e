"""Whose worklist a report is of, and what is recorded where it is not the reader's."""

from services.intake import views
from services.intake.model import Report
from services.intake.model.report import SCREENERS
from services.intake.tables import OPENING
from services.intake.views import CASE_ENDED, StoredReport
from shared.accesses.opening import File, opened
from shared.identity.sealing import circle_of
from shared.procedure.actor import ROUTING, Actor, Where
from shared.web.call import Call


async def open_report(
    call: Call, report: StoredReport, what: str, content_id: str | None = None, *, at_work: bool = False
) -> None:
    """To be called before `what` of it is shown: that it is opened is recorded where it is not of one's own worklist,
    or sealed. `at_work`: it belongs to a hand-off of theirs. Raises Unavailable."""
    state = report.state
    sealed = circle_of(call.runtime.reference, state.category, call.at)
    if not sealed and (at_work or await _is_in_tray(call, state)):
        return
    about = {"report_id": state.report_id, "content_id": content_id}
    await opened(call, OPENING, File(state.answered_with, state.area, what, **about))


async def _is_in_tray(call: Call, report: Report) -> bool:
    """What is to be screened there; and to a dispatcher what is open."""
    if report.status == "received":
        return call.actor.may(SCREENERS, Where(area=report.area))
    if report.status not in ("accepted", "joined") or not _is_dispatcher(call.actor, report):
        return False
    async with call.runtime.database.plain() as connection:
        case = await views.case_view(connection, report.answered_with)
    return case.status not in CASE_ENDED


def _is_dispatcher(actor: Actor, report: Report) -> bool:
    return actor.may(ROUTING, Where(area=report.area))
