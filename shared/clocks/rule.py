"""A clock as data, and which version of it is in force."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from shared.clocks.errors import NoRuleInForce, TwoRulesInForce

Unit = Literal["calendar", "working", "hour"]
Silence = Literal["accepted"]
Share = Annotated[float, Field(gt=0, lt=1)]
Name = Annotated[str, Field(min_length=1)]


class Words(BaseModel):
    """One text in both languages."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    zh: Name
    en: Name


class Extension(BaseModel):
    """By how many units at most, who approves, whether a notice is owed (None: the basis is silent)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    longest: int = Field(gt=0)
    approver: Name
    notice: bool | None = None


class Rung(BaseModel):
    """How many units after the end it climbs to whom, should it still run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    after: int = Field(gt=0)
    to: Name


class ClockRule(BaseModel):
    """One version of a clock. `(id, valid_from)` identifies it.

    `basis` is statute and article; with `policy` it is the district's own choice, not law.
    `lapse` says what a lapse means and who answers for it. `excludes` names the time that does not count.
    `warn_at`: shares of the time used, rising: yellow from the first, red from the last (a single one: red).
    `right`: its end takes a right away (to object, to have it reopened): nobody is late then.
    `silence`: what it counts as, by policy, when nothing was said by the end.
    `consent`: an objection that needs the consent of whoever sent the matter.
    `least`: how many units there are at least when it goes on after it stood still.
    `valid_to` is the first day on which this version is no longer in force.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Name
    name: Words
    basis: Words
    policy: bool = False
    unit: Unit
    length: int = Field(gt=0)
    starts_on: Name
    stops_on: Name
    excludes: tuple[Name, ...] = ()
    extension: Extension | None = None
    lapse: Words | None = None
    warn_at: tuple[Share, ...] = (0.5, 0.8)
    right: bool = False
    silence: Silence | None = None
    consent: bool = False
    least: int = Field(default=1, gt=0)
    valid_from: date
    valid_to: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if list(self.warn_at) != sorted(set(self.warn_at)):
            raise ValueError("warn_at must rise")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise ValueError("valid_to must be later than valid_from")
        return self

    def may_extend(self, by: int) -> bool:
        """Whether an extension of `by` units in all stays within the longest one."""
        return self.extension is not None and 0 < by <= self.extension.longest


def in_force(rules: Iterable[ClockRule], id: str, on: date) -> ClockRule:
    """The version of clock `id` that a case starting it `on` this day (the district's) keeps.

    A newer version supersedes an older one that was left without an end.
    Raises NoRuleInForce, or TwoRulesInForce when the newest two came into force on the same day.
    """
    open_on = [
        rule
        for rule in rules
        if rule.id == id and rule.valid_from <= on and (rule.valid_to is None or on < rule.valid_to)
    ]
    if not open_on:
        raise NoRuleInForce(id, on)
    newest = max(open_on, key=lambda rule: rule.valid_from)
    if sum(rule.valid_from == newest.valid_from for rule in open_on) > 1:
        raise TwoRulesInForce(id, newest.valid_from)
    return newest
