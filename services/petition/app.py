"""Petition as a list."""

from services.petition.api import router
from services.petition.reactions import REACTIONS
from services.petition.tables import BESIDE, METADATA, OPENING, PETITIONS, SEARCH
from shared.desk.marking import marking_of
from shared.web.service import Service

SERVICE = Service(
    name="petition",
    title="信访 · hand-offs to the petition office",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=(router,),
    aggregates=(PETITIONS, OPENING, SEARCH),
    beside=BESIDE,
    background=(marking_of(PETITIONS),),
)
