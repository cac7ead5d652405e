"""What the log is searched by."""

from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import AwareDatetime

from services.audit import views
from services.audit.log.removed import months_removed, refuse_archived_case
from services.audit.scope import Scope
from shared.facts.fact import REGISTER
from shared.procedure.actor import Role
from shared.record.database import Connection
from shared.refusals.refusals import NotFound
from shared.web.call import Call
from shared.web.signed_in import holders

AUDITORS = frozenset({Role.AUDITOR})
Auditor = Annotated[Call, holders(*AUDITORS)]
Text = Annotated[str | None, Query(max_length=200)]


class Filters:
    """What every way of reading the log can be narrowed by."""

    def __init__(
        self,
        source: Text = None,
        type: Text = None,
        kind: Annotated[
            str | None, Query(max_length=200, description="the fact's name in any version", examples=["case-opened"])
        ] = None,
        key: Text = None,
        case: Annotated[
            str | None, Query(max_length=200, description="id or code, with all that belongs to it")
        ] = None,
        actor: Text = None,
        department: Text = None,
        correlation: Annotated[
            str | None, Query(max_length=200, description="the case or request that began it")
        ] = None,
        causation: Annotated[str | None, Query(max_length=200, description="the id of the fact that led to it")] = None,
        from_: Annotated[AwareDatetime | None, Query(alias="from", description="time, included")] = None,
        to: Annotated[AwareDatetime | None, Query(description="time, not included")] = None,
    ) -> None:
        self.case = case
        self._given = {
            "source": source,
            "type": type,
            "types": None if kind is None else [name for name, fact in REGISTER.items() if fact.fact_name() == kind],
            "key": key,
            "actor": actor,
            "department": department,
            "correlation": correlation,
            "causation": causation,
            "since": from_,
            "until": to,
        }

    async def given(self, connection: Connection, call: Call) -> dict[str, Any]:
        """For `views`. Raises NotFound for a case that is not there, or not to be seen; CaseArchived."""
        return {**self._given, "case": await case_id(connection, call, self.case)}


Narrowed = Annotated[Filters, Depends()]


def scope_of(call: Call) -> Scope:
    return Scope.of(call.actor, AUDITORS, call.runtime.reference, call.at)


async def told_removed(connection: Connection) -> dict[str, str]:
    """A header of what is streamed from the log: months of which more may fit, in their archives only."""
    months = await months_removed(connection)
    return {"Archived-Months": ", ".join(months)} if months else {}


async def case_id(connection: Connection, call: Call, wanted: str | None) -> str | None:
    """By id or code. Raises NotFound, CaseArchived."""
    if wanted is None:
        return None
    found = await views.find_case(connection, scope_of(call), wanted)
    if found is None:
        raise NotFound("case")
    await refuse_archived_case(connection, found.id)
    return found.id
