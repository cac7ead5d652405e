"""The pure core of intake: a report, and a search through the texts of reports."""

from services.intake.model.report import MODEL, PROCEDURE
from services.intake.model.search import SEARCH_MODEL
from services.intake.model.state import Report

__all__ = ["MODEL", "PROCEDURE", "SEARCH_MODEL", "Report"]
