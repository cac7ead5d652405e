"""What reporters are told has words for everything that can be told."""

from collections.abc import Mapping
from typing import Any, get_args

import pytest

from services.dispatch.bodies import CloseBody, RefuseBody
from services.intake.api import words
from services.intake.model import MODEL
from services.intake.model.commands import Route
from services.intake.reactions import STEPS
from services.intake.views import CASE_STATUS, UNTOLD

TABLES: Mapping[str, tuple[Mapping[str, words.Words], set[Any]]] = {
    "closing reasons": (words.REASONS, set(get_args(CloseBody.model_fields["reason"].annotation))),
    "lawful routes": (words.ROUTES, {*get_args(Route), *get_args(RefuseBody.model_fields["route"].annotation)}),
    "states": (
        words.STATUS,
        {step.then for procedure in MODEL.procedures for step in procedure.steps if step.then} - {"joined"}
        | set(CASE_STATUS.values()),
    ),
    "steps": (words.STEPS, set(STEPS.values()) - UNTOLD),
}


@pytest.mark.parametrize("table", TABLES)
def test_a_reporter_reads_no_code_but_words_in_both_languages(table: str) -> None:
    said, codes = TABLES[table]
    assert codes - said.keys() == set()
    assert [code for code, text in said.items() if text.keys() != {"zh", "en"} or not all(text.values())] == []
