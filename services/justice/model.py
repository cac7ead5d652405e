"""A task of justice: the procedure that offices share (its rows are in `shared/desk/model.py`).

Rows of its own go behind the shared ones: `desk_procedure(facts, Step(…), changes={…})`.
"""

from services.justice import facts
from shared.accesses.recording import opening_model
from shared.desk.matter import OPENERS
from shared.desk.model import Task, desk_procedure
from shared.procedure.model import Model

PROCEDURE = desk_procedure(facts)
MODEL = Model("task", Task, PROCEDURE)
OPENING_MODEL = opening_model(facts.CaseFileOpened, OPENERS)
