"""How a fact is shown to people."""

from datetime import datetime
from typing import Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, Field


class ShownFact(BaseModel):
    index: int = Field(description="audit's own number", examples=[4711])
    source: str = Field(examples=["/services/dispatch"])
    position: int = Field(description="gap-free within the source", examples=[812])
    topic: str = Field(examples=["cases"])
    id: str
    type: str = Field(examples=["lianzhi.dispatch.case-opened.v1"])
    key: str = Field(description="the case's id, or of what the fact is about")
    time: datetime
    actor: str
    department: str | None
    aggregate: str
    aggregate_id: str
    version: int
    correlation: str | None
    causation: str | None = Field(description="the id of the fact that led to it")
    received_at: datetime
    data: Any = Field(description="the fact itself; null if it is not JSON")


class Withheld(BaseModel):
    """A place in the log that is taken, by something that the reader may not see."""

    index: int
    source: str
    position: int
    withheld: Literal[True] = True
    digest: str = Field(description="SHA-256 of its headers and value as they stand")


class FactPage(BaseModel):
    items: list[ShownFact | Withheld]
    next: str | None


class ShownState(BaseModel):
    source: str = Field(examples=["/services/dispatch"])
    aggregate: str = Field(examples=["case"])
    id: str
    version: int = Field(description="number of facts folded")
    state: dict[str, Any] | None = Field(description="null where no model is known: these facts carry no state")
    problem: str | None = Field(description="why folding stopped early")


class CaseState(BaseModel):
    case_id: str
    code: str | None = Field(examples=["DZ-2021-000123"])
    at: AwareDatetime
    items: list[ShownState]


def shown(row: Any) -> ShownFact:
    fields = {name: row[name] for name in ShownFact.model_fields if name != "data"}
    return ShownFact(**fields, data=_json(row["value"]))


def withheld(row: Any) -> Withheld:
    return Withheld(**{name: row[name] for name in ("index", "source", "position", "digest")})


def _json(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
