"""`lianzhi up`."""

import signal
import subprocess
from typing import Annotated

import psutil
import typer
from rich.console import Console

from deploy.cli import beforehand, first_start, progress, say, sign_ins, table, tail
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.district_yaml import WrongFile
from deploy.embedded import daemon, health, keyring
from deploy.embedded.child import last_lines
from deploy.embedded.environment import DISTRICT, ISSUER
from deploy.embedded.folder import Folder
from deploy.embedded.pidfiles import Recorded
from deploy.embedded.state import Phase, State
from deploy.registry import SERVICES
from deploy.sample_people import to_try

FAILED = 1
STOPPED_WITHIN = 60.0


def up(
    detach: Annotated[bool, typer.Option("--detach", help="Return when everything is ready.")] = False,
    data: Data = DEFAULT_DATA,
    only: Annotated[str, typer.Option(help="Some services, separated by commas.")] = "",
    ports: Annotated[int, typer.Option(envvar="LIANZHI_PORTS", help="The first of the ports.")] = 8100,
    demo: Annotated[bool, typer.Option(help="Load the scenario on the first start.")] = True,
) -> None:
    """Start PostgreSQL, Kafka and the services, and follow what they do until Ctrl-C."""
    console = Console()
    folder = Folder(data.absolute())
    names = chosen(only)
    beforehand.refuse_ports(ports)
    beforehand.refuse_folder(folder)
    if before := running(folder):
        _already(console, folder, before, names)
        return
    if ISSUER in names:
        beforehand.refuse_wrong_files(folder, DISTRICT)
    process = daemon.launch(folder, ports, names, detached=detach)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.default_int_handler)
    try:
        found = _started(console, folder, process, names)
        if demo and found.phase is Phase.READY:
            first_start.load_scenario(folder, found, console)
        if not detach:
            console.print("[dim]Ctrl-C 停止全部服务。 Ctrl-C stops everything.")
            logs = [folder.log(name) for name in ("supervisor", *names)]
            tail.follow(logs, lambda: process.poll() is None, console)
    except KeyboardInterrupt:
        _stop(console, process)
    if process.poll() or found.phase is not Phase.READY:
        raise typer.Exit(FAILED)


def running(folder: Folder) -> State | None:
    """What runs there and is to stay; waits for what is just being stopped."""
    found = health.running(folder)
    if found and found.phase is Phase.STOPPING and (process := Recorded(found.pid, found.created).process()):
        psutil.wait_procs([process], timeout=STOPPED_WITHIN)
        return health.running(folder)
    return found


def chosen(only: str) -> list[str]:
    """The services to start; BadParameter for one that there is not."""
    names = [name.strip() for name in only.split(",") if name.strip()] or list(SERVICES)
    unknown = [name for name in names if name not in SERVICES]
    if unknown:
        raise say.wrong(
            f"没有这样的服务：{'、'.join(unknown)}；有 {'、'.join(SERVICES)}。",
            f"no such service: {', '.join(unknown)}. There are {', '.join(SERVICES)}.",
            "--only",
        )
    return names


def _already(console: Console, folder: Folder, found: State, names: list[str]) -> None:
    """Ends the command with 1 if what is wanted does not all run."""
    zh = f"系统已在 {folder.root} 中运行（pid {found.pid}）。"
    en = f"Already running in {folder.root} (pid {found.pid})."
    console.print(say.both(zh, en), soft_wrap=True, highlight=False)
    _show(console, folder, found)
    missing = [name for name in names if name not in {entry.name for entry in found.entries}]
    if missing:
        say.refuse(
            f"其中没有启动 {'、'.join(missing)}；要一并启动，请先 lianzhi down，再 lianzhi up。",
            f"Not started there: {', '.join(missing)}. To have them too, `lianzhi down` and then `lianzhi up`.",
            FAILED,
        )


def _started(console: Console, folder: Folder, process: "subprocess.Popen[bytes]", names: list[str]) -> State:
    found = progress.follow(folder, process.pid, lambda: process.poll() is None, console)
    if process.poll() == daemon.TAKEN and (other := health.running(folder)):
        _already(console, folder, other, names)
        raise typer.Exit
    if found is None or found.phase is not Phase.READY:
        _explain(console, folder, found)
    if found is None or found.failure:
        process.wait()
        raise typer.Exit(FAILED)
    _show(console, folder, found)
    return found


def _show(console: Console, folder: Folder, found: State) -> None:
    console.print(table.of(folder, health.look(folder, found)))
    try:
        people = to_try(DISTRICT)
    except WrongFile as wrong:
        console.print(say.both(wrong.zh, wrong.en), style="yellow", soft_wrap=True, markup=False, highlight=False)
        return
    if people:
        console.print(sign_ins.as_table(people, keyring.load(folder.secrets)[keyring.DEMO]))


def _explain(console: Console, folder: Folder, found: State | None) -> None:
    if found and found.failure:
        console.print(found.failure, style="red", soft_wrap=True, markup=False, highlight=False)
        return
    for name in ["supervisor"] if found is None else [each.name for each in found.entries if each.restarts]:
        zh, en = (
            f"{name} 无法启动；日志 {folder.log(name)} 的末尾如下。",
            f"{name} does not start. The end of {folder.log(name)}:",
        )
        console.print(say.both(zh, en), style="red", soft_wrap=True, highlight=False)
        for line in last_lines(folder.log(name), 10):
            console.print(f"  {line}", soft_wrap=True, markup=False, highlight=False)


def _stop(console: Console, process: "subprocess.Popen[bytes]") -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with console.status("Stopping"):
        process.send_signal(signal.SIGTERM)
        process.wait()
    console.print("Stopped.")
    raise typer.Exit
