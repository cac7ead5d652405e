"""`lianzhi rotate-key`."""

import asyncio
import time
from typing import Annotated

import asyncpg
import typer

from deploy.cli import say
from deploy.cli.options import DEFAULT_DATA, Data
from deploy.cli.replay import admin_url
from deploy.embedded import health, keyring
from deploy.embedded.again import NotAgain, start_again
from deploy.embedded.environment import KEEPER
from deploy.embedded.folder import Folder
from deploy.log_keys import LOG, ORIGIN, LogSecrets
from deploy.registry import SERVICES
from deploy.witness.held import copies
from services.audit.tree.notes import Note, VerifierKey

FAILED = 1
WITNESS = "witness"
RECEIVED_WITHIN = 60.0
"""Seconds in which audit has to have all that was signed with the old key."""


def rotate_key(
    whose: Annotated[str, typer.Argument(help="`log`: the audit log's own key; or a service, whose facts it signs.")],
    finish: Annotated[bool, typer.Option("--finish", help="End the overlap: the old key counts no more.")] = False,
    lost: Annotated[bool, typer.Option("--lost", help="The old key is lost or stolen: no overlap.")] = False,
    data: Data = DEFAULT_DATA,
) -> None:
    """Replace a signing key without stopping the rest: first both keys are in use, after --finish the new one alone."""
    folder = Folder(data.absolute())
    if whose not in (LOG, *SERVICES):
        raise say.wrong(
            f"应为 log 或者服务：{'、'.join(SERVICES)}。", f"log, or one of {', '.join(SERVICES)}.", "WHOSE"
        )
    if finish and lost:
        raise say.wrong("丢失的密钥没有并用期。", "a lost key has no overlap.", "--finish")
    keyring.load(folder.secrets, SERVICES)
    _finish(folder, whose) if finish else _begin(folder, whose, lost)


def _begin(folder: Folder, whose: str, lost: bool) -> None:
    try:
        keyring.replace(folder.secrets, whose, lost=lost)
    except keyring.StillReplacing:
        say.refuse(
            "上一次更换尚未结束，请先运行 --finish。",
            "The key is being replaced already: run it with --finish first.",
            FAILED,
        )
    _start_again(folder, (WITNESS, KEEPER) if whose == LOG else (KEEPER, whose))
    typer.echo(_key(folder, whose))
    if lost:
        typer.echo(say.both("旧密钥已不再使用。", "The old key is not used any more."))
    else:
        zh = f"新旧密钥现在并用；各方换用新密钥后，请运行 lianzhi rotate-key {whose} --finish。"
        en = f"Both keys are in use; once everybody has the new one: `lianzhi rotate-key {whose} --finish`."
        typer.echo(say.both(zh, en))


def _finish(folder: Folder, whose: str) -> None:
    if whose not in keyring.before(keyring.load(folder.secrets)):
        say.refuse("没有正在更换的密钥。", "No key is being replaced.", FAILED)
    _refuse_early(folder, whose)
    keyring.finish(folder.secrets, whose)
    _start_again(folder, (KEEPER, WITNESS) if whose == LOG else (KEEPER,))
    typer.echo(say.both("只有新密钥有效。", "Only the new key counts now."))


def _refuse_early(folder: Folder, whose: str) -> None:
    """What depends on the new key has to know it, and what the old one signed has to have come."""
    if whose == LOG and not _is_admitted(folder):
        say.refuse(
            "见证方还没有收到用新密钥签名的检查点。",
            "The witness has yet to see a checkpoint that the new key signs.",
            FAILED,
        )
    if whose != LOG and health.running(folder) and not asyncio.run(_all_came(admin_url(folder), whose)):
        say.refuse(
            f"audit 还没有收到 {whose} 用旧密钥签名的全部事实。",
            f"audit has yet to receive all facts that {whose} signed with the old key.",
            FAILED,
        )


def _is_admitted(folder: Folder) -> bool:
    """A witness keeps of a checkpoint the signatures of those keys that it knows."""
    new = VerifierKey.read(_key(folder, LOG))
    held = [copy for copy in copies(folder.witness) if (copy.folder / "checkpoint").is_file()]
    notes = [Note.read((copy.folder / "checkpoint").read_text(encoding="utf-8")) for copy in held]
    ours = [note for note in notes if note.text.startswith(f"{ORIGIN}\n")]
    return any((each.name, each.id) == (new.name, new.id) for note in ours for each in note.signatures)


async def _all_came(url: str, service: str) -> bool:
    connection = await asyncpg.connect(url)
    try:
        told = await connection.fetchval(f"SELECT position FROM {service}.sealing")
        until = time.monotonic() + RECEIVED_WITHIN
        count = (
            "SELECT (SELECT count(*) FROM audit.entries WHERE source = $1 AND position <= $2)"
            " + (SELECT count(*) FROM audit.archived_entries WHERE source = $1 AND position <= $2)"
        )
        while (came := await connection.fetchval(count, f"/services/{service}", told)) < told:
            if time.monotonic() > until:
                return False
            await asyncio.sleep(1)
        return bool(came == told)
    finally:
        await connection.close()


def _key(folder: Folder, whose: str) -> str:
    """The public one that stays."""
    secrets = keyring.load(folder.secrets)
    if whose == LOG:
        known = LogSecrets(secrets[keyring.LOG], secrets[keyring.WITNESS], secrets[keyring.MIRROR], {})
        [key] = known.logs()[ORIGIN]
    else:
        [key] = LogSecrets("", "", "", {whose: secrets[f"sign:{whose}"]}).fact_keys()
    return str(key)


def _start_again(folder: Folder, names: tuple[str, ...]) -> None:
    """One after the other; what does not run is told when it starts."""
    if health.running(folder) is None:
        return
    for name in dict.fromkeys(names):
        try:
            start_again(folder, name)
        except NotAgain:
            say.refuse(f"{name} 没有重新就绪，见其日志。", f"{name} is not ready again: see its log.", FAILED)
