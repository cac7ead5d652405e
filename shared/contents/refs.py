"""What facts, models and forms know of contents: a reference, and the kinds of text that are taken."""

import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from shared.refusals.refusals import Refused
from shared.refusals.words import Word, Words


class ContentRef(BaseModel):
    """What a fact says of a content: its id and SHA-256 over a secret salt and the bytes."""

    model_config = ConfigDict(frozen=True)
    id: str
    kind: str
    commitment: str
    media_type: str = "text/plain;charset=utf-8"
    size: int = 0


ErasureGround = Literal["purpose_achieved", "asked_by_person", "processed_unlawfully", "entered_by_mistake"]
"""个人信息保护法 Art 47, and a text in the wrong place."""
ERASED_FOR: Words = {
    "purpose_achieved": Word("处理目的已实现", "its purpose is achieved"),
    "asked_by_person": Word("本人要求删除", "the person asked for it"),
    "processed_unlawfully": Word("违法处理", "it was processed unlawfully"),
    "entered_by_mistake": Word("误录", "it was entered by mistake"),
}


@dataclass(slots=True, eq=False)
class Erased(Refused):
    code = "erased"
    status = 410
    zh = "该内容已依法删除"
    en = "This content has been erased as the law provides"


_NOT_WRITTEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")


def _writable(text: str) -> str:
    text = text.strip()
    if _NOT_WRITTEN.search(text):
        raise ValueError("control characters are not accepted")
    return text


Narrative = Annotated[
    str, StringConstraints(min_length=1, max_length=5000, strip_whitespace=True), AfterValidator(_writable)
]
"""Free text by a person: 1 to 5000 characters, no control characters."""
Short = Annotated[
    str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True), AfterValidator(_writable)
]
