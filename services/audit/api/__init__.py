"""HTTP: cases and the whole district as they were, who looked, the log, its proofs, its completeness and soundness."""

from services.audit.api import accesses, cases, completeness, district, inspection, log, proofs, tiles

ROUTERS = (
    cases.router,
    district.router,
    accesses.router,
    log.router,
    tiles.router,
    proofs.router,
    proofs.bundles,
    inspection.router,
    completeness.router,
)
