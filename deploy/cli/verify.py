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
from services.audit.paper.claims import digest_of
from services.audit.paper.reading import NoCertificate, differing
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
    certificate: Annotated[
        Path | None, typer.Option(help="A printed certificate (PDF): does it speak of this bundle?", dir_okay=False)
    ] = None,
    digest: Annotated[
        str | None, typer.Option(help="The SHA-256 that is printed on one, if only paper is at hand.")
    ] = None,
    for_programs: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a file of the log offline: signatures, root, a proof for every fact (ends with 1 if anything is wrong)."""
    keys = trusted(key or ())
    try:
        verdict = check(file, keys)
        if certificate is not None or digest is not None:
            _compare(file.read_bytes(), verdict, certificate.read_bytes() if certificate else None, digest)
    except FileNotFoundError as missing:
        say.refuse(f"没有这个文件：{missing.filename}。", f"There is no file {missing.filename}.", UNREADABLE)
    except NoCertificate as wrong:
        say.refuse(f"{certificate} 不是存证证明。", f"{certificate} is no certificate: {wrong}.", UNREADABLE)
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


def _compare(raw: bytes, verdict: Verdict, page: bytes | None, digest: str | None) -> None:
    """With what is printed; of a bundle that does not hold nothing can be certified anyway. Raises NoCertificate."""
    if digest is not None and "".join(digest.split()).lower() != digest_of(raw):
        verdict.add("--digest", "证明包的 SHA-256 与所给的不一致", "the bundle has another SHA-256 than was given")
    if page is None or not verdict.holds:
        return
    for claim in differing(page, raw):
        zh, en = f"与证明包不符，应为 {claim.said}", f"it is not as the bundle proves it: {claim.said}"
        verdict.add(f"certificate {claim.zh} {claim.en}", zh, en)


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
