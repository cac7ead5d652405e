"""A case that somebody opens in the log, entries that somebody takes from it, a certificate that somebody has made."""

from collections.abc import Mapping
from typing import Any

from services.audit.facts import CaseFileOpened, CertificateMade, ExportMade
from shared.accesses.recording import export_model, opening_model, role_of
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.refusals.words import Word, Words

READERS = by(Role.AUDITOR, Role.SUPERVISOR)
OPENING_MODEL = opening_model(CaseFileOpened, READERS)
EXPORT_MODEL = export_model(ExportMade, by(Role.AUDITOR))
WORDS: Words = {
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
CERTIFICATE_MODEL = Model("certificate", Certificate, Procedure("certificate", (_MAKE,), words=WORDS))
