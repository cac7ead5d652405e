"""Why the directory refuses a change.

Refused
├── InThePast         409  a change that would begin before today
├── NotInForce        409  it names something that does not stand on all its days
├── OtherRule         409  another rule for this category and area holds at the same time
├── OtherAuthority    409  the town has this matter already at the same time
├── OtherWorkflow     409  for this matter and area another version of the procedures holds at the same time
├── NoSuchWorkflow    422  a version of the procedures that there is not (`shared.procedure`)
├── NotATown          409  an authority is for townships and subdistricts only
├── StillUsed         409  others name it beyond its end
├── WrongEnd          409  an end that is not after the beginning, or beyond the end already set
├── NotOfTheYear      409  days of a notice that belong to another year
├── OffAndWorked      409  days that a notice makes both days off and worked
├── WorkedAnyway      409  worked days of a notice that were no days off
├── NoSuchName        409  in a list, what is neither a code nor a name that stands
├── SharedName        409  in a list, a name that several have
├── NamedTwice        409  in a list, the same town and matter at the same time again
├── ListChanged       409  the authority list is no longer as it was previewed
├── RowsRefused       409  nothing is revoked as missing while rows of the list are refused
├── NoSuchHolder      409  the post's holder is neither staff nor a system
├── StillHoldsPosts   409  posts end before their holder leaves
├── SignsStill        409  the key that signs goes only when another has taken its place
└── NotYourOwn        403  somebody else's password
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from services.directory.model.words import KINDS
from shared.refusals.refusals import Names, Refused
from shared.refusals.words import Language, Words


@dataclass(slots=True, eq=False)
class InThePast(Refused):
    code: ClassVar[str] = "in-the-past"
    zh: ClassVar[str] = "只能从今天（{today}）或以后起变更，不能自 {valid_from} 起追溯"
    en: ClassVar[str] = "A change takes effect today ({today}) or later, not from {valid_from}: the past stays"
    valid_from: date
    today: date


@dataclass(slots=True, eq=False)
class NotInForce(Refused):
    code: ClassVar[str] = "not-in-force"
    words: ClassVar[Mapping[str, Words]] = {"kind": KINDS}
    names: ClassVar[Mapping[str, str]] = {"entry": "{kind}"}
    zh: ClassVar[str] = "所引用的{kind}“{entry}”自 {valid_from} 起并非一直有效"
    en: ClassVar[str] = "The {kind} '{entry}' is not in force on every day from {valid_from}"
    kind: str
    entry: str
    valid_from: date


@dataclass(slots=True, eq=False)
class OtherRule(Refused):
    code: ClassVar[str] = "other-rule"
    zh: ClassVar[str] = "同一类别、同一区域在同一时间已有交办规则：{rules}"
    en: ClassVar[str] = "For this category and area another rule holds at the same time: {rules}"
    rules: tuple[str, ...]


@dataclass(slots=True, eq=False)
class OtherAuthority(Refused):
    code: ClassVar[str] = "other-authority"
    zh: ClassVar[str] = "该镇街同一事项在同一时间已有赋权：{authorities}"
    en: ClassVar[str] = "The town has an authority for this matter at the same time: {authorities}"
    authorities: tuple[str, ...]


@dataclass(slots=True, eq=False)
class OtherWorkflow(Refused):
    code: ClassVar[str] = "other-workflow"
    zh: ClassVar[str] = "同一类别、同一区域在同一时间已规定办理流程：{workflows}"
    en: ClassVar[str] = "For this category and area a workflow is set at the same time: {workflows}"
    workflows: tuple[str, ...]


@dataclass(slots=True, eq=False)
class NotATown(Refused):
    code: ClassVar[str] = "not-a-town"
    names: ClassVar[Mapping[str, str]] = {"department": "department"}
    zh: ClassVar[str] = "{department}不是乡镇或者街道，不能对其赋权（行政处罚法第二十四条）"
    en: ClassVar[str] = (
        "{department} is no township or subdistrict: it cannot be empowered (Administrative Penalty Law Art. 24)"
    )
    department: str


@dataclass(slots=True, eq=False)
class StillUsed(Refused):
    code: ClassVar[str] = "still-used"
    zh: ClassVar[str] = "到期日之后仍被引用：{users}"
    en: ClassVar[str] = "After that day it is still named by: {users}"
    users: tuple[str, ...]

    def _shown(self, field: str, value: object, language: Language, names: Names) -> str:
        """`kind:code`, as kind and name."""
        kind, colon, code = str(value).partition(":")
        if not colon or kind not in KINDS:
            return Refused._shown(self, field, value, language, names)
        return f"{getattr(KINDS[kind], language)} {names(kind, code) or code}"


@dataclass(slots=True, eq=False)
class WrongEnd(Refused):
    code: ClassVar[str] = "wrong-end"
    zh: ClassVar[str] = "终止日期 {valid_to} 不能接受：须晚于生效日，且不晚于已定的终止日期"
    en: ClassVar[str] = "It cannot end on {valid_to}: after its beginning, and not after the end already set"
    valid_to: date


@dataclass(slots=True, eq=False)
class NotOfTheYear(Refused):
    code: ClassVar[str] = "not-of-the-year"
    zh: ClassVar[str] = "{year} 年的安排不能包含这些日期：{days}；上一年只能包含自 {first} 起的日期"
    en: ClassVar[str] = "The notice for {year} cannot speak of {days}; of the year before only of days from {first} on"
    year: str
    days: tuple[date, ...]
    first: date


@dataclass(slots=True, eq=False)
class OffAndWorked(Refused):
    code: ClassVar[str] = "off-and-worked"
    zh: ClassVar[str] = "同一天不能既放假又上班：{days}"
    en: ClassVar[str] = "A day is either off or worked, not both: {days}"
    days: tuple[date, ...]


@dataclass(slots=True, eq=False)
class WorkedAnyway(Refused):
    code: ClassVar[str] = "worked-anyway"
    zh: ClassVar[str] = "这些日期本来就是工作日，不需要列为上班日：{days}"
    en: ClassVar[str] = "These are working days anyway, and are not made so by a notice: {days}"
    days: tuple[date, ...]


@dataclass(slots=True, eq=False)
class NoSuchName(Refused):
    code: ClassVar[str] = "no-such-name"
    words: ClassVar[Mapping[str, Words]] = {"kind": KINDS}
    zh: ClassVar[str] = "没有这一{kind}：所填既不是现行名称，也不是代码"
    en: ClassVar[str] = "There is no such {kind}: neither a name that stands nor a code"
    kind: str


@dataclass(slots=True, eq=False)
class SharedName(Refused):
    code: ClassVar[str] = "shared-name"
    words: ClassVar[Mapping[str, Words]] = {"kind": KINDS}
    zh: ClassVar[str] = "现有多个{kind}使用这一名称，请改填代码：{codes}"
    en: ClassVar[str] = "Several have this name of a {kind}: write the code instead, one of {codes}"
    kind: str
    codes: tuple[str, ...]


@dataclass(slots=True, eq=False)
class NamedTwice(Refused):
    code: ClassVar[str] = "named-twice"
    zh: ClassVar[str] = "与第 {row} 行重复：同一镇街的同一事项在同一时间只能列一次"
    en: ClassVar[str] = "As in row {row}: a town has a matter once at a time"
    row: int


@dataclass(slots=True, eq=False)
class ListChanged(Refused):
    code: ClassVar[str] = "list-changed"
    zh: ClassVar[str] = "预览之后赋权清单已有变动，本次未作任何更改，请重新预览"
    en: ClassVar[str] = "The authority list has changed since the preview; nothing was done: look at it again"


@dataclass(slots=True, eq=False)
class RowsRefused(Refused):
    """What was written wrong would look as if it were missing."""

    code: ClassVar[str] = "rows-refused"
    zh: ClassVar[str] = (
        "有 {count} 行不能接受（第一处在第 {first} 行），不能据此收回清单中没有的事项；请先更正，或者不作收回"
    )
    en: ClassVar[str] = (
        "{count} rows are refused, the first is row {first}: nothing is revoked as missing from such a list;"
        " correct them first, or revoke nothing"
    )
    count: int
    first: int


@dataclass(slots=True, eq=False)
class NoSuchHolder(Refused):
    code: ClassVar[str] = "no-such-holder"
    zh: ClassVar[str] = "没有这个人员或系统"
    en: ClassVar[str] = "There is no such person or system"


@dataclass(slots=True, eq=False)
class StillHoldsPosts(Refused):
    code: ClassVar[str] = "still-holds-posts"
    zh: ClassVar[str] = "请先终止其岗位：{posts}"
    en: ClassVar[str] = "End these posts first: {posts}"
    posts: tuple[str, ...]


@dataclass(slots=True, eq=False)
class SignsStill(Refused):
    code: ClassVar[str] = "signs-still"
    zh: ClassVar[str] = "该密钥仍在签名，须先更换"
    en: ClassVar[str] = "This key signs still: another has to take its place first"


@dataclass(slots=True, eq=False)
class NotYourOwn(Refused):
    code: ClassVar[str] = "not-your-own"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "只能修改自己的密码"
    en: ClassVar[str] = "Only your own password"
