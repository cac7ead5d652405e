"""What intake is made of."""

from services.intake.api import ROUTERS
from services.intake.api.codes import Brake, Numbers
from services.intake.reactions import REACTIONS
from services.intake.tables import BESIDE, METADATA, REPORT
from shared.web.service import Service

SERVICE = Service(
    name="intake",
    title="Reports: registration, screening, receipts",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=ROUTERS,
    aggregates=(REPORT,),
    beside=BESIDE,
    extras=(Numbers, lambda runtime: Brake()),
)
