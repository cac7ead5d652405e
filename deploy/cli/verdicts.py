"""What `lianzhi verify` found, as people read it and as programs do."""

from dataclasses import asdict
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table

from deploy.cli import say
from services.audit.tree.bundle import CaseVerdict
from services.audit.tree.check_archive import ArchiveVerdict
from services.audit.tree.selection import SelectionVerdict
from services.audit.tree.verdict import Verdict


def tell(verdict: Verdict) -> None:
    """At the terminal."""
    console = Console()
    if isinstance(verdict, CaseVerdict) and verdict.facts:
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
                "注意：未用 --key 给出您信任的密钥，以上只按文件自带的密钥核对。",
                "Note: without --key, the keys are the file's own; compare them with those that the log and the"
                " witness publish.",
            )
        )
    if verdict.holds:
        console.print(f"[green]✓[/] {say.both(*_all_holds(verdict))}")


def _all_holds(verdict: Verdict) -> tuple[str, str]:
    if isinstance(verdict, ArchiveVerdict):
        label = verdict.label
        return (
            f"全部属实：{label.month} 的归档共 {verdict.rows} 条（{label.first}–{label.behind - 1}），"
            "与经见证的日志逐条一致，无遗漏。",
            f"All holds: the archive of {label.month} has all {verdict.rows} entries, {label.first}–{label.behind - 1},"
            " of the log that was witnessed, and nothing else.",
        )
    if isinstance(verdict, SelectionVerdict):
        hidden = verdict.withheld
        return (
            f"全部属实：{verdict.entries} 条都在经见证的日志中（其中 {hidden} 条不提供内容）。",
            f"All holds: {verdict.entries} entries, {hidden} of them without their content, are in the log that was"
            " witnessed.",
        )
    return "全部属实：每条事实都在经见证的日志中。", "All holds: every fact is in the log that was witnessed."


def _facts(verdict: CaseVerdict) -> Table:
    table = Table(title=f"{verdict.code or verdict.case_id}: {len(verdict.facts)}", box=box.SIMPLE, padding=(0, 1))
    for name in ("index", "time", "office: fact", "by"):
        table.add_column(name, no_wrap=name != "by", overflow="fold")
    for fact in verdict.facts:
        _, office, kind, _ = fact.type.split(".", 3)
        time = say.district_time(datetime.fromisoformat(fact.time))
        table.add_row(str(fact.index), time, f"{office}: {kind}", fact.department or fact.actor)
    return table


def as_json(verdict: Verdict) -> dict[str, object]:
    """For programs."""
    return {
        "holds": verdict.holds,
        "pinned": verdict.pinned,
        "size": verdict.checkpoint.size if verdict.checkpoint else None,
        "signers": verdict.signers,
        "witnesses": [{"name": name, "time": time.isoformat()} for name, time in verdict.witnesses],
        **_of_its_kind(verdict),
        "problems": [asdict(problem) for problem in verdict.problems],
    }


def _of_its_kind(verdict: Verdict) -> dict[str, object]:
    if isinstance(verdict, ArchiveVerdict):
        label = verdict.label
        return {"month": label.month, "first": label.first, "behind": label.behind, "entries": verdict.rows}
    if isinstance(verdict, SelectionVerdict):
        return {"entries": verdict.entries, "withheld": verdict.withheld}
    assert isinstance(verdict, CaseVerdict)
    return {"case_id": verdict.case_id, "code": verdict.code, "facts": len(verdict.facts)}
