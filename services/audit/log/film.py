"""A case step by step: what each fact changed in the state of its aggregate; and what changed between two moments."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from services.audit.log.fold import Folded, facts_of_case, step
from shared.facts.order import Told, in_order
from shared.procedure.folds import Folds
from shared.record.database import Connection

About = tuple[str, str, str]
"""Source, aggregate, and its id."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value of a state; `path` as in a JSON Pointer (RFC 6901). None where there was, or is, nothing."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Scene:
    """A fact, and what it changed. `problem` says why it could not be folded."""

    number: int
    fact: Any
    changes: Sequence[Change]
    problem: str | None


@dataclass(frozen=True, slots=True)
class Reel:
    """All that was told of a case, in the order of its film, of which `scenes` are shown."""

    facts: Sequence[Any]
    scenes: Sequence[Scene]


@dataclass(frozen=True, slots=True)
class Moved:
    """An aggregate at two moments, by its version and what of its state is not the same."""

    about: About
    before: int
    after: int
    changes: Sequence[Change]


async def film(connection: Connection, folds: Folds, case_id: str, shown: slice, at: datetime | None = None) -> Reel:
    """Of all facts of the aggregates that know the case, each office's in its own order, merged by time, some scenes;
    `at`: from the first that is not earlier."""
    rows = _in_order(await facts_of_case(connection, case_id))
    if at is not None:
        begin = next((number for number, row in enumerate(rows) if row["time"] >= at), len(rows))
        shown = slice(begin, begin + (shown.stop - shown.start))
    return Reel(rows, _scenes(folds, rows[: shown.stop])[shown.start :])


def _scenes(folds: Folds, rows: Sequence[Any]) -> list[Scene]:
    scenes, states = list[Scene](), dict[About, Any]()
    broken: set[About] = set()
    for number, row in enumerate(rows):
        about = (row["source"], row["aggregate"], row["aggregate_id"])
        model = folds.find(row["source"], row["aggregate"])
        if model is None or about in broken:
            scenes.append(Scene(number, row, (), None if model is None else "an earlier fact could not be folded"))
            continue
        before = states.get(about)
        after, problem = step(model, model.blank if before is None else before, row)
        if problem is not None:
            broken.add(about)
        states[about] = after
        scenes.append(Scene(number, row, changes(_plain(before), _plain(after)), problem))
    return scenes


def moved(before: Sequence[Folded], after: Sequence[Folded]) -> list[Moved]:
    """Aggregates whose version is another; one that was not there before had version 0."""
    earlier = {(each.source, each.aggregate, each.id): each for each in before}
    found = []
    for now in after:
        about = (now.source, now.aggregate, now.id)
        then = earlier.get(about)
        version = 0 if then is None else then.version
        if version != now.version:
            differing = changes(_plain(then and then.state), _plain(now.state))
            found.append(Moved(about, version, now.version, differing))
    return found


def changes(before: Any, after: Any) -> list[Change]:
    """Of two JSON values, down to those that are no objects; lists count as one value."""
    return list(_differing(before, after, ""))


def _differing(before: Any, after: Any, path: str) -> Iterator[Change]:
    if before == after:
        return
    if not isinstance(after, dict) or not isinstance(before, dict | None):
        yield Change(path, before, after)
        return
    before = before or {}
    for name in sorted(before.keys() | after.keys()):
        escaped = str(name).replace("~", "~0").replace("/", "~1")
        yield from _differing(before.get(name), after.get(name), f"{path}/{escaped}")


def _plain(state: Any) -> Any:
    return None if state is None else state.model_dump(mode="json", exclude_defaults=True)


def _in_order(rows: Sequence[Any]) -> list[Any]:
    """By time, each office's in its own order, also where a later fact of it bears an earlier time."""
    reached: dict[str, datetime] = {}
    at: dict[int, datetime] = {}
    for row in sorted(rows, key=lambda row: (row["source"], row["position"])):
        at[row["index"]] = reached[row["source"]] = max(row["time"], reached.get(row["source"], row["time"]))
    return in_order(
        rows, lambda row: Told(at[row["index"]], row["source"], row["position"], row["id"], row["causation"])
    )
