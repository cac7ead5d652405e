"""What somebody looks for in texts, and why it is refused."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.contents.refs import Short
from shared.contents.words import has_long_number, marks_of, read
from shared.refusals.refusals import Refused

Words = tuple[tuple[str, ...], ...]
Code = Annotated[str, Field(pattern=r"^[a-z0-9_.-]{1,60}$")]
Moment = Annotated[AwareDatetime, Field(ge=datetime(1949, 10, 1, tzinfo=UTC), lt=datetime(2949, 10, 1, tzinfo=UTC))]
LARGEST_PAGE = 50


@dataclass(slots=True, eq=False)
class TooShort(Refused):
    code: ClassVar[str] = "word-too-short"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "每个检索词至少两个字（英文、数字至少两位），标点不计"
    en: ClassVar[str] = "Each word needs two signs at least; punctuation does not count"


@dataclass(slots=True, eq=False)
class NumberOfAPerson(Refused):
    code: ClassVar[str] = "number-not-searched"
    status: ClassVar[int] = 422
    zh: ClassVar[str] = "七位以上的数字（电话、证件号码）不能用来检索"
    en: ClassVar[str] = "Numbers of seven digits and more, as of telephones and identity cards, cannot be searched for"


class TextsWanted(BaseModel):
    """In the body: an address is logged and kept on its way, and words may be somebody's."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"text": "消防通道 私家车", "area": "500104002"}]}
    )
    text: Short = Field(description="words, with spaces between them; each has to stand in the text")
    area: Code | None = Field(default=None, description="only what is from there")
    category: Code | None = Field(default=None, description="only what is of this category")
    written_from: Moment | None = Field(default=None, description="only texts written then or later")
    written_to: Moment | None = Field(default=None, description="only texts written before")


@dataclass(frozen=True, slots=True)
class Asked:
    """Each of `words` has to stand in the text. `before`: only what stands before that in the log."""

    words: Words
    area: str | None = None
    category: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    before: int | None = None

    @classmethod
    def of(cls, body: TextsWanted, before: int | None) -> "Asked":
        """Raises TooShort, NumberOfAPerson."""
        return cls(words_of(body.text), body.area, body.category, body.written_from, body.written_to, before)


def words_of(text: str) -> Words:
    """Raises TooShort, NumberOfAPerson."""
    if has_long_number(text):
        raise NumberOfAPerson()
    words = tuple(read(part).words for part in text.split())
    words = tuple(word for word in words if word)
    if not words or not all(any(marks_of(word)) for word in words):
        raise TooShort()
    return words


def within(areas: Sequence[str], area: str | None) -> list[str]:
    """Those parts of `area` that lie in these areas."""
    if area is None:
        return list(areas)
    return [area if area.startswith(mine) else mine for mine in areas if area.startswith(mine) or mine.startswith(area)]
