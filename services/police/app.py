"""Police as a list."""

from services.police.api import router
from services.police.reactions import REACTIONS
from services.police.tables import BESIDE, METADATA, OPENING, SEARCH, TASKS
from shared.desk.marking import marking_of
from shared.web.service import Service

SERVICE = Service(
    name="police",
    title="公安 · hand-offs to the police",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=(router,),
    aggregates=(TASKS, OPENING, SEARCH),
    beside=BESIDE,
    background=(marking_of(TASKS),),
)
