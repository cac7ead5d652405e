"""Versions of a model's procedures: each is whole, and what began under one is folded and decided by it."""

from datetime import UTC, datetime

import pytest

from shared.facts.fact import Fact
from shared.procedure import diagram
from shared.procedure.actor import Actor, Post, Role
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.procedure.workflow import NoSuchWorkflow, Workflow
from shared.refusals.refusals import NotNow
from shared.refusals.words import Word

NOW = datetime(2021, 5, 6, 8, 30, tzinfo=UTC)
CLERK = Actor("clerk", (Post(Role.CLERK, "centre", ""),), "centre")


class LetterFact(Fact):
    about = "letter_id"
    letter_id: str


class LetterBegun(LetterFact, service="kit"):
    workflow: int = 1


class LetterWritten(LetterFact, service="kit"):
    pass


class LetterSigned(LetterFact, service="kit"):
    pass


class LetterSent(LetterFact, service="kit"):
    pass


class Letter(State):
    letter_id: str = ""
    workflow: int = 1


class Begin(Command):
    letter_id: str
    workflow: int = 1


class Write(Command):
    letter_id: str


class Sign(Command):
    letter_id: str


class Send(Command):
    letter_id: str


WRITING = Step(Write, during("begun"), LetterWritten, "written", by(Role.CLERK))
SENDING = Step(Send, during("written"), LetterSent, "sent", by(Role.CLERK))
PLAIN = Procedure("letter", (Step(Begin, during(NEW), LetterBegun, "begun", by(Role.CLERK)), WRITING, SENDING))
SIGNED = PLAIN.but(
    {
        WRITING: (
            Step(Write, during("begun"), LetterWritten, "draft", by(Role.CLERK)),
            Step(Sign, during("draft"), LetterSigned, "written", by(Role.CLERK)),
        )
    }
)
LETTER = Model(
    "letter", Letter, versions=(Workflow(PLAIN), Workflow(SIGNED, name=Word("先签后发", "signed, then sent")))
)


def letter(workflow: int, *commands: type[Command]) -> tuple[Letter, list[Fact]]:
    state, facts = LETTER.carry_out(Letter(), Begin(at=NOW, actor=CLERK, letter_id="l", workflow=workflow))
    for command in commands:
        state, more = LETTER.carry_out(state, command(at=NOW, actor=CLERK, letter_id="l"))
        facts += more
    return state, facts


def test_the_same_fact_leads_where_the_version_says_and_folds_so() -> None:
    for workflow, then in ((1, "written"), (2, "draft")):
        state, facts = letter(workflow, Write)
        assert (state.status, state.workflow) == (then, workflow)
        assert LETTER.fold(facts) == state


def test_a_step_of_one_version_is_not_open_in_the_other() -> None:
    with pytest.raises(NotNow):
        letter(2, Write, Send)
    assert letter(1, Write, Send)[0].status == letter(2, Write, Sign, Send)[0].status == "sent"
    with pytest.raises(NotNow) as refused:
        letter(1, Write, Sign)
    assert (refused.value.step, refused.value.state) == ("sign", "written")


def test_a_fact_from_before_there_were_versions_begins_the_first() -> None:
    old = LetterBegun.model_validate({"at": NOW, "by": "clerk", "letter_id": "l"})
    assert LETTER.fold([old]).workflow == 1


@pytest.mark.parametrize("workflow", [0, 3])
def test_nothing_begins_under_a_version_that_there_is_not(workflow: int) -> None:
    with pytest.raises(NoSuchWorkflow) as refused:
        letter(workflow)
    assert refused.value.possible == (1, 2)


def test_a_version_says_of_rows_that_are_there_only_what_it_has_instead() -> None:
    with pytest.raises(ValueError, match="no such row of send"):
        SIGNED.but({Step(Send, during("draft"), LetterSent, "sent", by(Role.CLERK)): ()})
    with pytest.raises(TypeError, match="two target states"):
        PLAIN.but({SENDING: (SENDING, Step(Sign, during("written"), LetterSent, "signed", by(Role.CLERK)))})


def test_a_model_has_the_commands_facts_and_rows_of_all_its_versions() -> None:
    assert LETTER.commands == (Begin, Write, Send, Sign)
    assert LETTER.facts == (LetterBegun, LetterWritten, LetterSent, LetterSigned)
    assert [row.then for row in LETTER.rows_of(Write)] == ["written", "draft"]
    assert [row.then for row in LETTER.rows_of(Sign)] == ["written"]


def test_the_page_shows_each_version_and_what_it_has_that_the_one_before_has_not() -> None:
    page = diagram.page({"kit · letter": LETTER.workflows})
    assert "## kit · letter, version 1\n" in page
    assert "## kit · letter, version 2: signed, then sent\n" in page
    changed = [line.strip("| ").split(" | ")[:5] for line in page.splitlines() if line.startswith(("| − ", "| + "))]
    assert changed == [
        ["−", "write", "begun", "letter-written", "written"],
        ["+", "write", "begun", "letter-written", "draft"],
        ["+", "sign", "draft", "letter-signed", "written"],
    ]
