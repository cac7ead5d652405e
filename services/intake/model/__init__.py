"""The pure core of intake: a report, a search through the texts of reports, a report that somebody opens."""

from services.intake.model.access import OPENING_MODEL
from services.intake.model.report import MODEL, PROCEDURE
from services.intake.model.search import SEARCH_MODEL
from services.intake.model.state import Report

__all__ = ["MODEL", "OPENING_MODEL", "PROCEDURE", "SEARCH_MODEL", "Report"]
