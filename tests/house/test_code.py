"""The house's rules about code that a program can check."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import shared

ROOT = Path(str(shared.__file__)).parent.parent
CODE = sorted(path for room in ("shared", "services", "deploy") for path in (ROOT / room).rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_FILE = 500
# Keys and tokens live by the real time, not by the one that a story tells.
EDGES = ("shared/world/", "deploy/", "services/directory/tokens/keys.py")

# Where everything may be caught, and why nothing is hidden by it.
CATCH_ALL = {
    "deploy/replay/heard.py": "what a reaction cannot do with an altered fact is a finding, told with its place",
    "shared/listen/batch.py": "whatever a reaction does wrong stops its own case only (G5)",
    "shared/listen/consumer.py": "the outermost loop, the assignment callback, finding the fact that is refused",
    "shared/listen/waiting.py": "a parked fact that fails again stays, with its problem told",
    "shared/record/recorder.py": "one request's bug must not fail the others of its batch; each is told its own",
    "shared/record/database.py": "asks whether it is transient; everything else is raised",
    "shared/relay/relay.py": "the outermost loop",
    "shared/web/app.py": "the outermost layer around a request: nothing goes unanswered, uncounted or unsaid",
    "shared/web/figures.py": "those who watch must not go blind for what they watch",
    "shared/web/operations.py": "what keeps the database from answering is what readiness has to say",
    "shared/web/runtime.py": "the outermost loop of background tasks",
    "services/console/look/screen.py": "a screen that fails says so to whoever waits; the error goes on to the log",
    "deploy/cli/first_start.py": "the story of a first start: its failure is told, and the run goes on",
}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=name)
def test_no_file_is_longer_than_a_subject(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_FILE


def _catches_all(path: Path) -> Iterator[int]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or (isinstance(kind, ast.Name) and kind.id == "Exception") for kind in kinds):
                yield node.lineno


@pytest.mark.parametrize("path", CODE, ids=name)
def test_everything_is_caught_only_where_it_is_said_why(path: Path) -> None:
    lines = list(_catches_all(path))
    assert not lines or name(path) in CATCH_ALL, f"{name(path)}:{lines}"


def test_the_list_of_exceptions_names_no_place_that_has_none() -> None:
    assert [place for place in CATCH_ALL if not list(_catches_all(ROOT / place))] == []


@pytest.mark.parametrize("path", [path for path in CODE if not name(path).startswith(EDGES)], ids=name)
def test_time_identifiers_and_chance_come_from_one_place(path: Path) -> None:
    """`datetime.now()`, `uuid4()` and `random` stand in shared/world; tools that run beside the product are free."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    called = {
        f"{node.func.value.id}.{node.func.attr}"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    }
    assert not called & {
        "datetime.now",
        "datetime.utcnow",
        "date.today",
        "uuid.uuid4",
        "random.random",
        "random.choice",
    }
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not names & {"uuid4", "uuid1", "randint"}


@pytest.mark.parametrize("path", [path for path in TESTS if "drills" not in path.parts], ids=name)
def test_tests_wait_for_conditions_and_do_not_sleep(path: Path) -> None:
    """Drills let the load go on for a moment; that is their subject."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "sleep":
            seconds = node.args[0]
            assert not isinstance(seconds, ast.Constant) or seconds.value < 0.1, f"{name(path)}:{node.lineno}"


@pytest.mark.parametrize("path", [*CODE, *TESTS], ids=name)
def test_nothing_is_left_undone_in_silence(path: Path) -> None:
    marks = r"\b(TO" + r"DO|FIX" + r"ME|X" + r"XX|HA" + r"CK)\b"
    assert re.findall(marks, path.read_text(encoding="utf-8")) == []
