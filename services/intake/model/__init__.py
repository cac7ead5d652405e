"""The pure core of intake: a report."""

from services.intake.model.report import MODEL, PROCEDURE
from services.intake.model.state import Report

__all__ = ["MODEL", "PROCEDURE", "Report"]
