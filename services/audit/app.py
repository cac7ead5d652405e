"""audit's wiring."""

from services.audit.api import ROUTERS
from services.audit.log.archiving import Archiving, archive_when_asked
from services.audit.log.following import tell_followings
from services.audit.log.inspecting import Inspections, inspect_nightly
from services.audit.log.mirror import mirror
from services.audit.log.publish import Publisher, publish
from services.audit.log.settings import LogSettings
from services.audit.log.watch import Watch, watch
from services.audit.log.working import Moments, keep_moments
from services.audit.reactions import reactions
from services.audit.tables import ARCHIVE, BESIDE, CERTIFICATE, DERIVED, EXPORT, METADATA, OPENING
from shared.procedure.folds import Folds
from shared.web.service import Service


def service(folds: Folds) -> Service:
    """With the models of all services, which the composition root hands in (decision 0003)."""
    return Service(
        name="audit",
        title="审计：完整的事实记录、缺失与重放 / Audit: every fact kept, what is missing, replay",
        metadata=METADATA,
        reactions=reactions(LogSettings().judge()),
        routers=ROUTERS,
        aggregates=(OPENING, EXPORT, CERTIFICATE, ARCHIVE),
        beside=BESIDE,
        derived=DERIVED,
        background=(watch, publish, mirror, inspect_nightly, archive_when_asked, tell_followings, keep_moments),
        watches={
            "checkpoint": lambda runtime: runtime.extra(Publisher).problem,
            "log": lambda runtime: runtime.extra(Inspections).problem(),
        },
        extras=(Watch, Publisher, Inspections, Archiving, Moments, lambda runtime: folds),
    )


SERVICE = service(Folds())
