"""Facts that set one entry of reference data, effective-dated."""

from datetime import date
from typing import Any, ClassVar

from shared.facts.fact import Fact


class Entry(Fact):
    """The entry `code` of `kind` as it stands from `valid_from` until before `valid_to`."""

    topic = "reference"
    about = "code"
    kind: ClassVar[str] = ""
    code: str
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None

    def entry(self) -> dict[str, Any]:
        return self.model_dump(mode="json", exclude={"at", "by", "by_department", "code", "valid_from", "valid_to"})
