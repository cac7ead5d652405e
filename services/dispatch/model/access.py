"""A case file that somebody opens, a list that somebody takes away."""

from services.dispatch.facts import CaseFileOpened, ExportMade
from shared.accesses.recording import export_model, opening_model
from shared.procedure.actor import Role

EVERYBODY = frozenset(Role) - {Role.RESIDENT, Role.SERVICE, Role.MESSENGER}
OPENING_MODEL = opening_model(CaseFileOpened, EVERYBODY)
EXPORT_MODEL = export_model(ExportMade, EVERYBODY)

__all__ = ["EXPORT_MODEL", "OPENING_MODEL"]
