"""HTTP: lists and single cases, texts, steps of cases and of their hand-offs."""

from services.dispatch.api import cases, handoffs, lists, texts

ROUTERS = (lists.router, texts.router, cases.router, handoffs.router)
