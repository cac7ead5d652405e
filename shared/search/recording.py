"""A search through texts: that it was made, by whom, and how much it showed; told by a fact of the service's own."""

from shared.contents.vault import Vault
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.procedure.actor import Role
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, during
from shared.refusals.words import Word, Words
from shared.search.asking import Asked

SEARCH: Words = {
    "new": Word("未检索", "not searched"),
    "searched": Word("已检索", "searched"),
    "search_texts": Word("检索内容", "search the texts"),
}


class TextsSearched(Fact):
    """Somebody looked for words in texts: how many were shown. Of the same words `digest` is the same."""

    topic = "accesses"
    about = "search_id"
    told = Sentence("检索内容，显示{found}条", "searched the texts, results shown: {found}")
    search_id: str
    digest: str
    found: int


class SearchTexts(Command):
    """`digest`: of the words, by the master key."""

    search_id: str
    digest: str
    found: int


class Search(State):
    search_id: str = ""
    digest: str = ""
    found: int = 0


def search_model(fact: type[TextsSearched], roles: frozenset[Role]) -> Model[Search]:
    """`roles`: who may search at all."""
    step = Step(SearchTexts, during(NEW), fact, "searched", roles, law="个人信息保护法 Art 6, 51")
    return Model("search", Search, Procedure("search", (step,), words=SEARCH))


def digest_of(vault: Vault, asked: Asked) -> str:
    """Whoever holds the key can test a suspicion, nobody can read what was asked."""
    return vault.fingerprint(f"search\0{asked.words}".encode()).hex()[:32]
