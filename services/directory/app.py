"""Wiring."""

from importlib import import_module

from services.directory.api import authority_list, entries, me, outlines, people
from services.directory.reactions import REACTIONS
from services.directory.tables import ACCOUNT, BESIDE, ENTRY, KEYRING, METADATA
from services.directory.tokens import authorize, routes
from services.directory.tokens.issue import SignIn
from services.directory.tokens.keys import ensure_a_key
from services.directory.turns import Turns
from shared.web.runtime import Runtime
from shared.web.service import Service


async def load_district(runtime: Runtime) -> None:
    """The district's files belong to the deployment, which stands above the services: named, not imported."""
    await import_module("deploy.district").load_configured(runtime)


SERVICE = Service(
    name="directory",
    title="Departments, areas, posts, staff, catalogue, clocks; sign-in",
    metadata=METADATA,
    reactions=REACTIONS,
    routers=(
        *(outlines.router, entries.router, authority_list.router, people.router, me.router),
        *(routes.router, authorize.router),
    ),
    aggregates=(ENTRY, ACCOUNT, KEYRING),
    beside=BESIDE,
    background=(ensure_a_key, load_district),
    extras=(SignIn, Turns),
)
