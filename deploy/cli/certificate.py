"""`lianzhi certificate`."""

from pathlib import Path
from typing import Annotated

import httpx
import typer

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.token import sign_in
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.embedded.ports import HOST
from deploy.registry import SERVICES

FAILED = 1


def certificate(
    case: Annotated[str, typer.Argument(help="A case's code or id.")],
    who: Annotated[str, typer.Option("--as", help="An auditor or a supervisor of the district.")] = "audit.yan",
    out: Annotated[Path, typer.Option(help="The folder for both files.", file_okay=False)] = Path(),
    data: Data = DEFAULT_DATA,
) -> None:
    """Have it certified what the log holds of a case: a page to print (PDF) and the bundle of proofs it speaks of."""
    folder = Folder(data.absolute())
    found = health.running(folder)
    if found is None:
        say.nothing_runs(folder)
    password = keyring.load(folder.secrets)[keyring.DEMO]
    token = sign_in(f"http://{HOST}:{found.base + SERVICES['directory']}", who, password)["access_token"]
    audit = f"http://{HOST}:{found.base + SERVICES['audit']}"
    with httpx.Client(
        headers={"Authorization": f"Bearer {token}", "Accept-Language": "en"}, timeout=60, trust_env=False
    ) as client:
        page = _got(client, f"{audit}/v1/cases/{case}/certificate")
        number = page.headers["certificate-number"]
        bundle = _got(client, f"{audit}/v1/certificates/{number}/bundle")
    out.mkdir(parents=True, exist_ok=True)
    for answer in (page, bundle):
        file = out / answer.headers["content-disposition"].partition('filename="')[2].rstrip('"')
        file.write_bytes(answer.content)
        typer.echo(file)


def _got(client: httpx.Client, url: str) -> httpx.Response:
    """Ends the command with what the service says."""
    try:
        answer = client.get(url)
    except httpx.HTTPError as error:
        why = type(error).__name__
        say.refuse(f"{url} 没有应答（{why}）。", f"{url} does not answer: {why}", FAILED)
    if answer.is_error:
        say.refuse(f"未能出具：{answer.status_code}。", f"Not to be had: {answer.json()['title']}.", FAILED)
    return answer
