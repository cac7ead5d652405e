"""What somebody at the terminal sees of a scenario being played."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.scenarios.data import Expected, Scenario
from deploy.scenarios.figures import NAMES, Figures
from deploy.scenarios.player import Moment, Played, Watch
from shared.clocks.zone import DISTRICT_ZONE


@contextmanager
def progress(console: Console, scenario: Scenario, steps: int) -> Iterator[Watch]:
    """A bar of all steps, how many matters have come to their end, and the simulated date."""
    columns = (
        TextColumn("[bold]{task.fields[date]}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("steps · {task.fields[ended]} of {task.fields[matters]} matters"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=steps, date="", ended=0, matters=len(scenario.matters))
        ended = 0

        def watch(moment: Moment) -> None:
            nonlocal ended
            ended += moment.number == len(moment.matter.course)
            date = f"{moment.when.astimezone(DISTRICT_ZONE):%Y-%m-%d %H:%M}"
            shown.update(task, advance=1, date=date, ended=ended)

        yield watch


def report(console: Console, scenario: Scenario, played: Played) -> None:
    """How it went."""
    if played.steps == 0 and not played.failed:
        console.print(f"{scenario.title.zh} · {scenario.title.en}: played before, nothing to do.")
    else:
        before = f", {played.before} were done before" if played.before else ""
        console.print(f"{scenario.title.zh} · {scenario.title.en}: {played.steps} steps{before}.")
    for ref, why in played.failed.items():
        console.print(f"  {ref} did not go on, {why}", style="red", markup=False, highlight=False)


def compare(console: Console, figures: Figures, expected: Expected, source: str) -> None:
    """The log's figures beside the article's."""
    table = Table("", "From the log", source, title_justify="left")
    told = expected.model_dump()
    differ = figures.differences(expected)
    for name, title in NAMES.items():
        style = "red" if name in differ else "green"
        table.add_row(title, f"[{style}]{getattr(figures, name)}[/]", str(told[name]))
    console.print(table)
    if differ:
        names = "; ".join(f"{NAMES[name]}: {ours}, not {theirs}" for name, (ours, theirs) in differ.items())
        console.print(f"The log differs from the article: {names}.", style="red")
    else:
        console.print("The log says what the article says. 与报道一致。", style="green")
