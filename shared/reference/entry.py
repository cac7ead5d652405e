"""Facts that set one entry of reference data, effective-dated."""

from datetime import date
from typing import Any, ClassVar

from shared.facts.fact import Fact


class Entry(Fact):
    """The entry `code` of `kind` as it stands from `valid_from` until before `valid_to`.

    `later`: fields that the kind did not have from the first. Where they say nothing they are left out, so that what
    was kept before them is what the log gives now.
    """

    topic = "reference"
    about = "code"
    kind: ClassVar[str] = ""
    later: ClassVar[frozenset[str]] = frozenset()
    code: str
    valid_from: date = date(1949, 10, 1)
    valid_to: date | None = None

    def entry(self) -> dict[str, Any]:
        given = self.model_dump(mode="json", exclude={"at", "by", "by_department", "code", "valid_from", "valid_to"})
        return {name: value for name, value in given.items() if value or name not in self.later}
