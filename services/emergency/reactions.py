"""What emergency does with what it hears: the centre's word on its tasks, and emergencies (`shared/desk/`)."""

from services.directory import facts as directory  # noqa: F401  (its entries are kept once registered)
from services.dispatch import facts as dispatch
from services.emergency.tables import TASKS
from services.intake import facts as intake
from shared.desk.reactions import PATIENCE, desk_reactions, redirected_to
from shared.listen.reactions import Reactions

REACTIONS = Reactions(
    ("cases", "reference"),
    {**desk_reactions("emergency", TASKS, dispatch), intake.ReportRedirected: redirected_to("emergency", TASKS)},
    patience=PATIENCE,
)
