"""What a desk's routes take and answer."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contents.refs import Narrative
from shared.desk.matter import Told
from shared.procedure.law import Law

HandoffId = Annotated[str, Path(max_length=64, description="the hand-off that put it on this desk")]


class Named(BaseModel):
    """A code of the directory with its names on this day; the code itself where it has none."""

    code: str
    zh: str
    en: str


class MatterRow(BaseModel):
    """One row of the worklist."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "handoff_id": "0199b3a2-6f5e-7c11-8d20-3b1f5a7c9e01",
                "case_id": "0199b3a2-5c40-7a31-9f0e-6f2d8b4a7c02",
                "case_code": "DZ-20210315-0007",
                "status": "received",
                "status_name": "待接收",
                "category": {"code": "noise.living", "zh": "社会生活噪声", "en": "Noise of daily life"},
                "place": {
                    "code": "50010400200301",
                    "zh": "东正社区第一网格",
                    "en": "Dongzheng Community Grid 1",
                },
                "part": "lead",
                "department": "yuejincun_police_station",
                "received_at": "2021-03-15T09:30:00+08:00",
                "due_at": "2021-03-18T00:00:00+08:00",
                "urged": False,
                "told": False,
                "supplements": 1,
                "supplemented_at": "2021-03-16T20:05:00+08:00",
            }
        }
    )

    handoff_id: str
    case_id: str
    case_code: str
    status: str
    status_name: str = Field(description="in the caller's language")
    category: Named
    place: Named
    part: str = Field(description="`lead`, `co`; `call`: an emergency to be passed on at once")
    department: str
    received_at: AwareDatetime | None
    due_at: AwareDatetime | None = Field(description="the first instant that is too late")
    urged: bool
    told: bool = Field(description="an answer came too late or out of turn; the detail says what happened")
    supplements: int = Field(description="how many texts and files reporters have added since; the detail lists them")
    supplemented_at: AwareDatetime | None = Field(description="when the last of them came")


class Worklist(BaseModel):
    items: list[MatterRow]
    next: str | None = Field(description="`cursor` of the next page")


class StepTaken(BaseModel):
    step: str = Field(description="the fact")
    at: AwareDatetime
    by: str
    department: str | None
    content: str | None = Field(description="for `/v1/contents/{id}`")
    said: str | None = Field(description="the centre's words: a content of `dispatch`")
    text: str | None = Field(None, description="the content's text, for those who may read it")
    details: dict[str, Any]


class StepOpen(BaseModel):
    """What the caller may do now."""

    step: str
    name: str = Field(description="in the caller's language")
    path: str
    laws: list[Law] = Field(description="what the law says of it")


class Supplement(BaseModel):
    """Something a reporter added, or another report that was joined to the case."""

    at: AwareDatetime
    content_id: str = Field(description="for intake's `/v1/contents/{id}`")
    kind: str = Field(examples=["supplement"])
    report_id: str


class MatterDetail(BaseModel):
    """One matter as it stands, with the office's own steps."""

    handoff_id: str
    case_id: str
    case_code: str
    status: str
    status_name: str = Field(description="in the caller's language")
    version: int
    category: Named
    place: Named
    part: str
    department: str
    received_at: AwareDatetime | None
    due_at: AwareDatetime | None
    objection_due_at: AwareDatetime | None = Field(description="the first instant at which no return is possible")
    objection_basis: str | None
    urged: int = Field(description="how often")
    told: Told | None = Field(description="what became of an answer that the centre could not use")
    withdrawn_why: str | None
    supplements: list[Supplement] = Field(description="what came in from reporters since, oldest first")
    history: list[StepTaken]
    steps: list[StepOpen]


class TaskDetail(MatterDetail):
    number: str | None = Field(description="of an emergency (`part` is `call`): where to pass it on, at once")
    extension: str | None = Field(description="`asked`, `granted` or `refused`")


class Answer(BaseModel):
    """After a step."""

    handoff_id: str
    case_id: str
    status: str
    version: int


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Note(Body):
    note: Narrative = Field(examples=["已到现场，正在劝导"])


class Reason(Body):
    reason: Narrative = Field(examples=["不属于本单位职责"])


class Result(Body):
    result: Narrative = Field(examples=["已整改，现场恢复通行"])


class MoreTime(Body):
    days: int = Field(ge=1, le=180, examples=[5])
    reason: Narrative = Field(examples=["需等待专业机构出具鉴定"])
