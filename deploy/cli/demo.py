"""`lianzhi demo`, and the scenario that a fresh data directory is filled with."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, keyring
from deploy.embedded.environment import DISTRICT
from deploy.embedded.folder import Folder
from deploy.embedded.state import State
from deploy.registry import SERVICES
from deploy.scenarios import data as scenarios
from deploy.scenarios import figures, player, show
from deploy.scenarios.calls import Api, Declined, Unreachable
from deploy.scenarios.clock import StageClock
from deploy.scenarios.data import Scenario
from deploy.scenarios.figures import Figures
from deploy.scenarios.journal import Journal
from deploy.scenarios.player import Played, Stage
from deploy.scenarios.staff import Staff
from shared.clocks.zone import DISTRICT_ZONE

FAILED, NOT_RUNNING = 1, 3
FIRST = "dongzheng"
DEFAULT_SEED = 1


@dataclass(frozen=True)
class Wish:
    """How to play it."""

    scenario: Scenario
    speed: float | None
    seed: int
    until: datetime | None


def demo(
    scenario: Annotated[str, typer.Argument(help="Which story; `dongzheng` is there.")] = FIRST,
    speed: Annotated[str, typer.Option(help="Simulated seconds a real second, or `max`.")] = "max",
    seed: Annotated[int, typer.Option(help="For what the story leaves open.")] = DEFAULT_SEED,
    until: Annotated[str, typer.Option(help="Stop after this day, YYYY-MM-DD.")] = "",
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Play months of a district's work through the public APIs, as the people concerned.

    It can be stopped and run again at any time: it goes on where it stopped, and nothing is done twice.
    """
    wish = Wish(chosen(scenario), pace(speed), seed, day_after(until))
    folder = Folder(data.absolute())
    found = health.running(folder)
    if found is None:
        typer.echo(f"Nothing runs in {folder.root}. Start it with `lianzhi up`.", err=True)
        raise typer.Exit(NOT_RUNNING)
    console = Console(stderr=as_json)
    try:
        played, counted = perform(console, folder, found, wish)
    except (CannotPlay, Unreachable, Declined) as failure:
        typer.echo(str(failure), err=True)
        raise typer.Exit(FAILED) from None
    if as_json:
        typer.echo(json.dumps(as_told(wish.scenario, played, counted), ensure_ascii=False))
    differs = wish.until is None and bool(counted.differences(wish.scenario.expected))
    if played.failed or differs:
        raise typer.Exit(FAILED)


class CannotPlay(Exception):
    """Told to the person at the terminal."""


def chosen(name: str) -> Scenario:
    """BadParameter for one that there is not."""
    if name not in scenarios.available():
        raise typer.BadParameter(f"no such scenario. There are: {', '.join(scenarios.available())}")
    return scenarios.load(name)


def pace(text: str) -> float | None:
    """None is as fast as can be."""
    if text == "max":
        return None
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < float("inf"):
        raise typer.BadParameter("a number above 0, or max", param_hint="--speed")
    return speed


def day_after(text: str) -> datetime | None:
    """The first moment that is too late, by the district's time."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=DISTRICT_ZONE)
    except ValueError:
        raise typer.BadParameter("YYYY-MM-DD", param_hint="--until") from None
    return day + timedelta(days=1)


def first_start(folder: Folder, found: State) -> bool:
    """Loads the scenario into a fresh data directory, or goes on with it; whether that is done for good."""
    console = Console()
    wish = Wish(scenarios.load(FIRST), None, DEFAULT_SEED, None)
    try:
        perform(console, folder, found, wish)
    except CannotPlay as reason:
        console.print(str(reason), style="yellow", soft_wrap=True)
    except (Unreachable, Declined) as failure:
        console.print(f"{failure}. The next start goes on with it.", style="red", soft_wrap=True)
        return False
    return True


def perform(console: Console, folder: Folder, found: State, wish: Wish) -> tuple[Played, Figures]:
    """Raises CannotPlay, Unreachable, Declined."""
    stage = Stage(
        addresses(found),
        keyring.load(folder.secrets)[keyring.DEMO],
        StageClock(folder.clock, wish.speed),
        DISTRICT,
    )
    journal = Journal(folder.root / "scenarios" / f"{wish.scenario.name}.jsonl", wish.seed)
    try:
        return asyncio.run(_perform(console, stage, journal, wish))
    finally:
        journal.close()


async def _perform(console: Console, stage: Stage, journal: Journal, wish: Wish) -> tuple[Played, Figures]:
    staff = Staff.of(stage.district)
    auditor, dispatcher = (staff.holding(role)[0].username for role in ("auditor", "dispatcher"))
    async with Api(stage.urls, stage.password) as api:
        if not stage.clock.begun and (await figures.from_the_log(api, auditor)).cases:
            raise CannotPlay("This data directory holds cases of the present; the story is of the past: --data")
        steps = player.moments(wish.scenario, wish.until)
        with show.progress(console, wish.scenario, len(steps)) as watch:
            played = await player.play(stage, wish.scenario, journal, wish.until, watch)
        counted = await figures.settled(api, auditor, dispatcher)
    if journal.seed != wish.seed:
        console.print(f"It was begun with seed {journal.seed}, which holds.")
    show.report(console, wish.scenario, played)
    if wish.until is None:
        show.compare(console, counted, wish.scenario.expected, wish.scenario.source)
    return played, counted


def addresses(found: State) -> dict[str, str]:
    """Of the services that run."""
    return {entry.name: entry.address for entry in found.entries if entry.name in SERVICES}


def as_told(scenario: Scenario, played: Played, counted: Figures) -> dict[str, Any]:
    """For programs."""
    return {
        "scenario": scenario.name,
        "steps": played.steps,
        "before": played.before,
        "failed": played.failed,
        "figures": counted.as_json(),
        "expected": scenario.expected.model_dump(),
    }
