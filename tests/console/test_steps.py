"""Every step that a service may propose to a person has a form; every text of the screens exists and is used."""

import re
from pathlib import Path

import pytest

from deploy.registry import load_service
from services.console import steps
from services.console.look.templates import FOLDER
from services.console.words import PARTS, WORDS
from services.dispatch.model import MODEL as CASES
from services.intake.model import MODEL as REPORTS
from services.intake.model.commands import Screening
from shared.procedure.actor import Role
from shared.procedure.step import Step
from tests.house.routes import doors

PEOPLE = frozenset(Role) - {Role.SERVICE, Role.MESSENGER, Role.RESIDENT, Role.SYSTEM}
ELSEWHERE = {
    "absorb_case": "done with the other case's merging",
    "release_case": "done with the other case's unmerging",
    "open_case": "by intake's facts",
    "erase_content": "an administrator's duty on a ground of the law, by the API",
    "lift_recusal": "names one of those recused, by the API",
    "end_exclusion": "names one of those begun",
    "correct_exclusion": "names one of those begun",
    "strike_exclusion": "names one of those begun",
}
CODE = Path(steps.__file__).parent


def _open_to_people(rows: tuple[Step, ...]) -> set[str]:
    return {row.command.step_name() for row in rows if row.roles & PEOPLE}


@pytest.mark.parametrize("name", ["case", "handoff", "consultation"])
def test_every_step_of_a_case_has_its_form(name: str) -> None:
    forms = {"case": steps.CASE, "handoff": steps.HANDOFF, "consultation": steps.CONSULTATION}[name]
    rows = [row for flow in CASES.workflows for each in flow.procedures if each.name == name for row in each.steps]
    begun = steps.CASE.keys()  # what begins something new is a step of the case
    assert _open_to_people(tuple(rows)) - forms.keys() - begun - ELSEWHERE.keys() == set()


def test_every_step_of_screening_has_its_form() -> None:
    rows = tuple(row for row in REPORTS.procedures[0].steps if issubclass(row.command, Screening))
    assert _open_to_people(rows) - {"open_identity"} == steps.REPORT.keys(), "an identity has a dialog of its own"


@pytest.mark.parametrize("office", ["police", "justice", "emergency", "petition"])
def test_what_an_office_writes_is_asked_for(office: str) -> None:
    """A route that takes a body has fields here, one that takes none has none."""
    for route in (route for router in load_service(office).routers for route in router.routes):
        path = getattr(route, "path_format", "")
        if re.fullmatch(r"/v1/(tasks|petitions)/\{handoff_id\}/[a-z-]+", path):
            needs = route.body_field is not None
            assert needs == bool(steps.DESK.get(path.rpartition("/")[2])), path


def test_every_form_leads_to_a_route_and_asks_for_what_it_takes() -> None:
    known = {(door.service, door.path): door for door in doors() if door.method == "POST"}
    for forms in (steps.CASE, steps.HANDOFF, steps.CONSULTATION):
        for name, form in forms.items():
            assert any(re.sub(r"\{\w+\}", "{id}", path) == form.path for _, path in known), name


def test_every_text_is_used_and_every_used_text_exists() -> None:
    assert sum(map(len, PARTS)) == len(WORDS), "no key twice"
    written = [path for path in CODE.rglob("*.py") if "words" not in path.parts]
    source = "".join(path.read_text() for path in [*written, *FOLDER.glob("*.html")])
    asked = set(re.findall(r"""(?:\bt|\.say)\("([a-z_0-9.]+)"[,)]""", source))
    assert asked - WORDS.keys() == set()
    families = set(re.findall(r"""["']([a-z_0-9]+(?:\.[a-z_0-9]+)*\.)["'{]""", source))
    families |= {f"{name}." for name in re.findall(r"""word\("([a-z_]+)",""", source)}
    families |= {f"{name}." for name in re.findall(r"""heading="([a-z_.]+)\"""", source)}
    literal = set(re.findall(r"""["']([a-z_0-9]+(?:\.[a-z_0-9]+)*)["']""", source))
    assert {key for key in WORDS if key not in literal and not key.startswith(tuple(families))} == set()


def test_every_text_is_in_both_languages_with_the_same_blanks() -> None:
    for key, word in WORDS.items():
        assert word.zh, key
        assert word.en, key
        blanks = [sorted(re.findall(r"\{(\w+)\}", said)) for said in word]
        assert blanks[0] == blanks[1], key
