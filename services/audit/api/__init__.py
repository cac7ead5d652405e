"""HTTP: cases and the district as they were, who looked, the log, its proofs and archives, its soundness."""

from services.audit.api import (
    accesses,
    archives,
    cases,
    certificates,
    completeness,
    district,
    facts,
    inspection,
    log,
    proofs,
    rebuilds,
    tiles,
)

ROUTERS = (
    cases.router,
    district.router,
    accesses.router,
    log.router,
    facts.router,
    tiles.router,
    proofs.router,
    certificates.router,
    inspection.router,
    rebuilds.router,
    archives.router,
    completeness.router,
)
