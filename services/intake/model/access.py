"""A report that somebody opens who does not have it on their own worklist."""

from services.intake.facts import CaseFileOpened
from shared.accesses.recording import opening_model
from shared.procedure.actor import Role
from shared.procedure.step import by

READERS = by(Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR, Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM)
OPENING_MODEL = opening_model(CaseFileOpened, READERS)
