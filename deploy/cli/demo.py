"""`lianzhi demo`, and the scenario that a fresh data directory is filled with."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import typer
from rich.console import Console

from deploy.cli import say
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

FAILED, PLAYING = 1, 4
LOCK = "demo.lock"
READY_WITHIN, POLL = 60.0, 0.5
"""Seconds."""
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
        say.nothing_runs(folder)
    console = Console(stderr=as_json)
    try:
        played, counted = perform(console, folder, found, wish)
    except CannotPlay as reason:
        say.refuse(reason.zh, reason.en, reason.code)
    except (Unreachable, Declined) as failure:
        say.refuse(
            f"场景中断（{failure}）；再次运行会从停下处继续。",
            f"The story was interrupted ({failure}). Run it again: it goes on where it stopped.",
            FAILED,
        )
    if as_json:
        typer.echo(json.dumps(as_told(wish.scenario, played, counted), ensure_ascii=False))
    differs = wish.until is None and bool(counted.differences(wish.scenario.expected))
    if played.failed or differs:
        raise typer.Exit(FAILED)


class CannotPlay(Exception):
    """Told to the person at the terminal; `later`: it may be played another time."""

    def __init__(self, zh: str, en: str, code: int, *, later: bool) -> None:
        super().__init__(en)
        self.zh, self.en, self.code, self.later = zh, en, code, later


def chosen(name: str) -> Scenario:
    """BadParameter for one that there is not."""
    if name not in scenarios.available():
        names = ", ".join(scenarios.available())
        raise say.wrong(f"没有这个场景；有：{names}。", f"no such scenario. There are: {names}")
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
        raise say.wrong("应为大于 0 的数，或 max。", "a number above 0, or max", "--speed")
    return speed


def day_after(text: str) -> datetime | None:
    """The first moment that is too late, by the district's time."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").replace(tzinfo=DISTRICT_ZONE)
    except ValueError:
        raise say.wrong("日期应如 2021-03-01。", "YYYY-MM-DD", "--until") from None
    return day + timedelta(days=1)


def first_start(folder: Folder, found: State, console: Console) -> bool:
    """Loads the scenario into a fresh data directory, or goes on with it; whether that is done for good."""
    wish = Wish(scenarios.load(FIRST), None, DEFAULT_SEED, None)
    try:
        perform(console, folder, found, wish)
    except CannotPlay as reason:
        console.print(say.both(reason.zh, reason.en), style="yellow", soft_wrap=True, highlight=False)
        return not reason.later
    except (Unreachable, Declined) as failure:
        zh, en = f"场景中断（{failure}）；下次启动时继续。", f"{failure}. The next start goes on with it."
        console.print(say.both(zh, en), style="red", soft_wrap=True, markup=False, highlight=False)
        return False
    return True


def perform(console: Console, folder: Folder, found: State, wish: Wish) -> tuple[Played, Figures]:
    """Raises CannotPlay, Unreachable, Declined."""
    refuse_without_services(found)
    with alone(folder):
        wait_until_ready(folder, found)
        return _perform_alone(console, folder, found, wish)


def refuse_without_services(found: State) -> None:
    """CannotPlay if a service was left out: every office of the district has its part in the story."""
    missing = [name for name in SERVICES if name not in addresses(found)]
    if missing:
        raise CannotPlay(
            f"场景没有播放：它需要的服务没有启动（{'、'.join(missing)}）。",
            f"The story is not played: services that it needs were not started ({', '.join(missing)}).",
            say.NOT_RUNNING,
            later=True,
        )


def wait_until_ready(folder: Folder, found: State) -> None:
    """CannotPlay if a service does not get ready: what it has not heard in time would happen at a later hour."""
    deadline = time.monotonic() + READY_WITHIN
    while not health.all_ready(seen := health.look(folder, found)):
        if time.monotonic() > deadline:
            names = [each.name for each in seen if not each.ready]
            raise CannotPlay(
                f"场景没有播放：这些服务没有就绪({'、'.join(names)});请看 lianzhi status。",
                f"The story is not played: these services are not ready ({', '.join(names)}). See `lianzhi status`.",
                FAILED,
                later=True,
            )
        time.sleep(POLL)
        found = health.running(folder) or found


@contextmanager
def alone(folder: Folder) -> Iterator[None]:
    """CannotPlay while another plays in this data directory: they would move the same clock."""
    lock = folder.take(LOCK)
    if lock is None:
        raise CannotPlay(
            f"{folder.root} 中已有一个场景正在播放；请等它结束。",
            f"A story is playing in {folder.root} already. Wait until it has ended.",
            PLAYING,
            later=True,
        )
    try:
        yield
    finally:
        os.close(lock)


def _perform_alone(console: Console, folder: Folder, found: State, wish: Wish) -> tuple[Played, Figures]:
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
    readers = figures.Readers(*(staff.holding(role)[0].username for role in ("auditor", "dispatcher")))
    async with Api(stage.urls, stage.password) as api:
        if not stage.clock.begun:
            await _refuse_later_reports(api, readers, wish.scenario.begin)
        steps = player.moments(wish.scenario, wish.until)
        with show.progress(console, wish.scenario, len(steps)) as watch:
            played = await player.play(stage, wish.scenario, journal, wish.until, watch)
        counted = await figures.settled(api, readers, figures.Own.of(journal.dockets.values()))
    if journal.seed != wish.seed:
        console.print(f"It was begun with seed {journal.seed}, which holds.")
    show.report(console, wish.scenario, played)
    if wish.until is None:
        show.compare(console, counted, wish.scenario.expected, wish.scenario.source)
    return played, counted


async def _refuse_later_reports(api: Api, readers: figures.Readers, begin: datetime) -> None:
    """CannotPlay if somebody has reported since: the clock would be set back before what is recorded."""
    if await figures.reported_since(api, readers, begin):
        raise CannotPlay(
            "这个数据目录里已有近期的登记，而场景发生在过去，时钟不能拨回；请用 --data 另选目录。",
            "This data directory holds reports of a later time than the story's, and the clock is never set back:"
            " choose another with --data.",
            FAILED,
            later=False,
        )


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
