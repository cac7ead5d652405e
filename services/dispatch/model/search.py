"""A search through what offices wrote."""

from services.dispatch.facts import TextsSearched
from shared.procedure.actor import Role
from shared.procedure.step import by
from shared.search.recording import search_model

# Who reads such texts in the course of a case. Auditors look at what was done, not for words.
SEARCHERS = by(Role.DISPATCHER, Role.SUPERVISOR, Role.CLERK, Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM)
SEARCH_MODEL = search_model(TextsSearched, SEARCHERS)
