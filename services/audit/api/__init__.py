"""HTTP: cases as they were, the log, its proofs, its completeness."""

from services.audit.api import cases, completeness, log, proofs, tiles

ROUTERS = (cases.router, log.router, tiles.router, proofs.router, proofs.bundles, completeness.router)
