"""toy's wiring."""

from shared.listen.reactions import Reactions
from shared.web.service import Service
from tests.kit.toys.toy.api import router
from tests.kit.toys.toy.tables import BESIDE, COUNTERS, METADATA

SERVICE = Service("toy", "Counters", METADATA, Reactions((), {}), (router,), (COUNTERS,), BESIDE)
