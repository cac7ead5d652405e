"""回避: whoever belongs to a department complained of, or has an interest, sees nothing of the matter, in any role
(信访工作条例 28(3), 30(3))."""

from datetime import datetime

from sqlalchemy import ARRAY, Column, ColumnElement, Text, cast, or_
from sqlalchemy.dialects.postgresql import array

from shared.procedure.actor import Actor
from shared.reference.reference import Reference
from shared.reference.tree import upward


def barred(reference: Reference, complained_of: str | None, on: datetime) -> tuple[str, ...]:
    """The department complained of and all below it that day."""
    found = [complained_of] if complained_of else []
    for code in found:
        below = (v.code for v in reference.all("department", on) if v.entry.get("parent") == code)
        found.extend(code for code in below if code not in found)
    return tuple(found)


def recused_for(reference: Reference, actor: Actor, on: datetime) -> frozenset[str]:
    """The departments of which a complaint bars this person: each they belong to, and all above those that day."""
    return frozenset(code for own in actor.belongs_to for code in upward(reference, own, on))


def not_recused(actor: Actor, barred: Column[object]) -> ColumnElement[bool]:
    """`Actor.is_recused` turned round, as a condition on rows: `barred` is a JSONB list, null for no complaint."""
    return or_(barred.is_(None), ~recused(actor, barred))


def recused(actor: Actor, barred: Column[object]) -> ColumnElement[bool]:
    """`Actor.is_recused`, which an index of those who are barred answers; null for no complaint."""
    mine = cast(array(sorted(actor.belongs_to)), ARRAY(Text))
    return barred.op("?|", is_comparison=True)(mine)
