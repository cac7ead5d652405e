"""`lianzhi whatif`."""

import asyncio
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replay import ARCHIVED, admin_url
from deploy.district_files import EntryFile, read_entries
from deploy.district_yaml import WrongFile
from deploy.embedded.folder import Folder
from deploy.whatif import (
    ClockTried,
    Past,
    RulesTried,
    WorkflowsTried,
    read_past,
    try_clock,
    try_rules,
    try_workflows,
)
from deploy.whatif.clocks import Held, Run
from deploy.whatif.rules import Way
from services.audit.refusals import MomentArchived
from shared.clocks.rule import ClockRule
from shared.clocks.zone import DISTRICT_ZONE
from shared.reference.reference import Version

ALWAYS = date(1949, 10, 1)
FILE = {"exists": True, "dir_okay": False, "readable": True}


def whatif(
    clock: Annotated[Path | None, typer.Option(help="Clocks to try, as in the district's clocks.yaml.", **FILE)] = None,
    rule: Annotated[Path | None, typer.Option(help="Rules to try, as in its catalogue.yaml.", **FILE)] = None,
    workflow: Annotated[Path | None, typer.Option(help="Versions to try, as in its workflows.yaml.", **FILE)] = None,
    begin: Annotated[datetime | None, typer.Option("--from", help="First day.", formats=["%Y-%m-%d"])] = None,
    end: Annotated[datetime | None, typer.Option("--to", help="Last day.", formats=["%Y-%m-%d"])] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Try a clock, a rule or a version of the procedures on the cases opened on these days. Nothing is changed."""
    given = [each for each in ((clock, "clock", "id"), (rule, "rule", "rule"), (workflow, "workflow", "id")) if each[0]]
    if len(given) != 1:
        zh, en = "请给出 --clock、--rule、--workflow 之一。", "give one of --clock FILE, --rule FILE, --workflow FILE"
        raise say.wrong(zh, en)
    (file, kind, key), days = given[0], (begin.date() if begin else None, end.date() if end else None)
    try:
        entries = list(read_entries(file or Path(), kind, key))
    except WrongFile as problem:
        raise say.wrong(problem.zh, problem.en) from None
    try:
        past = asyncio.run(read_past(admin_url(Folder(data.absolute())), *days))
    except MomentArchived as refusal:
        say.refused(refusal, ARCHIVED)
    if kind == "clock":
        _clocks([try_clock(past, _clock(entry)) for entry in entries], past, as_json)
    elif kind == "rule":
        _rules(try_rules(past, [_entry(entry) for entry in entries]), past, as_json)
    else:
        _workflows(try_workflows(past, [_entry(entry) for entry in entries]), as_json)


def _clock(entry: EntryFile) -> ClockRule:
    """Its newest version."""
    return ClockRule.model_validate(entry.versions[-1].data(ALWAYS)["rule"])


def _entry(entry: EntryFile) -> Version:
    return Version(entry.code, ALWAYS, None, entry.versions[-1].data(ALWAYS))


def _clocks(tried: Sequence[ClockTried], past: Past, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps({"cases": len(past.cases), "clocks": [each.as_json() for each in tried]}).decode())
        return
    for each in tried:
        tell_clock(Console(), each, len(past.cases))


def tell_clock(console: Console, tried: ClockTried, cases: int) -> None:
    if not tried.known:
        console.print(f"{tried.clock}: no case of these had it, and no fact of theirs starts it.")
        return
    table = _table(f"{tried.clock}: {len(tried.runs)} runs in {cases} cases", "answerable", "late", "was late")
    late, was = tried.late(), tried.was_late()
    for unit in sorted({*late, *was}):
        table.add_row(unit, str(late[unit]), str(was[unit]))
    console.print(table)
    differing = tried.differing()
    table = _table(f"{len(differing)} differ", "case", "answerable", "held by", "end", "was", "days", "late")
    for run in differing:
        moved = f"{run.moved / timedelta(days=1):+.2f}" if run.moved is not None else "–"
        ends = [_day(run.end), _day(run.was) if run.was else "–"]
        table.add_row(run.code, run.answerable, _held(run.held), *ends, moved, _charged(run))
    console.print(table)


def _rules(tried: RulesTried, past: Past, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(tried.as_json()).decode())
        return
    for title, found in (("would have gone elsewhere", tried.elsewhere()), ("no single answer", tried.unanswered())):
        table = _table(f"{len(found)} of {len(tried.routed)} cases: {title}", "case", "was", "now")
        for each in found:
            table.add_row(each.code, _way(each.was), _way(each.now))
        Console().print(table)


def _workflows(tried: WorkflowsTried, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(tried.as_json()).decode())
        return
    differing = tried.differing()
    table = _table(f"{len(differing)} of {len(tried.pinned)} cases: another version", "case", "was", "now")
    for each in differing:
        table.add_row(each.code, str(each.was), str(each.now))
    Console().print(table)
    table = _table("facts of these that come of other rows, or of none", "fact", "how many")
    for name, count in sorted(tried.otherwise().items()):
        table.add_row(name, str(count))
    Console().print(table)


def _table(title: str, *columns: str) -> Table:
    table = Table(title=title, box=box.SIMPLE, padding=(0, 1))
    for place, column in enumerate(columns):
        table.add_column(column, overflow="fold", no_wrap=not place)
    return table


def _way(way: Way) -> str:
    return ", ".join(way.departments) or f"({way.why})"


def _held(held: Sequence[Held]) -> str:
    """One after the other, where a transfer handed it on: who had it when its end came is late, nobody else."""
    if len(held) == 1:
        return "–"
    return "\n".join(f"{each.unit} {_day(each.since)} – {_day(each.until) if each.until else ''}" for each in held)


def _charged(run: Run) -> str:
    """With whom, where the other end would have come with another."""
    was, now = _yes(run.was_late), _yes(run.late)
    if run.was_answerable in (None, run.answerable):
        return f"{was} → {now}"
    return f"{was} ({run.was_answerable}) → {now} ({run.answerable})"


def _day(moment: datetime) -> str:
    return moment.astimezone(DISTRICT_ZONE).strftime("%Y-%m-%d %H:%M")


def _yes(late: Any) -> str:
    return "late" if late else "in time"
