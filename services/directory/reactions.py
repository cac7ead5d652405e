"""Directory hears only itself: its copy of the posts fills from its own facts, like everybody's."""

from services.directory import facts
from shared.listen.reactions import Reactions

OWN_TOPIC = facts.PostAssigned.topic
REACTIONS = Reactions(topics=(OWN_TOPIC,), table={}, own=True)
