"""Who may call a route, as a type in its signature."""

from typing import Any

from fastapi import Depends

from shared.procedure.actor import Role
from shared.procedure.model import Model
from shared.procedure.step import Command
from shared.web.call import Gate

EVERYBODY = frozenset(Role) - {Role.SERVICE, Role.MESSENGER}
STAFF = EVERYBODY - {Role.RESIDENT}


def anyone() -> Any:
    """No token needed."""
    return Depends(Gate(EVERYBODY, "read"))


def staff() -> Any:
    """Any post."""
    return Depends(Gate(STAFF, "read"))


def holders(*roles: Role) -> Any:
    """Holders of one of these roles; which area and department is for the query or the procedure to say."""
    return Depends(Gate(frozenset(roles), "read"))


def holders_of_the_whole(*roles: Role) -> Any:
    """Holders of one of these roles for all of the district: the route is about no single area."""
    return Depends(Gate(frozenset(roles), "operate", whole_district=True))


def doing(model: Model[Any], command: type[Command]) -> Any:
    """Those to whom the procedure opens the command; area, department and state are checked when it is decided."""
    roles = frozenset(role for row in model.rows_of(command) for role in row.roles) - {Role.SERVICE}
    return Depends(Gate(roles, model.word(command)))
