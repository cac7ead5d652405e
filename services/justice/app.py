"""Justice as a list."""

from services.justice.api import router
from services.justice.reactions import REACTIONS
from services.justice.tables import BESIDE, METADATA, OPENING, SEARCH, TASKS
from shared.desk.marking import marking_of
from shared.web.service import Service

SERVICE = Service(
    name="justice",
    title="司法行政 · hand-offs to justice",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=(router,),
    aggregates=(TASKS, OPENING, SEARCH),
    beside=BESIDE,
    background=(marking_of(TASKS),),
)
