"""What requests to dispatch carry."""

from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from services.dispatch.filters import Filter
from shared.contents.refs import Narrative

Code = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[a-z0-9_.]+$")]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


Note = Annotated[Narrative | None, Field(description="what for: each office that is offered it reads it")]


class RouteBody(Body):
    lead: Code = Field(examples=["yuejincun_subdistrict"])
    co_handlers: list[Code] = Field(default=[], max_length=12, examples=[["fire_rescue_brigade"]])
    in_turn: list[Code] = Field(
        default=[],
        max_length=12,
        description="co-handlers whose turns come one after the other, the first one's once the lead is done",
    )
    note: Note = None


class OfferBody(Body):
    department: Code = Field(examples=["city_management_bureau"])
    part: Literal["lead", "co"] = "lead"
    replaces: str | None = Field(default=None, max_length=64, description="the hand-off that was returned or recalled")
    after: str | None = Field(default=None, max_length=64, description="the hand-off after which its turn comes")
    note: Note = None


class OfferInCase(OfferBody):
    case_id: str = Field(max_length=64)
    expected: int | None = Field(default=None, ge=1, description="the case's version that this was decided on")


class OfferManyBody(Body):
    offers: list[OfferInCase] = Field(min_length=1, max_length=200)


class UrgeManyBody(Body):
    handoffs: list[Annotated[str, Field(max_length=64)]] = Field(min_length=1, max_length=200)


class PartBody(Body):
    department: Code = Field(examples=["chenjiaqiao_police_station"])
    note: Narrative = Field(examples=["请先行处置，三日内回报。"])


class NoteBody(Body):
    note: Narrative = Field(examples=["已到现场查看，堵塞点在单元门外化粪池接口处。"])


class ResultBody(Body):
    result: Narrative = Field(examples=["管道已疏通，现场试水正常，报料人确认。"])


class ReasonBody(Body):
    reason: Narrative = Field(examples=["该路段不属本单位管辖，应由区交通局承办。"])


class MergeBody(Body):
    into: str = Field(max_length=64, description="id or code of the case that answers from now on")


class LinkBody(Body):
    kind: Literal["same_matter", "caused_by", "causes"] = Field(description="what the other case is to this one")
    other: str = Field(max_length=64, description="id or code")


class UnlinkBody(Body):
    kind: Literal["same_matter", "caused_by", "causes", "child", "parent"]
    other: str = Field(max_length=64, description="its id")


class SplitBody(Body):
    category: Code = Field(description="of the part that becomes a case of its own")
    area: str | None = Field(default=None, pattern=r"^[0-9]{2,20}$", description="none: the same place")


class RecusalBody(Body):
    officer: str | None = Field(default=None, max_length=64, description="whom; none: oneself")
    ground: Literal["kinship", "interest", "took_part", "other"] = Field(description="why: never in words")


class LiftingBody(Body):
    officer: str = Field(max_length=64, description="whose recusal")
    reason: Narrative


class TransferBody(Body):
    to: Code = Field(examples=["transport_bureau"])
    reason: Narrative


class ExtensionBody(Body):
    days: int = Field(ge=1, le=60)
    reason: Narrative


class ExclusionBody(Body):
    ground: Literal["hearing", "appraisal", "inspection", "expert_review", "service", "public_notice"]
    since: AwareDatetime = Field(description="of days it leaves out those after this one, up to its last")
    paper: Narrative = Field(description="the paper that shows it", examples=["鉴定委托书〔2026〕第8号"])


class ExclusionEndBody(Body):
    until: AwareDatetime


class ExclusionCorrectionBody(Body):
    since: AwareDatetime
    until: AwareDatetime | None = Field(default=None, description="none: as it was recorded")
    reason: Narrative


class ConsultationBody(Body):
    reason: Literal["dispute", "complex"] = Field(description="whose it is, or how it is solved")
    question: Narrative = Field(examples=["该路段污水井由谁维护，请各单位明确。"])
    invited: list[Code] = Field(default=[], max_length=24, examples=[["city_management_bureau", "transport_bureau"]])
    disputed: list[str] = Field(default=[], max_length=24, description="the hand-offs in dispute")


class InvitationBody(Body):
    department: Code


class PaperBody(Body):
    paper: Narrative


class PositionBody(Body):
    position: Literal["ours", "shared", "not_ours", "other"]
    statement: Narrative = Field(examples=["该井为雨水井，按权责清单由市政设施养护单位负责。"])


class TaskBody(Body):
    department: Code
    part: Literal["lead", "co"] = "lead"


class ConclusionBody(Body):
    conclusion: Narrative = Field(examples=["由区城市管理局主办，区交通局配合，十日内完成修复。"])
    tasks: list[TaskBody] = Field(default=[], max_length=12, description="who acts from now on; empty: as it is")
    agreed: bool = Field(default=True, description="whether all who were heard agree")


class FollowUpBody(Body):
    solved: bool | None = Field(description="null: nobody could be asked, and `reason` says why")
    satisfied: bool | None = Field(default=None, description="absent: not asked, or not answered")
    channel: Literal["visit", "phone", "message"] = "visit"
    reason: Literal["not_reached", "anonymous"] = Field(default="not_reached", description="where `solved` is null")


class ReopenBody(Body):
    reason: Literal["not_solved", "new_facts", "supervision"]
    grounds: Narrative


class CloseBody(Body):
    reason: Literal["solved", "partly_solved", "cannot_be_solved_now", "no_competence", "withdrawn"]


class RefuseBody(Body):
    route: Literal["litigation", "arbitration", "petition", "reconsideration", "other"] = Field(
        description="the lawful route that the reporter is told"
    )
    reason: Narrative = Field(examples=["该债务已有生效判决，请向法院申请执行。"])


class SuspendBody(Body):
    waiting_for: Narrative
    look_again_at: AwareDatetime


Several = Annotated[str | None, Query(max_length=256)]
"""One value, or several with commas between them."""


async def wanted(
    status: Several = None,
    department: Several = None,
    category: Several = None,
    kind: Several = None,
    area: Annotated[str | None, Query(max_length=256, description="codes; all areas in them")] = None,
    code: Annotated[str | None, Query(max_length=32, description="of a case, or its beginning")] = None,
    colour: Annotated[str | None, Query(max_length=64, description="green, yellow, red or lapsed")] = None,
    overdue: Annotated[bool | None, Query(description="what the answerable unit is late with")] = None,
    extension_asked: bool | None = None,
    return_asked: Annotated[bool | None, Query(description="a return waits for the centre's consent")] = None,
    answerable: Annotated[str | None, Query(max_length=256, description="the unit that answers for the clock")] = None,
    rule: Annotated[str | None, Query(max_length=256, description="the clock that runs: follow_up, queue, …")] = None,
    with_whom: Annotated[
        str | None, Query(max_length=256, description="to whom a lapse that lasts has climbed")
    ] = None,
    asked_with: Annotated[str | None, Query(max_length=64, description="what came of asking the reporter")] = None,
    needs_offer: Annotated[bool | None, Query(description="open, and a task of it with nobody at the moment")] = None,
    parts_waiting: Annotated[
        bool | None, Query(description="its own have done a part, and wait to be verified")
    ] = None,
    closing_reason: Several = None,
    workflow: Annotated[str | None, Query(max_length=64, description="versions: GET /v1/workflows")] = None,
    due_before: AwareDatetime | None = None,
    opened_from: AwareDatetime | None = None,
    opened_to: AwareDatetime | None = None,
    came_from: Annotated[
        str | None, Query(max_length=256, description="the office that had the task before; `centre`: none had")
    ] = None,
    came_by: Annotated[str | None, Query(max_length=128, description="first, returned, transferred, …")] = None,
    offered_from: Annotated[AwareDatetime | None, Query(description="of a hand-off")] = None,
    offered_to: AwareDatetime | None = None,
    ended_from: Annotated[AwareDatetime | None, Query(description="of a hand-off, in whatever way")] = None,
    ended_to: AwareDatetime | None = None,
    closed_from: Annotated[AwareDatetime | None, Query(description="of a case, in whatever way")] = None,
    closed_to: AwareDatetime | None = None,
    late_from: Annotated[AwareDatetime | None, Query(description="when the case was late for the first time")] = None,
    late_to: AwareDatetime | None = None,
    passed: Annotated[
        int | None, Query(ge=1, le=99, description="went from office to office so often at least")
    ] = None,
) -> Filter:
    """The filters of every list. An empty word asks for nothing."""
    given: dict[str, Any] = dict(locals())
    asked: dict[str, Any] = {name: _values(v) if isinstance(v, str) else v for name, v in given.items()}
    return Filter(**{name: value for name, value in asked.items() if value is not None})


def _values(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in text.split(",") if value.strip()))
