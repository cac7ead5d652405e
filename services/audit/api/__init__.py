"""HTTP: cases as they were, who looked, the log, its proofs and certificates, its completeness and soundness."""

from services.audit.api import accesses, cases, certificates, completeness, inspection, log, proofs, tiles

ROUTERS = (
    cases.router,
    accesses.router,
    log.router,
    tiles.router,
    proofs.router,
    certificates.router,
    inspection.router,
    completeness.router,
)
