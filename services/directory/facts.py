"""What directory tells: reference data, effective-dated; people and systems by opaque ids only."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from shared.clocks.rule import ClockRule, Rung
from shared.facts.fact import Fact
from shared.reference.entry import Entry


class DirectoryEntry(Entry):
    """`renamed`: fields of the fact whose name in the entry is a word that every fact has already."""

    renamed: ClassVar[Mapping[str, str]] = {}

    def entry(self) -> dict[str, Any]:
        return {self.renamed.get(name, name): value for name, value in super().entry().items()}

    @classmethod
    def fields(cls, entry: Mapping[str, Any]) -> dict[str, Any]:
        """The other way: an entry as fields of the fact."""
        names = {name: field for field, name in cls.renamed.items()}
        return {names.get(name, name): value for name, value in entry.items()}


class DepartmentEntry(DirectoryEntry):
    """`served_by` is the service that takes its hand-offs, absent where it works through dispatch."""

    kind = "department"
    renamed: ClassVar[Mapping[str, str]] = {"sort": "kind", "served_by": "service"}
    name_zh: str
    name_en: str
    sort: str
    parent: str | None = None
    served_by: str | None = None


class DepartmentRegistered(DepartmentEntry, service="directory"):
    pass


class DepartmentChanged(DepartmentEntry, service="directory"):
    pass


class DepartmentEnded(DepartmentEntry, service="directory"):
    pass


class AreaEntry(DirectoryEntry):
    kind = "area"
    name_zh: str
    name_en: str
    level: str


class AreaRegistered(AreaEntry, service="directory"):
    pass


class AreaChanged(AreaEntry, service="directory"):
    pass


class AreaEnded(AreaEntry, service="directory"):
    pass


class CategoryEntry(DirectoryEntry):
    """`circle`: of a sealed matter, the departments that may have it; all below them may. Empty: not sealed.

    `duty`: the department whose own statutory duty the matter is; a town needs an authority for it.
    """

    kind = "category"
    later = frozenset({"circle", "duty", "follow_up"})
    renamed: ClassVar[Mapping[str, str]] = {"sort": "kind"}
    name_zh: str
    name_en: str
    sort: str
    governance: str | None = None
    net: str | None = None
    handling: str | None = None
    follow_up: str | None = None
    circle: tuple[str, ...] = ()
    duty: str | None = None


class CategoryRegistered(CategoryEntry, service="directory"):
    pass


class CategoryChanged(CategoryEntry, service="directory"):
    pass


class CategoryEnded(CategoryEntry, service="directory"):
    pass


class RuleEntry(DirectoryEntry):
    """Who leads and who helps for a category in an area."""

    kind = "rule"
    category: str
    area: str
    lead: str
    co_handlers: tuple[str, ...] = ()
    basis_zh: str
    basis_en: str


class RuleRegistered(RuleEntry, service="directory"):
    pass


class RuleChanged(RuleEntry, service="directory"):
    pass


class RuleEnded(RuleEntry, service="directory"):
    pass


class AuthorityEntry(DirectoryEntry):
    """赋权: the town may act itself in a matter that is another department's duty, in this area."""

    kind = "authority"
    department: str
    category: str
    area: str
    basis_zh: str
    basis_en: str


class AuthorityGranted(AuthorityEntry, service="directory"):
    pass


class AuthorityChanged(AuthorityEntry, service="directory"):
    pass


class AuthorityRevoked(AuthorityEntry, service="directory"):
    """From `valid_to` on the matter is the duty's department's again; cases opened before stay."""


class WorkflowEntry(DirectoryEntry):
    """Under which version of the procedures cases of this matter (none: of all) in this area are opened."""

    kind = "workflow"
    workflow: int
    category: str | None = None
    area: str
    basis_zh: str
    basis_en: str


class WorkflowRegistered(WorkflowEntry, service="directory"):
    pass


class WorkflowChanged(WorkflowEntry, service="directory"):
    pass


class WorkflowEnded(WorkflowEntry, service="directory"):
    """Cases opened before `valid_to` keep it."""


class ClockEntry(DirectoryEntry):
    """`ladder`: who is told of a lapse that lasts, one above the other."""

    kind = "clock"
    later = frozenset({"ladder"})
    rule: ClockRule
    ladder: tuple[Rung, ...] = ()


class ClockRegistered(ClockEntry, service="directory"):
    pass


class ClockChanged(ClockEntry, service="directory"):
    pass


class ClockEnded(ClockEntry, service="directory"):
    pass


class HolidaysEntry(DirectoryEntry):
    """A year's notice of the State Council; `code` is the year. A later version takes the place of the whole."""

    kind = "holidays"
    source_zh: str
    source_en: str
    days_off: tuple[date, ...]
    days_worked: tuple[date, ...] = ()


class HolidaysRegistered(HolidaysEntry, service="directory"):
    pass


class HolidaysChanged(HolidaysEntry, service="directory"):
    pass


class PostEntry(DirectoryEntry):
    """`code` is the post's id, `holder` the opaque id of a person or a system."""

    kind = "post"
    holder: str
    role: str
    department: str
    area: str


class PostAssigned(PostEntry, service="directory"):
    pass


class PostEnded(PostEntry, service="directory"):
    pass


class AccountFact(Fact):
    """A person or a system that can sign in; names stay in directory and are asked for by its API."""

    topic = "reference"
    about = "account"
    account: str


class StaffRegistered(AccountFact, service="directory"):
    department: str


class StaffLeft(AccountFact, service="directory"):
    pass


class ClientRegistered(AccountFact, service="directory"):
    department: str


class ClientWithdrawn(AccountFact, service="directory"):
    pass


class CredentialSet(AccountFact, service="directory"):
    """A new password or client secret holds from now on."""


class SigningKeyAdded(Fact, service="directory"):
    """Access tokens are signed with this key from now on."""

    topic = "reference"
    about = "kid"
    kid: str


class SigningKeyRevoked(Fact, service="directory"):
    """It is published no longer, and tokens signed with it hold no longer: it may be in others' hands."""

    topic = "reference"
    about = "kid"
    kid: str
