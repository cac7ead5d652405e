"""The keys that sign access tokens, one after the other; the newest signs."""

from services.directory import facts
from services.directory.model.refusals import SignsStill
from services.directory.model.words import KEYRING
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.refusals.refusals import NotFound, Refused

ID = "signing"
IN_USE = "in_use"


class Keyring(State):
    """`kid` signs."""

    kid: str = ""
    revoked: tuple[str, ...] = ()


class AddKey(Command):
    """`root` is the area that contains all others: the keys are for administrators of the whole district."""

    kid: str
    root: str | None


class RevokeKey(AddKey):
    """`kid`: the one whose tokens hold no longer."""


def still_signs(state: Keyring, command: RevokeKey) -> Refused | None:
    return SignsStill() if command.kid == state.kid else None


def not_revoked_before(state: Keyring, command: RevokeKey) -> Refused | None:
    return NotFound("key") if command.kid in state.revoked else None


PROCEDURE = Procedure(
    "keyring",
    [
        Step(AddKey, during(NEW, IN_USE), facts.SigningKeyAdded, IN_USE, by(Role.ADMINISTRATOR, Role.SERVICE)),
        Step(
            RevokeKey,
            during(IN_USE),
            facts.SigningKeyRevoked,
            None,
            by(Role.ADMINISTRATOR),
            (not_revoked_before, still_signs),
        ),
    ],
    {
        facts.SigningKeyAdded: lambda state, fact: {"kid": fact.kid},
        facts.SigningKeyRevoked: lambda state, fact: {"revoked": (*state.revoked, fact.kid)},
    },
    where=lambda state, command: Where(command.root),
    words=KEYRING,
)
MODEL = Model("keyring", Keyring, PROCEDURE)
