"""What of the log a person may see: the cases of their area, and never one that complains of their own office."""

from dataclasses import dataclass
from datetime import datetime

from shared.identity.recusal import recused_for
from shared.procedure.actor import Actor, Role
from shared.reference.reference import Reference


@dataclass(frozen=True, slots=True)
class Scope:
    """`areas` None: the whole district, with what is no case's; `recused`: of whom a complaint hides a case; `sealed`:
    categories of matters that are not known outside a circle."""

    areas: tuple[str, ...] | None
    recused: tuple[str, ...] = ()
    sealed: tuple[str, ...] = ()

    @classmethod
    def of(cls, actor: Actor, roles: frozenset[Role], reference: Reference, at: datetime) -> "Scope":
        whole = actor.holds_whole(roles, reference.root(at))
        areas = None if whole else tuple(sorted(actor.areas(roles)))
        return cls(areas, tuple(sorted(recused_for(reference, actor, at))), tuple(sorted(actor.sealed)))


EVERYTHING = Scope(None)
"""For operators' tools, which read the database itself."""
