"""`lianzhi verify`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from deploy.cli import say
from deploy.cli.verdicts import as_json, tell
from services.audit.tree.bundle import verify
from services.audit.tree.check_archive import verify_archive
from services.audit.tree.notes import BadNote, VerifierKey
from services.audit.tree.selection import is_selection, verify_selection
from services.audit.tree.verdict import BadFile, Verdict

WRONG, UNREADABLE = 1, 2
PARQUET = b"PAR1"


def verify_file(
    file: Annotated[
        Path,
        typer.Argument(
            help="A case's bundle (/v1/cases/CODE/bundle), entries with proofs (/v1/log/proofs), or an archive.",
            dir_okay=False,
        ),
    ],
    key: Annotated[list[str] | None, typer.Option(help="A vkey you trust, of the log or of a witness; repeat.")] = None,
    for_programs: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a file of the log offline: signatures, root, a proof for every fact (ends with 1 if anything is wrong)."""
    keys = trusted(key or ())
    try:
        verdict = check(file, keys)
    except FileNotFoundError:
        say.refuse(f"没有这个文件：{file}。", f"There is no file {file}.", UNREADABLE)
    except BadFile as wrong:
        zh = f"{file} 不是案件证明包、附证明的日志条目或者归档文件。"
        say.refuse(zh, f"{file} is no bundle of a case, no entries with proofs and no archive: {wrong}.", UNREADABLE)
    if for_programs:
        typer.echo(orjson.dumps(as_json(verdict)).decode())
    else:
        tell(verdict)
    raise typer.Exit(0 if verdict.holds else WRONG)


def trusted(given: Sequence[str]) -> list[VerifierKey]:
    """Of the option --key."""
    try:
        return [VerifierKey.read(each) for each in given]
    except BadNote as wrong:
        raise say.wrong("不是验证密钥（vkey）。", f"not a verifier key: {wrong}", "--key") from wrong


def check(file: Path, keys: Sequence[VerifierKey]) -> Verdict:
    """Of whatever kind it is. Raises BadFile, OSError."""
    with file.open("rb") as opened:
        if opened.read(len(PARQUET)) == PARQUET:
            return check_archive(file, keys)
        opened.seek(0)
        first = opened.readline()
        opened.seek(0)
        return verify_selection(opened, keys) if is_selection(first) else verify(opened.read(), keys)


def check_archive(file: Path, keys: Sequence[VerifierKey]) -> Verdict:
    """With a bar that shows how far it is. Raises BadFile, OSError."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(file.name, total=None)
        return verify_archive(file, keys, lambda checked, all: progress.update(task, completed=checked, total=all))
