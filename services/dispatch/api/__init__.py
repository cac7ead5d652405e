"""HTTP: lists and single cases, texts, steps of cases and of their hand-offs."""

from services.dispatch.api import cases, exports, handoffs, lists, texts

ROUTERS = (exports.router, lists.router, texts.router, cases.router, handoffs.router)
