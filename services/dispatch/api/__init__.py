"""HTTP: lists and single cases, texts, steps of cases, of their hand-offs and consultations."""

from services.dispatch.api import (
    cases,
    changes,
    consultations,
    deciding,
    exports,
    figures,
    filters,
    handoffs,
    links,
    lists,
    many,
    searching,
    texts,
    workflows,
)

ROUTERS = (
    *(exports.router, many.router, lists.router, figures.router, filters.router, texts.router, searching.router),
    *(cases.router, deciding.router, handoffs.router, consultations.router, links.router, workflows.router),
    changes.router,
)
