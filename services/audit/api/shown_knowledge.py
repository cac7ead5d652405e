"""How it is shown who knew what, beside the steps of a film and by itself."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, Field

from services.audit.api.naming import name_of, said
from services.audit.api.shown import ShownChange, ShownFact, shown, telling
from services.audit.log.film import Scene
from services.audit.log.knew import How, Looked, Office, looked
from services.audit.log.knowing import Evidence
from shared.facts.sentence import Teller
from shared.facts.telling import tell
from shared.refusals.words import ROLES, Word, Words
from shared.web.call import Call

HOW: Words = {
    "told": Word("由其自己告知", "it told it itself"),
    "effect": Word("由其自己的事实证明", "proven by a fact of its own that came of it"),
    "act": Word("由其办理行为证明", "proven by what it did with the task"),
    "opening": Word("由其人员查阅案卷证明", "proven by its people having opened the file"),
    "worklist": Word("已在其工作列表中，未证明已看", "on its worklist; nothing proves that it was seen"),
}


class HeardFact(BaseModel):
    index: int = Field(description="of the fact in the log")
    type: str
    sentence: str | None
    since: datetime = Field(description="when it had it, or could see it on its worklist")
    proven: datetime | None = Field(description="when that it had seen it was proven; null: not by then")
    how: How
    how_said: str
    proof: int = Field(description="index of the entry by which it is known")


class UnheardFact(BaseModel):
    index: int
    type: str
    sentence: str | None


class OfficeThen(BaseModel):
    department: str
    department_name: str | None
    desk: str | None = Field(description="the service through which it works, if any")
    since: datetime | None = Field(description="when it first heard of the case; null: nothing shows that it had")
    told: list[HeardFact]
    not_yet: list[UnheardFact] = Field(description="nothing shows that it had heard these; that proves no ignorance")


class LookedThen(BaseModel):
    person: str = Field(description="as in tokens and posts: the directory keeps no names of people")
    department: str | None
    department_name: str | None
    role: str
    role_name: str | None
    first: datetime
    last: datetime
    what: list[str]


class WhoKnew(BaseModel):
    case_id: str
    code: str | None
    at: AwareDatetime
    offices: list[OfficeThen]
    opened_by: list[LookedThen]


class SeenBy(BaseModel):
    department: str
    department_name: str | None
    since: datetime = Field(description="when it first heard of the case")
    upto: int = Field(description="the last scene of which it had heard by this one")
    how: How
    how_said: str


class ShownScene(BaseModel):
    number: int = Field(description="from 0")
    fact: ShownFact
    changes: list[ShownChange] = Field(description="in the state of the fact's aggregate")
    problem: str | None
    seen_by: list[SeenBy] = Field(description="the offices that had heard of the case by then, and how far")
    opened_by: list[LookedThen] = Field(description="who had opened the file by then")


class Film(BaseModel):
    case_id: str
    code: str | None
    scenes: int = Field(description="how many there are in all")
    items: list[ShownScene]
    next: int | None = Field(description="to be given as `after`, if there are more")


def shown_knowledge(call: Call, proofs: Evidence, at: datetime) -> dict[str, Any]:
    return {
        "offices": [_office(call, proofs, office) for office in proofs.offices],
        "opened_by": [_looked(call, each) for each in looked(proofs.openings, at)],
    }


def scene_of(call: Call, by: Teller, scene: Scene, proofs: Evidence, numbers: Mapping[int, int]) -> ShownScene:
    """`numbers`: of all scenes by the index of their facts."""
    fact, then = shown(scene.fact, by), scene.fact["time"]
    return ShownScene(
        number=scene.number,
        fact=fact,
        changes=[ShownChange(path=each.path, before=each.before, after=each.after) for each in scene.changes],
        problem=scene.problem,
        seen_by=[seen for office in proofs.offices if (seen := _seen(call, office, scene, numbers)) is not None],
        opened_by=[_looked(call, each) for each in looked(proofs.openings, then)],
    )


def _seen(call: Call, office: Office, scene: Scene, numbers: Mapping[int, int]) -> SeenBy | None:
    then = scene.fact["time"]
    there = [
        each.as_of(then) for each in office.heard.values() if each.since <= then and numbers[each.index] <= scene.number
    ]
    if not there:
        return None
    last = max(there, key=lambda each: numbers[each.index])
    return SeenBy(
        department=office.department,
        department_name=name_of(call, "department", office.department),
        since=min(each.since for each in there),
        upto=numbers[last.index],
        how=last.how,
        how_said=HOW[last.how].said(call.language),
    )


def _office(call: Call, proofs: Evidence, office: Office) -> OfficeThen:
    by_index = {fact.index: fact for fact in proofs.facts}
    heard = sorted(office.heard.values(), key=lambda each: (each.since, each.index))
    by = telling(call)
    sentences = {index: tell(fact.row["type"], fact.data, fact.row["time"], by) for index, fact in by_index.items()}
    return OfficeThen(
        department=office.department,
        department_name=name_of(call, "department", office.department),
        desk=office.desk,
        since=office.since,
        told=[
            HeardFact(
                index=each.index,
                type=by_index[each.index].row["type"],
                sentence=sentences[each.index],
                since=each.since,
                proven=each.proven,
                how=each.how,
                how_said=HOW[each.how].said(call.language),
                proof=each.by,
            )
            for each in heard
        ],
        not_yet=[
            UnheardFact(index=index, type=by_index[index].row["type"], sentence=sentences[index])
            for index in _missing(by_index, office)
        ],
    )


def _missing(by_index: Mapping[int, Any], office: Office) -> Sequence[int]:
    return sorted(by_index.keys() - office.heard.keys())


def _looked(call: Call, looked: Looked) -> LookedThen:
    return LookedThen(
        person=looked.person,
        department=looked.department,
        department_name=name_of(call, "department", looked.department),
        role=looked.role,
        role_name=said(call, ROLES, looked.role),
        first=looked.first,
        last=looked.last,
        what=list(looked.what),
    )
