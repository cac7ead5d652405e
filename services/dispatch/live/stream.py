"""What one person is told, as Server-Sent Events."""

from collections.abc import Sequence

from services.dispatch.live.presence import Present
from services.dispatch.live.readers import Event
from services.dispatch.live.telling import Change
from shared.refusals.words import ROLES
from shared.web.call import Call
from shared.web.streaming import EventStream, event


class Changes(EventStream[Event]):
    def one(self, told: Event) -> bytes:
        if isinstance(told, Change):
            return event("change", told.shown())
        return event("presence", {"case_id": told.case_id, "others": by_post(self.call, told.people)})


def by_post(call: Call, people: Sequence[Present]) -> list[dict[str, str]]:
    """In the caller's language; whose name it is, the directory says."""
    return [
        {
            "person": each.person,
            "department": each.department,
            "department_name": call.name("department", each.department),
            "role": each.role,
            "role_name": ROLES[each.role].said(call.language),
        }
        for each in people
    ]
