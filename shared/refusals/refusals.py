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

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import ClassVar

from shared.clocks.zone import DISTRICT_ZONE
from shared.refusals.words import FIELDS, READING, ROLES, SIGNING_IN, THINGS, Language, Named, Words

Names = Callable[[str, str], str | None]
"""(kind, code) -> the directory's name, in the language of the message."""
_LIST = {"zh": "、", "en": ", "}
_NONE = {"zh": "无", "en": "none"}


def nobody_knows(kind: str, code: str) -> str | None:
    return None


@dataclass(slots=True, eq=False)
class Refused(Exception):
    """A refusal by rule. `code` is stable and names the problem type; `zh` and `en` are filled from the fields.

    People read words, never codes: `words` has a table for a field, `names` the kind of entry in the directory that
    a field names; `{field}` there is the kind that another field says.
    """

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409
    zh: ClassVar[str] = "不能办理"
    en: ClassVar[str] = "Refused"
    words: ClassVar[Mapping[str, Words]] = {}
    names: ClassVar[Mapping[str, str]] = {}

    def facts(self) -> dict[str, object]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def template(self, language: Language) -> str:
        return self.zh if language == "zh" else self.en

    def message(self, language: Language, names: Names = nobody_knows) -> str:
        shown = {name: self._shown(name, value, language, names) for name, value in self.facts().items()}
        return self.template(language).format(**shown)

    def _shown(self, field: str, value: object, language: Language, names: Names) -> str:
        if isinstance(value, (tuple, list, frozenset, set)):
            items = [self._shown(field, item, language, names) for item in sorted(value, key=str)]
            return _LIST[language].join(items) or _NONE[language]
        moment = _moment(value)
        if moment is not None:
            return f"{moment.astimezone(DISTRICT_ZONE):%Y-%m-%d %H:%M}"
        code = _NONE[language] if value is None else str(value)
        if isinstance(value, Named):
            return value.word.said(language)
        if code in self.words.get(field, {}):
            return self.words[field][code].said(language)
        kind = self.names.get(field)
        return code if kind is None else names(kind.format(**self.facts()), code) or code

    def __str__(self) -> str:
        return self.message("en")


def _moment(value: object) -> datetime | None:
    """A time, also as facts tell it; people read it in the district's."""
    if isinstance(value, str) and re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value):
        return datetime.fromisoformat(value)
    return value if isinstance(value, datetime) else None


@dataclass(slots=True, eq=False)
class NotNow(Refused):
    """`possible`: what the caller could do instead."""

    code: ClassVar[str] = "not-now"
    step: str
    state: str
    possible: tuple[str, ...] = ()
    law: str | None = None

    def template(self, language: Language) -> str:
        if language == "zh":
            instead = "现在可以：{possible}" if self.possible else "现在没有您可以办理的步骤"
            return f"当前状态为“{{state}}”，不能“{{step}}”；{instead}" + ("。依据：{law}" if self.law else "")
        instead = "open to you now: {possible}" if self.possible else "nothing is open to you now"
        return f"'{{step}}' is not open in state '{{state}}'; {instead}" + (". Basis: {law}" if self.law else "")


@dataclass(slots=True, eq=False)
class NotPermitted(Refused):
    code: ClassVar[str] = "not-permitted"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "您的岗位无权执行“{step}”；需要的岗位：{roles}，且在本辖区、本部门范围内"
    en: ClassVar[str] = "None of your posts allows '{step}'; it needs one of: {roles}, for this area and department"
    words: ClassVar[Mapping[str, Words]] = {"step": READING, "roles": ROLES}
    step: str
    roles: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class WholeDistrictOnly(Refused):
    code: ClassVar[str] = "whole-district-only"
    status: ClassVar[int] = 403
    zh: ClassVar[str] = "“{step}”涉及全区，需要辖区为全区的岗位：{roles}"
    en: ClassVar[str] = "'{step}' concerns the whole district; it needs a post for all of it: {roles}"
    words: ClassVar[Mapping[str, Words]] = {"step": READING, "roles": ROLES}
    step: str
    roles: tuple[str, ...] = ()


@dataclass(slots=True, eq=False)
class NotSignedIn(Refused):
    code: ClassVar[str] = "not-signed-in"
    status: ClassVar[int] = 401
    zh: ClassVar[str] = "请先登录：{reason}"
    en: ClassVar[str] = "Sign in first: {reason}"
    words: ClassVar[Mapping[str, Words]] = {"reason": SIGNING_IN}
    reason: str = "no token"


@dataclass(slots=True, eq=False)
class NotFound(Refused):
    code: ClassVar[str] = "not-found"
    status: ClassVar[int] = 404
    zh: ClassVar[str] = "没有找到这个{what}，或您无权查看"
    en: ClassVar[str] = "There is no such {what}, or you may not see it"
    words: ClassVar[Mapping[str, Words]] = {"what": THINGS}
    what: str


@dataclass(slots=True, eq=False)
class AlreadyThere(Refused):
    code: ClassVar[str] = "already-there"
    zh: ClassVar[str] = "{what}已经存在"
    en: ClassVar[str] = "This {what} exists already"
    words: ClassVar[Mapping[str, Words]] = {"what": THINGS}
    what: str


@dataclass(slots=True, eq=False)
class Changed(Refused):
    """`present`: as it stands now, to the caller."""

    code: ClassVar[str] = "changed"
    status: ClassVar[int] = 412
    zh: ClassVar[str] = "内容已被他人更新（现为第{current}版，您依据的是第{expected}版），请刷新后重试"
    en: ClassVar[str] = "It has changed since: now version {current}, yours is {expected}. Read it again first"
    expected: int
    current: int
    present: Mapping[str, object] | None = None


@dataclass(slots=True, eq=False)
class KeyReused(Refused):
    code: ClassVar[str] = "key-reused"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "同一个 Idempotency-Key 已用于另一个请求，请换一个"
    en: ClassVar[str] = "This Idempotency-Key was used for another request; use a new one"


@dataclass(slots=True, eq=False)
class Invalid(Refused):
    code: ClassVar[str] = "invalid"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "“{field}”不能接受：{reason_zh}"
    en: ClassVar[str] = "'{field}' cannot be taken: {reason}"
    field: str
    reason: str
    reason_zh: str

    def message(self, language: Language, names: Names = nobody_knows) -> str:
        last = next((part for part in reversed(self.field.split(".")) if not part.isdigit()), "body")
        label = FIELDS[last].zh if last in FIELDS else self.field
        return self.template(language).format(field=label if language == "zh" else self.field, **self._reasons())

    def _reasons(self) -> dict[str, str]:
        return {"reason": self.reason, "reason_zh": self.reason_zh}


@dataclass(slots=True, eq=False)
class TooLarge(Refused):
    code: ClassVar[str] = "too-large"
    status: ClassVar[int] = 413
    zh: ClassVar[str] = "内容过多：一条记录最多 {kib} KiB，请分几次提交"
    en: ClassVar[str] = "Too much at once: one fact holds {kib} KiB at most. Send it in several parts"
    kib: int


@dataclass(slots=True, eq=False)
class TooMuch(Refused):
    code: ClassVar[str] = "too-much"
    status: ClassVar[int] = 429
    zh: ClassVar[str] = "请求过多，请在 {retry_after} 秒后重试"
    en: ClassVar[str] = "Too many requests; try again in {retry_after} s"
    retry_after: int = 1


@dataclass(slots=True, eq=False)
class Unavailable(Refused):
    code: ClassVar[str] = "unavailable"
    status: ClassVar[int] = 503
    zh: ClassVar[str] = "{what}暂时不可用，请稍后重试"
    en: ClassVar[str] = "{what} is not reachable at the moment; try again shortly"
    words: ClassVar[Mapping[str, Words]] = {"what": THINGS}
    what: str
    retry_after: int = 2
