"""One walked case as a pattern: text for COPY, in which ids, codes, places and times are filled in anew."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import Column, MetaData, Table

from deploy.generator.stories import CODE, ID, Story
from services.dispatch.codes import case_code
from services.dispatch.tables import CASE, CASES, CLOCKS, HANDOFFS
from shared.contents.contents import told_of
from shared.facts.fact import Fact

TABLES = (CASES, HANDOFFS, CLOCKS)
REFS = Table(
    "made_refs", MetaData(), *(Column(name) for name in ("id", "about", "kind", "media_type", "size", "commitment"))
)
"""Of the texts that facts refer to: there are none, so that nobody can open them."""
FACTS = Table(
    "made_facts",
    MetaData(),
    *(Column(name) for name in ("key", "version", "type", "time", "actor", "department", "value")),
)
"""What was told of a case, to be put into logs."""
BESIDE = (FACTS, REFS)
MARK = "made-"
"""How the id of every case that was made here begins."""
_TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)"


@dataclass(frozen=True, slots=True)
class Pattern:
    """`texts` by table, those of BESIDE last, cut where a value goes in. `last`: when something last happened."""

    texts: tuple[Sequence[str], ...]
    times: Sequence[datetime]
    opened_at: datetime
    last: datetime

    def made(self, id: str, place: str, shift: timedelta, facts: bool = False) -> tuple[str, ...]:
        """The lines of each table, of those of BESIDE if they are wanted."""
        values = {ID: id, CODE: case_code(place, self.opened_at + shift, id), "": place}
        for number, time in enumerate(self.times):
            values[str(number)] = written(time + shift)
        return tuple(
            "".join([values[piece] if odd % 2 else piece for odd, piece in enumerate(text)])
            for text in (self.texts if facts else self.texts[: len(TABLES)])
        )


def written(time: datetime) -> str:
    """As facts and states write a time: whoever folds the facts again must come to the same state, letter by letter."""
    return time.isoformat().replace("+00:00", "Z")


def pattern(story: Story) -> Pattern:
    rows: dict[Table, list[Mapping[str, Any]]] = {CASES: [CASE.row(ID, len(story.facts), story.case)]}
    for child in CASE.children:
        rows[child.table] = list(child.rows(ID, story.case))
    rows[FACTS] = [_told(version, fact) for version, fact in enumerate(story.facts, 1)]
    rows[REFS] = [{**ref, "about": ID} for fact in story.facts for ref in told_of(ID, fact)]
    wholes = ["".join(_line(table, row) for row in rows[table]) for table in (*TABLES, *BESIDE)]
    found = sorted({time for whole in wholes for time in re.findall(_TIME, whole)})
    cut = re.compile(f"({_TIME}|{re.escape(ID)}|{re.escape(CODE)}|{story.area})")
    names = {time: str(number) for number, time in enumerate(found)} | {story.area: "", ID: ID, CODE: CODE}
    texts = tuple(
        [names[piece] if odd % 2 else piece for odd, piece in enumerate(cut.split(whole))] for whole in wholes
    )
    times = [datetime.fromisoformat(time).astimezone(UTC) for time in found]
    opened = story.case.opened_at
    assert opened is not None
    return Pattern(texts, times, opened, max(fact.at for fact in story.facts))


def _told(version: int, fact: Fact) -> Mapping[str, Any]:
    about = {"time": fact.at, "actor": fact.by, "department": fact.by_department}
    return {"key": ID, "version": version, "type": fact.type(), **about, "value": fact.data().decode()}


def _line(table: Table, row: Mapping[str, Any]) -> str:
    return "\t".join(_cell(row[column.name]) for column in table.columns) + "\n"


def _cell(value: Any) -> str:
    """As COPY reads it."""
    if value is None:
        return r"\N"
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        return value.isoformat()
    text = value if isinstance(value, str) else orjson.dumps(value).decode()
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")
