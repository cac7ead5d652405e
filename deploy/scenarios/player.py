"""Plays a scenario: every step of every matter at its time, in the order of that time."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from deploy.scenarios import reporting, verbs
from deploy.scenarios.calls import Api, Declined
from deploy.scenarios.clock import StageClock
from deploy.scenarios.data import Matter, Scenario
from deploy.scenarios.journal import Journal
from deploy.scenarios.matter import Docket, NothingOpen
from deploy.scenarios.scene import Scene
from deploy.scenarios.staff import Staff


@dataclass(frozen=True)
class Stage:
    """The district that is played in: addresses by service, one password for all, its clock, its files."""

    urls: Mapping[str, str]
    password: str
    clock: StageClock
    district: Path


@dataclass
class Played:
    """`before`: steps that an earlier run has done; `failed`: by matter, which step did not go, and why."""

    steps: int = 0
    before: int = 0
    failed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, order=True)
class Moment:
    """One step in the order of all steps; the matter's place breaks ties."""

    when: datetime
    place: int
    number: int
    matter: Matter = field(compare=False)


Watch = Callable[[Moment], None]


def moments(scenario: Scenario, until: datetime | None = None) -> list[Moment]:
    """All steps up to a time."""
    every = [
        Moment(when, place, number, matter)
        for place, matter in enumerate(scenario.matters)
        for number, when in enumerate(matter.times())
    ]
    return sorted(moment for moment in every if until is None or moment.when < until)


async def play(stage: Stage, scenario: Scenario, journal: Journal, until: datetime | None, watch: Watch) -> Played:
    """A matter that cannot go on is told of and left; the others go on. Raises Unreachable."""
    played, staff = Played(), Staff.of(stage.district)
    dockets = {matter.ref: journal.dockets.get(matter.ref, Docket()) for matter in scenario.matters}
    async with Api(stage.urls, stage.password) as api:
        for moment in moments(scenario, until):
            ref = moment.matter.ref
            if moment.number < dockets[ref].done:
                played.before += 1
            elif ref not in played.failed:
                await stage.clock.until(moment.when)
                scene = Scene(api, staff, scenario.name, moment.matter, moment.number, dockets[ref], dockets)
                await _step(scene, journal, played)
            watch(moment)
    return played


async def _step(scene: Scene, journal: Journal, played: Played) -> None:
    try:
        if scene.number == 0:
            await reporting.report(scene, journal.seed)
        else:
            await verbs.act(scene)
    except (Declined, NothingOpen) as failure:
        what = f"{scene.step.do} by {scene.step.by}" if scene.number else "report"
        played.failed[scene.matter.ref] = f"step {scene.number} ({what}): {failure}"
        return
    scene.docket.done = scene.number + 1
    journal.note(scene.matter.ref, scene.docket)
    played.steps += 1
