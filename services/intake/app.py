"""What intake is made of."""

from services.intake.api import ROUTERS
from services.intake.api.codes import Brake, Numbers, give_back_at_the_end
from services.intake.forgetting import forget_uploads
from services.intake.live import Feed, keep_told
from services.intake.marking import mark_texts
from services.intake.reactions import REACTIONS
from services.intake.replies import Replies
from services.intake.tables import BESIDE, METADATA, OPENING, REPORT, SEARCH
from shared.web.service import Service

SERVICE = Service(
    name="intake",
    title="Reports: registration, screening, receipts",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=ROUTERS,
    aggregates=(REPORT, SEARCH, OPENING),
    beside=BESIDE,
    background=(forget_uploads, give_back_at_the_end, mark_texts, keep_told),
    extras=(Numbers, lambda runtime: Brake(), Replies, Feed),
)
