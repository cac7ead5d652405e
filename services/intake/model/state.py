"""What a report is now."""

from datetime import UTC, datetime

from pydantic import AwareDatetime

from shared.contents.refs import ContentRef
from shared.procedure.step import State

_BEFORE = datetime(1949, 10, 1, tzinfo=UTC)


class Report(State):
    """`case_id` is its own case; `into` the one that answers it after it was joined."""

    report_id: str = ""
    case_id: str = ""
    receipt_no: str = ""
    category: str = ""
    area: str = ""
    channel: str = ""
    contents: tuple[ContentRef, ...] = ()
    reporter: str | None = None
    complained_of: str | None = None
    meeting: str | None = None
    registered_at: AwareDatetime = _BEFORE
    screened_at: AwareDatetime | None = None
    withdrawn_at: AwareDatetime | None = None
    into: str | None = None
    route: str | None = None
    reason: ContentRef | None = None
    to: str | None = None
    answerable: str | None = None
    solved: bool | None = None
    satisfied: bool | None = None
    erased: bool = False

    @property
    def answered_with(self) -> str:
        """The case in which it is handled."""
        return self.into or self.case_id
