"""How the district at a moment is shown."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.audit.api.naming import colour_of, name_of, rule_name, said, words_of
from shared.procedure.standing import COLOURS
from shared.web.call import Call


class Count(BaseModel):
    code: str | None = Field(description="to be given to the list under the figure's name; null: no clock runs")
    name: str | None
    count: int


class HandoffCount(BaseModel):
    department: str
    department_name: str | None
    status: str
    status_name: str | None
    count: int


class LateCount(BaseModel):
    department: str = Field(description="who answered for it")
    department_name: str | None
    clocks: int
    cases: int


class Figures(BaseModel):
    """Each opens its list: `/v1/district/cases`, `/handoffs` and `/clocks` with the figure's codes."""

    cases: int = Field(description="opened by then")
    open: int = Field(description="of which somebody had still to do something")
    unread: int = Field(description="of which not every fact could be folded; shown as far as it goes")
    by_status: list[Count]
    by_department: list[Count] = Field(description="open cases with a hand-off there that had not ended")
    by_area: list[Count] = Field(description="open cases by the area in which they lie")
    by_colour: list[Count] = Field(description="open cases by the worst of their clocks")
    handoffs: list[HandoffCount]
    late: list[LateCount]


class DistrictState(BaseModel):
    at: AwareDatetime
    ready: bool = Field(description="false: it is being worked out, ask again")
    read: int = Field(description="facts read so far")
    facts: int = Field(description="facts to be read for it")
    size: int | None = Field(description="by so many entries of the log")
    figures: Figures | None


class CaseThen(BaseModel):
    id: str
    code: str | None
    kind: str | None
    category: str | None
    category_name: str | None
    area: str | None
    area_name: str | None
    status: str | None
    status_name: str | None
    open: bool | None
    lead: str | None
    lead_name: str | None
    colour: str | None = Field(examples=list(COLOURS))
    colour_name: str | None
    opened_at: datetime | None
    closed_at: datetime | None
    closing_reason: str | None
    problem: str | None = Field(description="why its facts do not go on")


class PartThen(BaseModel):
    id: str
    case_id: str
    code: str
    category: str
    category_name: str | None
    area: str
    area_name: str | None
    department: str
    department_name: str | None
    status: str
    status_name: str | None
    ended: bool
    due_at: datetime | None
    late: bool = Field(description="the department itself was")


class DueThen(BaseModel):
    id: str
    case_id: str
    code: str
    category: str
    category_name: str | None
    area: str
    area_name: str | None
    rule: str
    rule_name: str | None
    department: str = Field(description="who answered for it")
    department_name: str | None
    part: str | None = Field(description="the hand-off, of one of those")
    due_at: datetime
    colour: str
    colour_name: str | None
    late: bool


class CasePage(BaseModel):
    at: AwareDatetime = Field(description="to be given with the next page")
    items: list[CaseThen]
    next: str | None


class PartPage(BaseModel):
    at: AwareDatetime = Field(description="to be given with the next page")
    items: list[PartThen]
    next: str | None


class DuePage(BaseModel):
    at: AwareDatetime = Field(description="to be given with the next page")
    items: list[DueThen]
    next: str | None


class Changes(BaseModel):
    opened: int
    ended: int = Field(description="closed, withdrawn, refused or merged")
    reopened: int
    moved: int = Field(description="open at both, with other departments at work")
    became_late: int = Field(description="a department was late at the later moment that was not at the earlier")
    no_longer_late: int


class DistrictDifferences(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    changes: Changes = Field(description="cases; each opens its list with `kind`")


class ChangedCase(BaseModel):
    id: str
    code: str | None
    category: str | None
    category_name: str | None
    area: str | None
    area_name: str | None
    before: str | None = Field(description="its status; null: it was not there")
    before_name: str | None
    after: str | None
    after_name: str | None
    held_before: list[str] = Field(description="departments at work")
    held_after: list[str]
    late_before: list[str] = Field(description="departments that were late")
    late_after: list[str]


class ChangedPage(BaseModel):
    to: AwareDatetime = Field(description="to be given with the next page")
    items: list[ChangedCase]
    next: str | None


DIRECTORY = {
    "department": "department",
    "lead": "department",
    "category": "category",
    "area": "area",
}


def figures_of(call: Call, found: dict[str, Any]) -> Figures:
    cases, parts = words_of(call, part=False), words_of(call, part=True)
    colours = [(colour_of(row["colour"]), row["count"]) for row in found["by_colour"]]
    return Figures(
        **{name: found[name] for name in ("cases", "open", "unread")},
        by_status=[_count(row["status"], said(call, cases, row["status"]), row["count"]) for row in found["by_status"]],
        by_department=_counts(call, "department", found["by_department"]),
        by_area=_counts(call, "area", found["by_area"]),
        by_colour=[_count(code, said(call, COLOURS, code), count) for code, count in colours],
        handoffs=[
            HandoffCount(**named(call, row), status_name=said(call, parts, row["status"])) for row in found["handoffs"]
        ],
        late=[LateCount(**named(call, row)) for row in found["late"]],
    )


def case_then(call: Call, row: Any) -> CaseThen:
    status = said(call, words_of(call, part=False), row["status"])
    return CaseThen(**_coloured(call, named(call, row)), status_name=status)


def part_then(call: Call, row: Any) -> PartThen:
    return PartThen(**named(call, row), status_name=said(call, words_of(call, part=True), row["status"]))


def due_then(call: Call, row: Any) -> DueThen:
    return DueThen(**_coloured(call, named(call, row)), rule_name=rule_name(call, row["rule"]))


def changed_case(call: Call, row: Any) -> ChangedCase:
    words = words_of(call, part=False)
    names = {f"{when}_name": said(call, words, row[when]) for when in ("before", "after")}
    return ChangedCase(**named(call, row), **names)


def named(call: Call, row: Any) -> dict[str, Any]:
    """With the directory's names beside its codes."""
    names = {f"{field}_name": name_of(call, kind, row[field]) for field, kind in DIRECTORY.items() if field in row}
    return {**row, **names}


def _coloured(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    colour = colour_of(row["colour"])
    return {**row, "colour": colour, "colour_name": said(call, COLOURS, colour)}


def _counts(call: Call, field: str, rows: Any) -> list[Count]:
    return [_count(row[field], name_of(call, DIRECTORY[field], row[field]), row["count"]) for row in rows]


def _count(code: str | None, name: str | None, count: int) -> Count:
    return Count(code=code, name=name, count=count)
