"""A case that somebody opens in the log, entries that somebody takes from it."""

from services.audit.facts import CaseFileOpened, ExportMade
from shared.accesses.recording import export_model, opening_model
from shared.procedure.actor import Role
from shared.procedure.step import by

READERS = by(Role.AUDITOR, Role.SUPERVISOR)
OPENING_MODEL = opening_model(CaseFileOpened, READERS)
EXPORT_MODEL = export_model(ExportMade, by(Role.AUDITOR))
