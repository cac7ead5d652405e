"""Mistakes of a caller or of the clock data; never a refusal to a resident.

ClockError
├── NoRuleInForce    no version of this clock is in force on the day
├── TwoRulesInForce  two versions of this clock came into force on the same day
├── NaiveTime        a time without a zone
└── NegativeExtra    a clock can be lengthened, not shortened
"""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import ClassVar


@dataclass(slots=True, eq=False)
class ClockError(Exception):
    """`zh` and `en` are filled from the fields."""

    zh: ClassVar[str] = "时限计算错误"
    en: ClassVar[str] = "A clock cannot be counted"

    def __str__(self) -> str:
        shown = {field.name: getattr(self, field.name) for field in fields(self)}
        return f"{self.en} / {self.zh}".format(**shown)


@dataclass(slots=True, eq=False)
class NoRuleInForce(ClockError):
    zh: ClassVar[str] = "{on} 没有生效的时限“{id}”"
    en: ClassVar[str] = "No version of clock '{id}' is in force on {on}"
    id: str
    on: date


@dataclass(slots=True, eq=False)
class TwoRulesInForce(ClockError):
    zh: ClassVar[str] = "时限“{id}”有两个版本同于 {since} 生效"
    en: ClassVar[str] = "Two versions of clock '{id}' came into force on {since}"
    id: str
    since: date


@dataclass(slots=True, eq=False)
class NaiveTime(ClockError):
    zh: ClassVar[str] = "时间 {moment} 没有时区"
    en: ClassVar[str] = "The time {moment} has no zone"
    moment: datetime


@dataclass(slots=True, eq=False)
class NegativeExtra(ClockError):
    zh: ClassVar[str] = "时限“{id}”不能缩短（{extra}）"
    en: ClassVar[str] = "Clock '{id}' cannot be shortened ({extra})"
    id: str
    extra: int
