"""A task of justice: the procedure that offices share (its rows are in `shared/desk/model.py`).

Rows of its own go behind the shared ones: `desk_procedure(facts, Step(…), changes={…})`.
"""

from services.justice import facts
from shared.accesses.recording import opening_model
from shared.desk.matter import OPENERS, READERS
from shared.desk.model import Task, desk_procedure
from shared.procedure.model import Model
from shared.search.recording import search_model

PROCEDURE = desk_procedure(facts)
MODEL = Model("task", Task, PROCEDURE)
OPENING_MODEL = opening_model(facts.CaseFileOpened, OPENERS)
SEARCH_MODEL = search_model(facts.TextsSearched, READERS)
