"""Directory hears only itself: its copy of the posts fills from its own facts, like everybody's."""

from services.directory import facts
from services.dispatch import facts as dispatch
from shared.listen.reactions import Reactions

OWN_TOPIC = facts.PostAssigned.topic
WORKFLOWS = frozenset(dispatch.WORKFLOWS)
"""The versions of a case's procedures that dispatch publishes facts of."""
REACTIONS = Reactions(topics=(OWN_TOPIC,), table={}, own=True)
