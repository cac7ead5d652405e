"""The base of every fact: past tense, frozen, no free text, no personal data."""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, TypeAdapter

from shared.facts.sentence import Sentence

ENVELOPE_FIELDS = frozenset({"at", "by", "by_department"})
REGISTER: dict[str, type["Fact"]] = {}
Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

read_time = TypeAdapter(AwareDatetime).validate_python


class Fact(BaseModel):
    """`class CaseOpened(Fact, service="dispatch")` is `lianzhi.dispatch.case-opened.v1` on topic `cases`.

    `at`, `by` and `by_department` travel in the envelope (CloudEvents time, actor, department), the rest as JSON data.
    `about` names the field that is the subject and the partition key; `kept_elsewhere`: fields with contents that
    another service keeps. `told`: how people are told of it, what was done as a predicate of whoever did it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601")

    service: ClassVar[str] = ""
    topic: ClassVar[str] = "cases"
    about: ClassVar[str] = "case_id"
    version: ClassVar[int] = 1
    upcasters: ClassVar[Mapping[int, Upcaster]] = {}
    kept_elsewhere: ClassVar[frozenset[str]] = frozenset()
    told: ClassVar[Sentence | None] = None

    at: AwareDatetime
    by: str
    by_department: str | None = None

    def __init_subclass__(cls, service: str = "", **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)

    @classmethod
    def __pydantic_init_subclass__(cls, service: str = "", **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if service:
            cls.service = service
            known = REGISTER.setdefault(cls.type(), cls)
            if known is not cls and known.__module__ != cls.__module__:
                raise TypeError(f"{cls.type()} is declared twice: {known.__module__} and {cls.__module__}")

    @classmethod
    def fact_name(cls) -> str:
        return _dashed(cls.__name__)

    @classmethod
    def type(cls) -> str:
        return f"lianzhi.{cls.service}.{cls.fact_name()}.v{cls.version}"

    def key(self) -> str:
        return str(getattr(self, self.about))

    def data(self) -> bytes:
        return self.__pydantic_serializer__.to_json(self, exclude=set(ENVELOPE_FIELDS), exclude_none=True)


@lru_cache(maxsize=1024)
def _dashed(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def facts_of(service: str) -> list[type[Fact]]:
    """Every registered fact of a service, by name."""
    return sorted((fact for fact in REGISTER.values() if fact.service == service), key=lambda fact: fact.fact_name())
