"""Who may see a desk's matters, and who may read what was written about them: one table, for all routes."""

from sqlalchemy import ColumnElement, Table, and_, false, func, or_

from shared.desk.matter import OPENERS, PART, Matter
from shared.identity.recusal import not_recused
from shared.identity.sealing import known_to
from shared.procedure.actor import DEPARTMENT_BOUND, Actor, Role, Where

SEERS = OPENERS

LISTERS = frozenset({Role.HANDLER, Role.SYSTEM, Role.SUPERVISOR})
"""Of the worklist: those who work it, and those who supervise them."""


def may(actor: Actor, roles: frozenset[Role], matter: Matter) -> bool:
    """Never somebody of a department that the case complains of; of a sealed matter nobody outside its circle, but for
    an emergency: whose desk it was put on passes it on."""
    if not actor.knows(matter.category, matter.area):
        roles = roles & DEPARTMENT_BOUND if matter.part == PART else frozenset()
    return not actor.is_recused(matter.barred) and actor.may(roles, Where(matter.area, frozenset({matter.department})))


def is_own(actor: Actor, matter: Matter) -> bool:
    """Whether it is of their own office's worklist."""
    return actor.may(SEERS & DEPARTMENT_BOUND, Where(matter.area, frozenset({matter.department})))


def seen_by(actor: Actor, roles: frozenset[Role], table: Table) -> ColumnElement[bool]:
    """`may` as a condition on the rows."""
    known = known_to(actor, table.c.category, table.c.area)
    conditions = [
        and_(
            func.starts_with(table.c.area, post.area),
            table.c.department == post.department,
            or_(known, table.c.part == PART),
        )
        if post.role in DEPARTMENT_BOUND
        else and_(func.starts_with(table.c.area, post.area), known)
        for post in actor.posts
        if post.role in roles
    ]
    return and_(or_(false(), *conditions), not_recused(actor, table.c.barred))
