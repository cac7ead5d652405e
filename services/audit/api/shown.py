"""How a fact is shown to people."""

from datetime import datetime
from typing import Any, Literal

import orjson
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.facts.sentence import Teller
from shared.facts.telling import tell
from shared.reference.naming import teller
from shared.web.call import Call


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
    told: str | None = Field(
        description="as a sentence, what was done by whoever told it; null: of a kind that is not known here",
        examples=["handed to City Management Bureau (lead)"],
    )


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
    archived: list[str] = Field(
        [],
        description="months of which what has ended is in their archive only: of them more may fit than is shown",
        examples=[["2024-01", "2024-02"]],
    )


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


class ShownChange(BaseModel):
    path: str = Field(description="JSON Pointer into the state", examples=["/status"])
    before: Any = Field(description="null if there was nothing")
    after: Any


class ShownMoved(BaseModel):
    source: str
    aggregate: str
    id: str
    before: int = Field(description="its version then; 0: it was not there yet")
    after: int
    changes: list[ShownChange]


class Differences(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)
    case_id: str
    code: str | None
    from_: AwareDatetime = Field(serialization_alias="from")
    to: AwareDatetime
    facts: int = Field(description="told between the two")
    items: list[ShownMoved]


class CausedFact(BaseModel):
    id: str
    index: int
    source: str
    type: str
    time: datetime
    actor: str
    department: str | None
    correlation: str | None = Field(description="the case or request that began it")
    causation: str | None = Field(description="the id of the fact that led to it, if any")
    told: str | None = Field(description="what it says, as a sentence in the caller's language")


class Cause(BaseModel):
    cause: str = Field(description="a fact's id")
    effect: str = Field(description="a fact's id")


class Causes(BaseModel):
    case_id: str
    code: str | None
    facts: list[CausedFact] = Field(description="in order of time")
    edges: list[Cause]


class CausesOfFact(BaseModel):
    fact: str = Field(description="the id that was asked for")
    correlation: str | None = Field(description="the case or request that began it all")
    facts: list[CausedFact] = Field(description="in order of the log")
    edges: list[Cause]


_COLUMNS = tuple(name for name in ShownFact.model_fields if name not in ("data", "told"))


def telling(call: Call) -> Teller:
    """In the caller's language."""
    return teller(call.runtime.reference, call.language, call.at)


def shown(row: Any, by: Teller) -> ShownFact:
    data = _json(row["value"])
    told = tell(row["type"], data, row["time"], by)
    return ShownFact(**{name: row[name] for name in _COLUMNS}, data=data, told=told)


def withheld(row: Any) -> Withheld:
    return Withheld(**{name: row[name] for name in ("index", "source", "position", "digest")})


def _json(value: bytes) -> Any:
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None
