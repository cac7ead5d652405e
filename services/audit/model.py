"""What people do with the log: open a case in it, take entries from it, have a case certified, archive a month."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime

from services.audit.facts import (
    CaseFileOpened,
    CertificateMade,
    ExportMade,
    MonthArchived,
    MonthRemoved,
    MonthReturned,
)
from shared.accesses.recording import export_model, opening_model, role_of
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.refusals.words import Word, Words

READERS = by(Role.AUDITOR, Role.SUPERVISOR)
KEEPERS = by(Role.AUDITOR, Role.ADMINISTRATOR)
OPENING_MODEL = opening_model(CaseFileOpened, READERS)
EXPORT_MODEL = export_model(ExportMade, by(Role.AUDITOR))
ARCHIVE: Words = {
    "new": Word("未归档", "not archived"),
    "archived": Word("已归档", "archived"),
    "removed": Word("已移出在用库", "taken out of the live log"),
    "archive_month": Word("归档", "archive"),
    "remove_month": Word("移出在用库", "take out of the live log"),
    "return_month": Word("恢复", "bring back"),
}


class Archive(State):
    """The last file that was made of a month of the log."""

    first: int = 0
    behind: int = 0
    size: int = 0
    length: int = 0
    sha256: str = ""
    archived_at: AwareDatetime | None = None
    archived_by: str = ""
    removed_at: AwareDatetime | None = None


class ArchiveMonth(Command):
    month: str
    first: int
    behind: int
    size: int
    length: int
    sha256: str


class RemoveMonth(Command):
    month: str


class ReturnMonth(Command):
    month: str


def _in_their_role(state: Archive, command: Command) -> Mapping[str, Any]:
    return {"role": role_of(command.actor, KEEPERS, Where())}


def _noted(state: Archive, fact: MonthArchived) -> Mapping[str, Any]:
    said = {name: getattr(fact, name) for name in ("first", "behind", "size", "length", "sha256")}
    return {**said, "archived_at": fact.at, "archived_by": fact.by}


ARCHIVING = Step(
    ArchiveMonth,
    during(NEW, "archived"),
    MonthArchived,
    "archived",
    KEEPERS,
    build=_in_their_role,
    law="档案法 Art 13",
)
REMOVING = Step(RemoveMonth, during("archived"), MonthRemoved, "removed", KEEPERS, build=_in_their_role)
RETURNING = Step(ReturnMonth, during("removed"), MonthReturned, "archived", KEEPERS, build=_in_their_role)
ARCHIVE_MODEL = Model(
    "archive",
    Archive,
    Procedure(
        "archive",
        (ARCHIVING, REMOVING, RETURNING),
        changes={
            MonthArchived: _noted,
            MonthRemoved: lambda state, fact: {"removed_at": fact.at},
            MonthReturned: lambda state, fact: {"removed_at": None},
        },
        words=ARCHIVE,
    ),
)
CERTIFICATE: Words = {
    "new": Word("未出具", "not made"),
    "made": Word("已出具", "made"),
    "make_certificate": Word("出具存证证明", "certify"),
}


class MakeCertificate(Command):
    certificate_id: str
    case_id: str
    size: int
    digest: str
    checkpoint: str
    log_keys: tuple[str, ...]
    witnesses: tuple[str, ...]


class Certificate(State):
    """What the bundle is made of that it certifies, but for the facts themselves."""

    case_id: str = ""
    size: int = 0
    digest: str = ""
    checkpoint: str = ""
    log_keys: tuple[str, ...] = ()
    witnesses: tuple[str, ...] = ()


def _in_which_role(state: Certificate, command: MakeCertificate) -> Mapping[str, Any]:
    return {"role": role_of(command.actor, READERS, Where())}


_MAKE = Step(MakeCertificate, during(NEW), CertificateMade, "made", READERS, build=_in_which_role)
CERTIFICATE_MODEL = Model("certificate", Certificate, Procedure("certificate", (_MAKE,), words=CERTIFICATE))
