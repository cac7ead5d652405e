"""The table that tells what runs and where."""

from rich.table import Table
from rich.text import Text

from deploy.embedded.health import Health


def of(seen: list[Health]) -> Table:
    """One row for each server and service."""
    table = Table("Service", "Address", "Health", title="Lianzhi 联治", title_justify="left")
    for each in seen:
        table.add_row(each.name, each.address, _health(each))
    return table


def _health(each: Health) -> Text:
    words = Text("ready", "green") if each.ready else Text("not ready", "red")
    return words.append(f", restarts: {each.restarts}", "yellow") if each.restarts else words
