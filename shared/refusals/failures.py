"""What an operator may be told of an error: its kind, where it arose, and names of ours. Never what it was about.

Errors of libraries quote what they failed on: a whole row, an argument, a line of JSON. So the text is told only of our
own errors, which hold none, and of those by which PostgreSQL speaks of its schema and itself.
"""

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

from shared.refusals.refusals import Refused

_ROOT = Path(__file__).parents[2]
_OURS = ("shared", "services", "deploy")
_NAMES = ("table_name", "column_name", "constraint_name")
# By the first two signs of its SQLSTATE: connections, names and rights, resources, operators, the system.
_WITHOUT_DATA = ("08", "28", "42", "53", "55", "57", "58")
_LONGEST_TEXT = 300
_INNERMOST = 4


def describe(error: BaseException) -> str:
    """The error and what it was raised from, in one line."""
    return " from ".join(_one(each) for each in _chain(error))


def where(error: BaseException) -> str:
    """The places in the code that it came through, the innermost last: no values, no arguments."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _is_ours(frame.filename)][-_INNERMOST:]
    if frames and frames[-1] not in ours:
        ours.append(frames[-1])
    return " > ".join(f"{_short(frame.filename)}:{frame.lineno} {frame.name}" for frame in ours)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    while id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error


def _one(error: BaseException) -> str:
    kind = type(error).__name__
    if isinstance(error, Refused) or type(error).__module__.partition(".")[0] in _OURS:
        return _with(kind, str(error))
    state = getattr(error, "sqlstate", None)
    if isinstance(state, str):
        names = [f"{name.removesuffix('_name')} {value}" for name in _NAMES if (value := getattr(error, name, None))]
        said = [str(getattr(error, "message", ""))] if state.startswith(_WITHOUT_DATA) else []
        return _with(f"{kind} {state}", ", ".join(filter(None, [*said, *names])))
    if isinstance(error, OSError) and error.errno is not None:
        return _with(kind, os.strerror(error.errno))
    return kind


def _with(kind: str, text: str) -> str:
    line = " ".join(text.split())[:_LONGEST_TEXT]
    return f"{kind}: {line}" if line else kind


def _is_ours(file: str) -> bool:
    return Path(file).is_relative_to(_ROOT) and "site-packages" not in file


def _short(file: str) -> str:
    return Path(file).relative_to(_ROOT).as_posix() if _is_ours(file) else file.rpartition("site-packages/")[2]
