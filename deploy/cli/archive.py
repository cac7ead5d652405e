"""`lianzhi archive`."""

from pathlib import Path
from typing import Annotated

import httpx
import orjson
import typer
from rich.console import Console

from deploy.cli import say
from deploy.cli.archiving import NotArchived, SignedIn, take
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replay import admin_url
from deploy.cli.retention import bring_back, remove
from deploy.cli.token import sign_in
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.embedded.ports import HOST
from deploy.registry import SERVICES

FAILED = 1
_PATIENCE = 60.0


def archive(
    year: Annotated[int, typer.Argument(help="A year that is over, as facts were received in it.")],
    out: Annotated[Path, typer.Option(help="Where the files go, or are: one a month.", file_okay=False)],
    taking: Annotated[
        bool, typer.Option("--remove", help="Take what has ended out of the live log; the files have to be there.")
    ] = False,
    bringing: Annotated[
        bool, typer.Option("--bring-back", help="Put what was taken out back into the live log, from the files.")
    ] = False,
    as_: Annotated[
        str, typer.Option("--as", help="The auditor who does it, with a post for the district.")
    ] = "audit.yan",
    as_json: Annotated[bool, typer.Option("--json", help="The months, for programs.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Write a closed year of the audit log into Parquet files with proofs, and verify them; DuckDB reads them.

    With --remove it leaves the live log: open cases, the tree and its proofs, and what belongs to no case stay. No file
    is ever deleted; --bring-back puts it back.
    """
    if taking and bringing:
        raise say.wrong("--remove 与 --bring-back 只能选一个。", "give --remove or --bring-back, not both")
    folder = Folder(data.absolute())
    run = health.running(folder)
    if run is None:
        say.nothing_runs(folder)
    password = keyring.load(folder.secrets)[keyring.DEMO]
    url = f"http://{HOST}:{run.base + SERVICES['directory']}"
    auth = SignedIn(lambda: str(sign_in(url, as_, password)["access_token"]))
    audit, console = f"http://{HOST}:{run.base + SERVICES['audit']}", Console(stderr=True)
    try:
        out.mkdir(parents=True, exist_ok=True)
        with httpx.Client(base_url=audit, auth=auth, timeout=_PATIENCE, trust_env=False) as client:
            if taking or bringing:
                months = (remove if taking else bring_back)(client, admin_url(folder), year, out, console)
            else:
                months = take(client, year, out, console)
    except NotArchived as wrong:
        say.refuse(wrong.zh, wrong.en, FAILED)
    except (httpx.HTTPError, OSError) as gone:
        say.refuse(f"没有完成（{gone}）；可以重新运行。", f"It was not done: {gone}. Run it again.", FAILED)
    if as_json:
        typer.echo(orjson.dumps(months).decode())
