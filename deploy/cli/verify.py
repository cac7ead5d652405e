"""`lianzhi verify`."""

from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated

import orjson
import typer
from rich import box
from rich.console import Console
from rich.table import Table

from deploy.cli import say
from services.audit.paper.claims import digest_of
from services.audit.paper.reading import NoCertificate, differing
from services.audit.tree.bundle import BadBundleFile, Verdict, verify
from services.audit.tree.notes import BadNote, VerifierKey

WRONG, UNREADABLE = 1, 2


def verify_bundle(
    bundle: Annotated[Path, typer.Argument(help="A case's bundle, as /v1/cases/CODE/bundle gives it.", dir_okay=False)],
    key: Annotated[list[str] | None, typer.Option(help="A vkey you trust, of the log or of a witness; repeat.")] = None,
    certificate: Annotated[
        Path | None, typer.Option(help="A printed certificate (PDF): does it speak of this bundle?", dir_okay=False)
    ] = None,
    digest: Annotated[
        str | None, typer.Option(help="The SHA-256 that is printed on one, if only paper is at hand.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Check a case's bundle offline: signatures, root, a proof for every fact (ends with 1 if anything is wrong)."""
    try:
        keys = [VerifierKey.read(each) for each in key or ()]
    except BadNote as wrong:
        raise say.wrong("不是验证密钥（vkey）。", f"not a verifier key: {wrong}", "--key") from wrong
    try:
        raw = bundle.read_bytes()
        verdict = verify(raw, keys)
        _compare(raw, verdict, certificate.read_bytes() if certificate else None, digest)
    except FileNotFoundError as missing:
        say.refuse(f"没有这个文件：{missing.filename}。", f"There is no file {missing.filename}.", UNREADABLE)
    except NoCertificate as wrong:
        say.refuse(f"{certificate} 不是存证证明。", f"{certificate} is no certificate: {wrong}.", UNREADABLE)
    except BadBundleFile as wrong:
        say.refuse(f"{bundle} 不是案件证明包。", f"{bundle} is no bundle of a case: {wrong}.", UNREADABLE)
    if as_json:
        typer.echo(orjson.dumps(_as_json(verdict)).decode())
    else:
        _tell(verdict)
    raise typer.Exit(0 if verdict.holds else WRONG)


def _compare(raw: bytes, verdict: Verdict, page: bytes | None, digest: str | None) -> None:
    """With what is printed; of a bundle that does not hold nothing can be certified anyway. Raises NoCertificate."""
    if digest is not None and "".join(digest.split()).lower() != digest_of(raw):
        verdict.add("--digest", "证明包的 SHA-256 与所给的不一致", "the bundle has another SHA-256 than was given")
    if page is None or not verdict.holds:
        return
    for claim in differing(page, raw):
        zh, en = f"与证明包不符，应为 {claim.said}", f"it is not as the bundle proves it: {claim.said}"
        verdict.add(f"certificate {claim.zh} {claim.en}", zh, en)


def _tell(verdict: Verdict) -> None:
    console = Console()
    if verdict.facts:
        console.print(_facts(verdict))
    for problem in verdict.problems:
        console.print(f"[red]✗[/] {problem.place}: {problem.zh}。{problem.en}.", soft_wrap=True)
    if verdict.checkpoint is not None:
        console.print(f"日志 {verdict.checkpoint.origin}，{verdict.checkpoint.size} 条", soft_wrap=True)
        for key in verdict.signers:
            console.print(f"  签名 signed by {key}", soft_wrap=True)
        for name, time in verdict.witnesses:
            console.print(f"  见证 cosigned by {name} {time:%Y-%m-%d %H:%M:%S}Z", soft_wrap=True)
    if not verdict.pinned:
        console.print(
            say.both(
                "注意：未用 --key 给出您信任的密钥，以上只按包内自带的密钥核对。",
                "Note: without --key, the keys are the bundle's own; compare them with those that the log and the"
                " witness publish.",
            )
        )
    if verdict.holds:
        zh, en = "全部属实：每条事实都在经见证的日志中。", "All holds: every fact is in the log that was witnessed."
        console.print(f"[green]✓[/] {say.both(zh, en)}")


def _facts(verdict: Verdict) -> Table:
    table = Table(title=f"{verdict.code or verdict.case_id}: {len(verdict.facts)}", box=box.SIMPLE, padding=(0, 1))
    for name in ("index", "time", "office: fact", "by"):
        table.add_column(name, no_wrap=name != "by", overflow="fold")
    for fact in verdict.facts:
        _, office, kind, _ = fact.type.split(".", 3)
        time = say.district_time(datetime.fromisoformat(fact.time))
        table.add_row(str(fact.index), time, f"{office}: {kind}", fact.department or fact.actor)
    return table


def _as_json(verdict: Verdict) -> dict[str, object]:
    return {
        "holds": verdict.holds,
        "pinned": verdict.pinned,
        "case_id": verdict.case_id,
        "code": verdict.code,
        "size": verdict.checkpoint.size if verdict.checkpoint else None,
        "signers": verdict.signers,
        "witnesses": [{"name": name, "time": time.isoformat()} for name, time in verdict.witnesses],
        "facts": len(verdict.facts),
        "problems": [asdict(problem) for problem in verdict.problems],
    }
