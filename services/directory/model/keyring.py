"""The keys that sign access tokens, one after the other; the newest signs."""

from services.directory import facts
from shared.procedure.actor import Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during

ID = "signing"
IN_USE = "in_use"


class Keyring(State):
    kid: str = ""


class AddKey(Command):
    """`root` is the area that contains all others: the keys are for administrators of the whole district."""

    title = "更换签名密钥"
    kid: str
    root: str | None


PROCEDURE = Procedure(
    "keyring",
    [Step(AddKey, during(NEW, IN_USE), facts.SigningKeyAdded, IN_USE, by(Role.ADMINISTRATOR, Role.SERVICE))],
    where=lambda state, command: Where(command.root),
)
MODEL = Model("keyring", Keyring, PROCEDURE)
