"""Who can sign in: staff with a password, departments' systems with a secret. Both stay outside."""

from datetime import date

from services.directory import facts
from services.directory.model.book import Book
from services.directory.model.refusals import NotInForce, NotYourOwn, StillHoldsPosts
from services.directory.model.words import ACCOUNT
from shared.procedure.actor import ANYWHERE, Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, by, during
from shared.refusals.refusals import Refused

STAFF, CLIENT, CLOSED = "staff", "client", "closed"


class Account(State):
    """`status` tells a person (`staff`) from a system (`client`)."""

    department: str = ""


class _Maintain(Command):
    """`root` is the area that contains all others: accounts are for administrators of the whole district."""

    account: str
    root: str | None


class _Register(_Maintain):
    department: str
    today: date
    book: Book


class RegisterStaff(_Register):
    pass


class RegisterClient(_Register):
    pass


class CloseAccount(_Maintain):
    """`posts` are those that it would still hold."""

    posts: tuple[str, ...]


class ResetCredential(_Maintain):
    pass


class ChangeOwnPassword(Command):
    account: str


def department_is_gone(state: Account, command: _Register) -> Refused | None:
    held = command.book.holds(("department", command.department), command.today, None)
    return None if held else NotInForce("department", command.department, command.today)


def holds_posts(state: Account, command: CloseAccount) -> Refused | None:
    return StillHoldsPosts(command.posts) if command.posts else None


def is_somebody_elses(state: Account, command: ChangeOwnPassword) -> Refused | None:
    return None if command.actor.id == command.account else NotYourOwn()


def _whole_district(state: Account, command: Command) -> Where:
    return Where(command.root) if isinstance(command, _Maintain) else ANYWHERE


MAINTAINERS = by(Role.ADMINISTRATOR, Role.SERVICE)
PEOPLE = frozenset(Role) - {Role.RESIDENT, Role.SYSTEM, Role.SERVICE, Role.MESSENGER}
KNOWN = (department_is_gone,)
PROCEDURE = Procedure(
    "account",
    [
        Step(RegisterStaff, during(NEW), facts.StaffRegistered, STAFF, MAINTAINERS, KNOWN),
        Step(RegisterClient, during(NEW), facts.ClientRegistered, CLIENT, MAINTAINERS, KNOWN),
        Step(ResetCredential, during(STAFF, CLIENT), facts.CredentialSet, None, MAINTAINERS),
        Step(ChangeOwnPassword, during(STAFF), facts.CredentialSet, None, PEOPLE, (is_somebody_elses,)),
        Step(CloseAccount, during(STAFF), facts.StaffLeft, CLOSED, MAINTAINERS, (holds_posts,)),
        Step(CloseAccount, during(CLIENT), facts.ClientWithdrawn, CLOSED, MAINTAINERS, (holds_posts,)),
    ],
    where=_whole_district,
    words=ACCOUNT,
)
MODEL = Model("account", Account, PROCEDURE)
