"""The parts of a procedure: state, command, step."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.facts.fact import Fact
from shared.procedure.actor import ANYWHERE, Actor, Role, Where
from shared.refusals.refusals import Refused

NEW = "new"
_put = object.__setattr__


class Value(BaseModel):
    """Frozen, without fields that nobody declared, and copied as often as facts are folded: so by the shortest way.

    Which of its fields were given, and which are as they are by default, is therefore not kept.
    """

    model_config = ConfigDict(frozen=True)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """`update` is not validated, as everywhere; what is in a value is never changed, so nothing is copied deep."""
        copied = self.__new__(type(self))
        _put(copied, "__dict__", {**self.__dict__, **update} if update else self.__dict__.copy())
        _put(copied, "__pydantic_fields_set__", self.__pydantic_fields_set__)
        _put(copied, "__pydantic_extra__", None)
        _put(copied, "__pydantic_private__", None)
        return copied


class State(Value):
    """What an aggregate is now. `status` is the procedure's state; NEW until its first fact."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    status: str = NEW


class Command(BaseModel):
    """What somebody wants done, with the time and who: imperative, frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)
    at: AwareDatetime
    actor: Actor

    @classmethod
    def step_name(cls) -> str:
        import re

        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", cls.__name__).lower()


Guard = Callable[[Any, Any], Refused | None]
Build = Callable[[Any, Any], Mapping[str, Any]]
Locate = Callable[[Any, Any], Where]


def nowhere_in_particular(state: Any, command: Any) -> Where:
    return ANYWHERE


@dataclass(frozen=True, slots=True)
class Step:
    """One row. `then` None leaves the state as it is. `build` adds what neither command nor state has by name.

    `of`: of which parts of the aggregate the row is, None: of all; `when`: for which commands in which states.
    `shown`: whether the part as it is would let it pass, `shown_while`: whether the whole would. What they would refuse
    is not proposed to anybody.
    """

    command: type[Command]
    during: frozenset[str]
    fact: type[Fact]
    then: str | None
    roles: frozenset[Role]
    guards: tuple[Guard, ...] = ()
    when: Callable[[Any, Any], bool] | None = None
    build: Build | None = None
    where: Locate | None = None
    law: str | None = None
    of: Callable[[Any], bool] | None = None
    shown: Callable[[Any], bool] | None = None
    shown_while: Callable[[Any], bool] | None = None


def during(*statuses: str) -> frozenset[str]:
    return frozenset(statuses)


def by(*roles: Role) -> frozenset[Role]:
    return frozenset(roles)
