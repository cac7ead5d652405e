"""Which reports somebody sees who screens them: the same for lists, searches and what is told as it happens."""

from datetime import datetime

from services.intake.model.report import SCREENERS
from services.intake.views import Seen
from shared.identity.recusal import recused_for
from shared.procedure.actor import ROUTING, Actor, Role
from shared.reference.reference import Reference


def seen_by(reference: Reference, actor: Actor, at: datetime, roles: frozenset[Role] = SCREENERS) -> Seen:
    """What their posts of these roles let them see."""
    recused = recused_for(reference, actor, at)
    sealed, routed = sorted(actor.sealed), sorted(actor.areas(ROUTING))
    return Seen(sorted(actor.areas(roles)), sorted(recused), sealed, routed)
