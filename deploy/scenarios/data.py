"""A scenario as its files describe it."""

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict

HOME = Path(__file__).parent
UNITS = {"m": "minutes", "h": "hours", "d": "days"}
Verb = Literal[
    "screen",
    "supplement",
    "withdraw",
    "pass_on",
    "register",
    "accept",
    "start",
    "progress",
    "complete",
    "issue_opinion",
    "conclude",
    "return",
    "dispute",
    "transfer",
    "ask_extension",
    "grant_extension",
    "refuse_extension",
    "verify",
    "rework",
    "recall",
    "waive",
    "reoffer",
    "route",
    "plan",
    "consult",
    "state_position",
    "conclude_consultation",
    "merge",
    "unmerge",
    "urge",
    "recuse",
    "lift_recusal",
    "follow_up",
    "reopen",
    "close",
]


def _duration(text: Any) -> Any:
    """`5m`, `2h`, `3d`; anything else is pydantic's to judge."""
    match = re.fullmatch(r"(\d+)([mhd])", str(text))
    return timedelta(**{UNITS[match[2]]: int(match[1])}) if match else text


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Row):
    """`after` the step before; `department` if it is not the person's own; the rest as the verb needs it."""

    after: Annotated[timedelta, BeforeValidator(_duration)]
    by: str
    do: Verb
    department: str | None = None
    outcome: Literal["accepted", "refused", "redirected"] | None = None
    duplicate_of: str | None = None
    to: str | None = None
    route: str | None = None
    reason: str | None = None
    note: str | None = None
    result: str | None = None
    opinion: str | None = None
    position: str | None = None
    text: str | None = None
    days: int | None = None
    solved: bool | None = None
    satisfied: bool | None = None


class Reporter(_Row):
    name: str
    phone: str


class Matter(_Row):
    """What somebody reported, and all that was done about it."""

    ref: str
    at: AwareDatetime
    channel: str
    category: str
    grid: str
    text: str
    reporter: Reporter | None
    meeting: str | None = None
    course: tuple[Step, ...]

    def times(self) -> list[datetime]:
        """Of the report, then of each step."""
        times = [self.at]
        for step in self.course:
            times.append(times[-1] + step.after)
        return times


class Expected(_Row):
    """What the newspaper printed."""

    livelihood_solved: int
    disputes_dissolved: int
    meeting_problems: int
    meeting_problems_solved: int


class Title(_Row):
    zh: str
    en: str


class Scenario(_Row):
    name: str
    title: Title
    district: str
    source: str
    expected: Expected
    matters: tuple[Matter, ...]

    @property
    def begin(self) -> datetime:
        return min(matter.at for matter in self.matters)

    @property
    def end(self) -> datetime:
        return max(matter.times()[-1] for matter in self.matters)

    def only(self, refs: set[str]) -> "Scenario":
        """With these matters alone."""
        chosen = tuple(matter for matter in self.matters if matter.ref in refs)
        return self.model_copy(update={"matters": chosen})


def available() -> list[str]:
    """Names of the scenarios there are."""
    return sorted(path.parent.name for path in HOME.glob("*/scenario.yaml"))


def load(name: str) -> Scenario:
    """Raises FileNotFoundError for a name that is none, ValueError for files that do not fit together."""
    folder = HOME / name
    about = read(folder / "scenario.yaml")
    matters = [row for pattern in about["files"] for path in sorted(folder.glob(pattern)) for row in read(path)]
    told = {field: about[field] for field in ("name", "title", "district", "source", "expected")}
    scenario = Scenario.model_validate({**told, "matters": matters})
    known = {matter.ref for matter in scenario.matters}
    others = {step.duplicate_of for matter in scenario.matters for step in matter.course} - {None}
    if len(known) != len(scenario.matters) or not others <= known:
        raise ValueError(f"{name}: a ref is used twice, or names a matter that is not there: {others - known}")
    return scenario


def read(path: Path) -> Any:
    """With libyaml where it is there: these files are long."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(path.read_text(encoding="utf-8"), loader)  # noqa: S506 (both are safe loaders)
