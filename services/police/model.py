"""A task of police: the procedure that offices share (its rows are in `shared/desk/model.py`), and emergencies
that were redirected (`shared/desk/calls.py`).

Rows of its own go behind the shared ones: `desk_procedure(facts, Step(…), changes={…})`.
"""

from services.police import facts
from shared.accesses.recording import opening_model
from shared.desk.calls import call_changes, call_rows
from shared.desk.matter import OPENERS, READERS
from shared.desk.model import Task, desk_procedure
from shared.procedure.model import Model
from shared.search.recording import search_model

PROCEDURE = desk_procedure(facts, *call_rows(facts), changes=call_changes(facts))
MODEL = Model("task", Task, PROCEDURE)
OPENING_MODEL = opening_model(facts.CaseFileOpened, OPENERS)
SEARCH_MODEL = search_model(facts.TextsSearched, READERS)
