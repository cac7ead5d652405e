"""For whoever holds no post."""

from nicegui import PageArguments

from services.console.desk import Desk
from services.console.look.screen import piece, screen


@screen
async def build(desk: Desk, args: PageArguments) -> None:
    piece(desk, "nothing")
