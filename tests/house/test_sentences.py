"""Every fact of a case can be told as a sentence, in both languages, with fields that it has."""

import re

import pytest

from deploy.registry import SERVICES, load_service
from services.audit.sentences import SENTENCES, sentence_of
from shared.facts.fact import REGISTER, Fact
from shared.facts.upcast import superseded

LOADED = [load_service(name) for name in SERVICES]
OF_A_CASE = sorted(
    (
        fact
        for type, fact in REGISTER.items()
        if fact.service in SERVICES and "case_id" in fact.model_fields and type not in superseded()
    ),
    key=lambda fact: fact.type(),
)


@pytest.mark.parametrize("fact", OF_A_CASE, ids=lambda fact: fact.type())
def test_a_fact_of_a_case_has_a_sentence_of_its_own_fields(fact: type[Fact]) -> None:
    word = sentence_of(fact.service, fact.fact_name())
    assert word is not None
    for said in word:
        assert set(re.findall(r"{(\w+)}", said)) <= fact.model_fields.keys(), said


def test_no_sentence_is_of_a_fact_that_there_is_not() -> None:
    known = {fact.fact_name() for fact in OF_A_CASE}
    assert {name.rpartition(".")[2] for name in SENTENCES} - known == set()
