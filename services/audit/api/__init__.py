"""HTTP: cases as they were, who looked, the log, its proofs, its archives, its completeness and soundness."""

from services.audit.api import accesses, archives, cases, completeness, facts, inspection, log, proofs, tiles

ROUTERS = (
    cases.router,
    accesses.router,
    log.router,
    facts.router,
    tiles.router,
    proofs.router,
    proofs.bundles,
    inspection.router,
    archives.router,
    completeness.router,
)
