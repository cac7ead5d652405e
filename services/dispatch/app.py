"""Dispatch, put together."""

from services.dispatch.api import ROUTERS
from services.dispatch.faults import watch
from services.dispatch.live.feed import Feed, keep_told
from services.dispatch.marking import mark_texts
from services.dispatch.reactions import REACTIONS
from services.dispatch.recount import keep_counts
from services.dispatch.scheduler import keep_clocks
from services.dispatch.tables import BESIDE, CASE, EXPORT, METADATA, OPENING, SEARCH
from services.dispatch.tallies import keep_tallies
from shared.web.service import Service

SERVICE = Service(
    name="dispatch",
    title="Cases, hand-offs and clocks",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=ROUTERS,
    aggregates=(CASE, SEARCH, OPENING, EXPORT),
    beside=BESIDE,
    watches={"catalogue": watch},
    background=(keep_clocks, keep_counts, keep_tallies, mark_texts, keep_told),
    extras=(Feed,),
)
