"""A search through the reports' texts: that it was made, by whom, and how much it showed."""

from services.intake.facts import TextsSearched
from services.intake.model.words import SEARCH
from shared.procedure.actor import Role
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during


class SearchTexts(Command):
    """`digest`: of the words, by the master key."""

    search_id: str
    digest: str
    found: int


class Search(State):
    search_id: str = ""
    digest: str = ""
    found: int = 0


# Those who read every text of an area. Who has one hand-off, or one visit, reads what belongs to that.
SEARCHERS = by(Role.CLERK, Role.DISPATCHER, Role.SUPERVISOR)
PROCEDURE = Procedure(
    "search",
    (
        Step(
            SearchTexts,
            during(NEW),
            TextsSearched,
            "searched",
            SEARCHERS,
            law="个人信息保护法 Art 6, 51",
        ),
    ),
    words=SEARCH,
)
SEARCH_MODEL = Model("search", Search, PROCEDURE)
