"""Police over HTTP: worklist, one task, its steps, contents (routes in `shared/desk/`)."""

from services.police.tables import OPENING, SEARCH, TASKS
from shared.desk.api import task_router

router = task_router(TASKS, OPENING, SEARCH)
