"""HTTP: cases as they were, the log, its completeness."""

from services.audit.api import cases, completeness, log

ROUTERS = (cases.router, log.router, completeness.router)
