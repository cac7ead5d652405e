"""`lianzhi token`."""

import json
from typing import Annotated, Any

import httpx
import typer

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.embedded import health, keyring
from deploy.embedded.folder import Folder
from deploy.embedded.ports import HOST
from deploy.registry import SERVICES

FAILED = 1
SYSTEM_PREFIX = "system."


def token(
    who: Annotated[str, typer.Option("--as", help="A user name or a system client of the district.")],
    data: Data = DEFAULT_DATA,
    as_json: Annotated[bool, typer.Option("--json", help="The whole answer, for programs.")] = False,
) -> None:
    """Sign in as somebody of the demonstration district and print their access token."""
    folder = Folder(data.absolute())
    found = health.running(folder)
    if found is None:
        say.nothing_runs(folder)
    url = f"http://{HOST}:{found.base + SERVICES['directory']}"
    answer = sign_in(url, who, keyring.load(folder.secrets)[keyring.DEMO])
    typer.echo(json.dumps(answer) if as_json else answer["access_token"])


def sign_in(url: str, who: str, password: str) -> dict[str, Any]:
    """What the token endpoint of `directory` answers; Exit after saying why not."""
    if who.startswith(SYSTEM_PREFIX):
        form = {"grant_type": "client_credentials", "client_id": who, "client_secret": password}
    else:
        form = {"grant_type": "password", "username": who, "password": password}
    try:
        response = httpx.post(f"{url}/v1/token", data=form, timeout=10, trust_env=False)
        answer: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError) as error:
        why = type(error).__name__
        say.refuse(f"{url} 没有应答（{why}）。", f"{url} does not answer: {why}", FAILED)
    if response.is_error:
        why = answer.get("error_description", response.status_code)
        zh = f"未能取得 {who} 的令牌：用户名或密码不对，或系统拒绝（{why}）。"
        say.refuse(zh, f"No token for {who}: {why}", FAILED)
    return answer
