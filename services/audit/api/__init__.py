"""HTTP: cases as they were, who looked, the log, its proofs, certificates, archives, completeness and soundness."""

from services.audit.api import (
    accesses,
    archives,
    cases,
    certificates,
    completeness,
    facts,
    inspection,
    log,
    proofs,
    tiles,
)

ROUTERS = (
    cases.router,
    accesses.router,
    log.router,
    facts.router,
    tiles.router,
    proofs.router,
    certificates.router,
    inspection.router,
    archives.router,
    completeness.router,
)
