"""A search through the reports' texts."""

from services.intake.facts import TextsSearched
from shared.procedure.actor import Role
from shared.procedure.step import by
from shared.search.recording import SearchTexts, search_model

# Those who read every text of an area. Who has one hand-off, or one visit, reads what belongs to that.
SEARCHERS = by(Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR)
SEARCH_MODEL = search_model(TextsSearched, SEARCHERS)

__all__ = ["SEARCHERS", "SEARCH_MODEL", "SearchTexts"]
