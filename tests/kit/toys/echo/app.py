"""echo's wiring."""

from shared.web.service import Service
from tests.kit.toys.echo.reactions import REACTIONS
from tests.kit.toys.echo.tables import METADATA, TALLIES

SERVICE = Service("echo", "Tallies", METADATA, REACTIONS, (), (TALLIES,))
