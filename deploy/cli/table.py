"""The table that tells what runs and where."""

from rich.table import Table
from rich.text import Text

from deploy.embedded.folder import Folder
from deploy.embedded.health import Health
from shared.clocks.zone import DISTRICT_ZONE
from shared.world.world import WorldClock


def of(folder: Folder, seen: list[Health]) -> Table:
    """One row for each server and service; below, the district's time where it is not the machine's."""
    table = Table("Service", "Address", "Health", title="Lianzhi 联治", title_justify="left")
    if folder.clock.exists():
        now = WorldClock(folder.clock).now().astimezone(DISTRICT_ZONE)
        table.caption = f"The district's clock: {now:%Y-%m-%d %H:%M} (set by the demo)"
    for each in seen:
        table.add_row(each.name, each.address, _health(each))
    return table


def _health(each: Health) -> Text:
    words = Text("ready", "green") if each.ready else Text("not ready", "red")
    if each.degraded:
        words.append(f", degraded: {each.degraded}", "yellow")
    return words.append(f", restarts: {each.restarts}", "yellow") if each.restarts else words
