"""HTTP: reports come in, are screened, are followed by their reporters, and are read by those who may."""

from services.intake.api import accesses, attaching, changes, reading, receipts, registering, screening, searching

ROUTERS = (
    *(registering.router, attaching.router, receipts.router, accesses.router),
    *(changes.router, screening.router, reading.router, searching.router),
)
