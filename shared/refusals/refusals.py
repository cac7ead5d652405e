"""Refusals.

Refused
├── NotNow            409  the step is not open in the present state
├── NotPermitted      403  none of the person's posts allows the step here
├── WholeDistrictOnly 403  the post is for a part of the district only
├── NotSignedIn       401  no token, or one that does not hold
├── NotFound          404
├── AlreadyThere      409  something with this identifier exists
├── Changed           412  If-Match names an older version
├── KeyReused         422  the same Idempotency-Key with another request
├── Invalid           422  a value that cannot be taken
├── TooLarge          413  more than one fact may hold
├── TooMuch           429  more than can be taken now
└── Unavailable       503  something the answer needs is not reachable
"""

from dataclasses import dataclass, fields
from typing import ClassVar, Literal

Language = Literal["zh", "en"]


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """A refusal by rule. `code` is stable and names the problem type; `zh` and `en` are filled from the fields."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "不能办理"
    en: ClassVar[str] = "Refused"

    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def message(self, language: Language) -> str:
        shown = {name: _shown(value) for name, value in self.facts().items()}
        return (self.zh if language == "zh" else self.en).format(**shown)

    def __str__(self) -> str:
        return self.message("en")


def _shown(value: object) -> object:
    if isinstance(value, (tuple, list, frozenset, set)):
        return ", ".join(str(item) for item in sorted(value, key=str)) or "–"
    return "–" if value is None else value


@dataclass(slots=True, eq=False)
class NotNow(Refused):
    code: ClassVar[str] = "not-now"
    zh: ClassVar[str] = "当前状态为“{state}”,不能执行“{step}”;现在可以:{possible}。依据:{law}"
    en: ClassVar[str] = "'{step}' is not open in state '{state}'; open now: {possible}. Basis: {law}"
    step: str
    state: str
    possible: tuple[str, ...] = ()
    law: str | None = None


@dataclass(slots=True, eq=False)
class NotPermitted(Refused):
    code: ClassVar[str] = "not-permitted"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "您的岗位无权执行“{step}”;需要的岗位:{roles},且在本辖区、本部门范围内"
    en: ClassVar[str] = "None of your posts allows '{step}'; it needs one of: {roles}, for this area and department"
    step: str
    roles: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class WholeDistrictOnly(Refused):
    code: ClassVar[str] = "whole-district-only"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "“{step}”涉及全区,需要辖区为全区的岗位:{roles}"
    en: ClassVar[str] = "'{step}' concerns the whole district; it needs a post for all of it: {roles}"
    step: str
    roles: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class NotSignedIn(Refused):
    code: ClassVar[str] = "not-signed-in"
    status: ClassVar[int] = 401
    zh: ClassVar[str] = "请先登录:{reason}"
    en: ClassVar[str] = "Sign in first: {reason}"
    reason: str = "no token"


@dataclass(slots=True, eq=False)
class NotFound(Refused):
    code: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404
    zh: ClassVar[str] = "没有找到这个{what},或您无权查看"
    en: ClassVar[str] = "There is no such {what}, or you may not see it"
    what: str


@dataclass(slots=True, eq=False)
class AlreadyThere(Refused):
    code: ClassVar[str] = "already-there"
    zh: ClassVar[str] = "{what}已经存在"
    en: ClassVar[str] = "This {what} exists already"
    what: str


@dataclass(slots=True, eq=False)
class Changed(Refused):
    code: ClassVar[str] = "changed"
    status: ClassVar[int] = 412
    zh: ClassVar[str] = "内容已被他人更新(现为第{current}版,您依据的是第{expected}版),请刷新后重试"
    en: ClassVar[str] = "It has changed since: now version {current}, yours is {expected}. Read it again first"
    expected: int
    current: int


@dataclass(slots=True, eq=False)
class KeyReused(Refused):
    code: ClassVar[str] = "key-reused"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "同一个 Idempotency-Key 已用于另一个请求,请换一个"
    en: ClassVar[str] = "This Idempotency-Key was used for another request; use a new one"


@dataclass(slots=True, eq=False)
class Invalid(Refused):
    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "“{field}”不能接受:{reason_zh}"
    en: ClassVar[str] = "'{field}' cannot be taken: {reason}"
    field: str
    reason: str
    reason_zh: str


@dataclass(slots=True, eq=False)
class TooLarge(Refused):
    code: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413
    zh: ClassVar[str] = "内容过多:一条记录最多 {kib} KiB,请分几次提交"
    en: ClassVar[str] = "Too much at once: one fact holds {kib} KiB at most. Send it in several parts"
    kib: int


@dataclass(slots=True, eq=False)
class TooMuch(Refused):
    code: ClassVar[str] = "too-much"
    status: ClassVar[int] = 429
    zh: ClassVar[str] = "请求过多,请在 {retry_after} 秒后重试"
    en: ClassVar[str] = "Too many requests; try again in {retry_after} s"
    retry_after: int = 1


@dataclass(slots=True, eq=False)
class Unavailable(Refused):
    code: ClassVar[str] = "unavailable"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "{what}暂时不可用,请稍后重试"
    en: ClassVar[str] = "{what} is not reachable at the moment; try again shortly"
    what: str
    retry_after: int = 2
