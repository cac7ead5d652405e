"""`lianzhi replay`."""

import asyncio
import os
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import typer
from rich import box
from rich.console import Console
from rich.json import JSON
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replayed import show_district, show_knowledge
from deploy.embedded import health, keyring
from deploy.embedded.environment import Addresses
from deploy.embedded.folder import Folder
from deploy.embedded.postgres import Postgres
from deploy.registry import SERVICES
from deploy.replay import Report, check, read_case
from deploy.replay.case import ReadCase
from deploy.replay.district import LISTS
from services.audit.district import CHANGES
from services.audit.refusals import CaseArchived, EntriesArchived, MomentArchived
from shared.clocks.zone import DISTRICT_ZONE
from shared.facts.telling import tell
from shared.reference.naming import teller
from shared.refusals.refusals import NotFound

DIFFERENT = 1
ARCHIVED = 4
LOG_KEEPER = "audit"


def replay(
    case: Annotated[str | None, typer.Option(help="A case's code or id: show its facts and state.")] = None,
    at: Annotated[str | None, typer.Option(help="As it was then; RFC 3339, or district time.")] = None,
    check_all: Annotated[bool, typer.Option("--check", help="Rebuild every service from the log and compare.")] = False,
    knew: Annotated[bool, typer.Option("--knew", help="With --case: which office had been told what by then.")] = False,
    since: Annotated[str | None, typer.Option(help="With --at: what has changed in the district since then.")] = None,
    listed: Annotated[
        str | None, typer.Option("--list", help="With --at, the cases behind: cases, handoffs, clocks; opened, moved …")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Replay the log: one case, or the whole district, at a moment; or all against what is live (1 if it differs)."""
    if check_all and (case is not None or at is not None):
        raise say.wrong(
            "--check 比对的是现在的状态，请单独使用。",
            "--check compares what is live now; it goes with neither --case nor --at",
        )
    if not check_all and case is None and at is None:
        raise say.wrong("请给出 --case、--at 或 --check。", "give --case CODE, --at TIME or --check")
    if knew and case is None:
        raise say.wrong("--knew 请与 --case 一起使用。", "--knew goes with --case")
    if listed is not None and listed not in (*LISTS, *(CHANGES if since else ())):
        raise say.wrong(f"可列出：{'、'.join(LISTS)}；有 --since 时还有：{'、'.join(CHANGES)}。",
                        f"there are {', '.join(LISTS)}, and with --since {', '.join(CHANGES)}", "--list")  # fmt: skip
    url = admin_url(Folder(data.absolute()))
    try:
        if check_all:
            _check(url, as_json)
        elif case is not None:
            _case(url, case, _moment(at), (knew, as_json))
        else:
            show_district(url, _moment(at), None if since is None else _moment(since, "--since"), listed, as_json)
    except (CaseArchived, EntriesArchived, MomentArchived) as refusal:
        say.refused(refusal, ARCHIVED)


def admin_url(folder: Folder, log: bool = True) -> str:
    """ADMIN_DATABASE_URL, or of the embedded run in that folder; `log`: audit has to be among what runs."""
    given = os.environ.get("ADMIN_DATABASE_URL")
    if given:
        return given
    run = health.running(folder)
    if run is None:
        say.nothing_runs(
            folder,
            "请先用 lianzhi up 启动，或设置 ADMIN_DATABASE_URL",
            "Start it with `lianzhi up`, or set ADMIN_DATABASE_URL",
        )
    if log and LOG_KEEPER not in {entry.name for entry in run.entries}:
        say.refuse(
            "audit 服务没有启动，没有日志可供核对；请先 lianzhi down，再 lianzhi up。",
            "audit was not started, so there is no log to compare with: `lianzhi down` and then `lianzhi up`.",
            say.NOT_RUNNING,
        )
    password = keyring.load(folder.secrets)[keyring.SUPERUSER]
    return Postgres(folder.root, Addresses(run.base, SERVICES).postgres, password).url()


def _moment(at: str | None, option: str = "--at") -> datetime:
    if at is None:
        return datetime.max.replace(tzinfo=UTC)
    try:
        moment = datetime.fromisoformat(at)
    except ValueError as problem:
        raise say.wrong(
            "时间应如 2021-05-03T14:00:00+08:00。", "not a time like 2021-05-03T14:00:00+08:00", option
        ) from problem
    return moment if moment.tzinfo else moment.replace(tzinfo=DISTRICT_ZONE)


def _case(url: str, wanted: str, at: datetime, how: tuple[bool, bool]) -> None:
    """`how`: with who knew what; for programs."""
    knew, as_json = how
    try:
        found = asyncio.run(read_case(url, wanted, at, knew))
    except NotFound as refusal:
        typer.echo(str(refusal), err=True)
        raise typer.Exit(DIFFERENT) from None
    if as_json:
        typer.echo(orjson.dumps(_case_as_json(found)).decode())
        return
    console = Console()
    if not found.facts:
        begun = say.district_time(found.begun) if found.begun else "–"
        console.print(f"{found.case.code or found.case.id} had not begun then: its first fact is of {begun}.")
        return
    console.print(_facts_table(found))
    if found.known is not None:
        show_knowledge(console, found.known, found.names)
    for folded in found.states if not knew else ():
        console.print(
            f"[bold]{folded.source} {folded.aggregate} {folded.id}[/] version {folded.version}", soft_wrap=True
        )
        if folded.problem:
            console.print(folded.problem)
        if folded.state is not None:
            console.print(JSON(folded.state.model_dump_json(exclude_defaults=True)))


def _facts_table(found: ReadCase) -> Table:
    """Wrapped where the screen is narrow, never cut."""
    table = Table(title=f"{found.case.code or found.case.id}: {len(found.facts)} facts", box=box.SIMPLE, padding=(0, 1))
    table.add_column("time", no_wrap=True)
    table.add_column("office: fact", no_wrap=True)
    table.add_column("by", overflow="fold")
    table.add_column("told", overflow="fold")
    by = teller(found.reference, "zh", found.facts[-1]["time"])
    for fact in found.facts:
        _, office, kind, _ = fact["type"].split(".", 3)
        told = tell(fact["type"], orjson.loads(fact["value"]), fact["time"], by) or ""
        table.add_row(say.district_time(fact["time"]), f"{office}: {kind}", _who(found, fact), escape(told))
    return table


def _who(found: ReadCase, fact: Any) -> str:
    by = [_name(found, fact["actor"]), *([_name(found, fact["department"])] if fact["department"] else [])]
    return ", ".join(by)


def _name(found: ReadCase, code: str) -> str:
    """Of a service its own; of somebody whose name is not kept here the beginning of the id."""
    if code.startswith("service:"):
        return code
    return found.names.get(code, code[:8] if code.count("-") == 4 else code)


def _case_as_json(found: ReadCase) -> dict[str, Any]:
    hidden = {"value", "reached", "arrived"}
    facts = [
        {
            **{name: value for name, value in fact.items() if name not in hidden},
            "data": orjson.loads(fact["value"]),
        }
        for fact in found.facts
    ]
    states = [
        {
            "source": folded.source,
            "aggregate": folded.aggregate,
            "id": folded.id,
            "version": folded.version,
            "problem": folded.problem,
            "state": None if folded.state is None else folded.state.model_dump(mode="json"),
        }
        for folded in found.states
    ]
    offices = [] if found.known is None else found.known.offices
    known = {"offices": [{**asdict(office), "heard": list(office.heard.values())} for office in offices]}
    return {"case_id": found.case.id, "code": found.case.code, "facts": facts, "states": states, **known}


def _check(url: str, as_json: bool) -> None:
    if as_json:
        report = asyncio.run(check(url))
        typer.echo(orjson.dumps(report.as_json()).decode())
    else:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            report = asyncio.run(check(url, progress=_advancing(progress)))
        _tell(report)
    raise typer.Exit(0 if report.clean else DIFFERENT)


def _advancing(progress: Progress) -> Callable[[str, int, int], None]:
    tasks: dict[str, TaskID] = {}

    def advance(name: str, read: int, total: int) -> None:
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=total)
        progress.update(tasks[name], advance=read, total=total)

    return advance


def _tell(report: Report) -> None:
    console = Console()
    table = Table(
        "service", "facts", "aggregates", "other rows", "reference", title="Rebuilt from the log and compared"
    )
    for name, tally in report.services.items():
        table.add_row(name, *map(str, (tally.facts, tally.aggregates, tally.rows, tally.reference)))
    console.print(table)
    _tell_kept(console, report)
    for gap in report.missing:
        console.print(f"[red]not in the log[/] {gap.source} positions {gap.first} to {gap.last}")
    for found in report.differences:
        console.print(f"[red]{found.kind}[/] {found.service}.{found.table} {found.id} {found.field or ''}")
    if report.omitted:
        console.print(f"… and {report.omitted} more")
    verdict = "no difference" if report.clean else "there are differences"
    console.print(f"{report.facts} facts in {report.seconds:.1f} s: {verdict}")


def _tell_kept(console: Console, report: Report) -> None:
    """What no log could give again is said, not left out."""
    kept = {
        f"{name}.{table}": each
        for name, tally in report.services.items()
        for table, each in tally.kept.items()
        if table != "contents"
    }
    console.print("Kept by the owner, not in the log (compared as far as facts speak of it):")
    console.print(
        "  every service's contents: what people wrote and attached; each that a fact names is there, unaltered"
    )
    for place, each in kept.items():
        console.print(f"  {place}: {each.why}", soft_wrap=True)
