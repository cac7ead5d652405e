"""A closed year of the log: archived by the service, taken from it, and verified here."""

import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from deploy.cli.verify import check_archive
from services.audit.log.archiving import measure
from services.audit.tree.label import file_name

_LOOK_EVERY = 0.3


class NotArchived(Exception):
    """Why, in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


class SignedIn(httpx.Auth):
    """With a new token whenever the last has expired."""

    def __init__(self, renew: Callable[[], str]) -> None:
        self._renew, self._token = renew, renew()

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token}"
        response = yield request
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._token = self._renew()
            request.headers["Authorization"] = f"Bearer {self._token}"
            yield request


def take(client: httpx.Client, year: int, out: Path, console: Console) -> list[dict[str, Any]]:
    """Archived by the service, taken from it, and verified here. Raises NotArchived, httpx.HTTPError, OSError."""
    refused(client.post(f"/v1/archives/{year}"))
    follow(client, console)
    months = months_of(client, year)
    for month in months:
        file = out / file_name(month["month"])
        _download(client, month, file)
        verdict = check_archive(file, ())
        if not verdict.holds:
            problem = verdict.problems[0]
            raise NotArchived(f"{file}：{problem.zh}", f"{file}: {problem.place}: {problem.en}")
        console.print(f"[green]✓[/] {file} {month['entries']} {month['sha256']}", soft_wrap=True, highlight=False)
    return months


def follow(client: httpx.Client, console: Console) -> None:
    """Until it is done. Raises NotArchived."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("archive", total=None)
        while (told := refused(client.get("/v1/archives", params={"limit": 1})).json())["running"]:
            _advance(progress, task, told)
            time.sleep(_LOOK_EVERY)
    if told["problem"]:
        raise NotArchived(f"归档失败：{told['problem']}", f"It was not archived: {told['problem']}.")


def _advance(progress: Progress, task: TaskID, told: dict[str, Any]) -> None:
    progress.update(task, completed=told["done"], total=told["total"])


def months_of(client: httpx.Client, year: int) -> list[dict[str, Any]]:
    """All of that year, the first one first."""
    found: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = refused(client.get("/v1/archives", params={"cursor": cursor} if cursor else {})).json()
        found += [item for item in page["items"] if item["month"].startswith(f"{year:04}-")]
        cursor = page["next"]
        if cursor is None or page["items"][-1]["month"] < f"{year:04}":
            return found[::-1]


def _download(client: httpx.Client, month: dict[str, Any], file: Path) -> None:
    """Raises NotArchived when it is not the file that was recorded."""
    draft = file.with_name(f".{file.name}")
    try:
        with client.stream("GET", f"/v1/archives/{month['month']}/file") as response, draft.open("wb") as writing:
            if response.is_error:
                response.read()
            refused(response)
            for part in response.iter_bytes():
                writing.write(part)
        if measure(draft) != (month["length"], month["sha256"]):
            raise NotArchived(f"{file} 与所记录的校验和不符。", f"{file} is not the file that was recorded.")
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def refused(response: httpx.Response) -> httpx.Response:
    """Raises NotArchived with what the service says."""
    if not response.is_error:
        return response
    try:
        title = response.json()["title"]
    except (ValueError, KeyError):
        title = response.reason_phrase
    raise NotArchived(f"归档没有完成：{title}", f"It was not archived: {response.status_code} {title}")
