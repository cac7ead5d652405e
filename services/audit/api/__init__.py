"""HTTP: cases as they were, the log, its proofs, its completeness and soundness."""

from services.audit.api import cases, completeness, inspection, log, proofs, tiles

ROUTERS = (
    cases.router,
    log.router,
    tiles.router,
    proofs.router,
    proofs.bundles,
    inspection.router,
    completeness.router,
)
