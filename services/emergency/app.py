"""Emergency management as a list."""

from services.emergency.api import router
from services.emergency.reactions import REACTIONS
from services.emergency.tables import BESIDE, METADATA, OPENING, SEARCH, TASKS
from shared.desk.marking import marking_of
from shared.web.service import Service

SERVICE = Service(
    name="emergency",
    title="应急管理 · hand-offs to emergency management",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=(router,),
    aggregates=(TASKS, OPENING, SEARCH),
    beside=BESIDE,
    background=(marking_of(TASKS),),
)
