"""What directory tells: reference data, effective-dated; people and systems by opaque ids only."""

from collections.abc import Mapping
from datetime import date
from typing import Any, ClassVar

from shared.clocks.rule import ClockRule, Rung
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.reference.entry import Entry
from shared.refusals.words import ROLES, Word, Words

DEPARTMENT = Word("单位“{name_zh:text}”", "the department “{name_en:text}”")
AREA = Word("区域“{name_zh:text}”", "the area “{name_en:text}”")
CATEGORY = Word("事项类别“{name_zh:text}”", "the matter “{name_en:text}”")
RULE = Word(
    "交办规则：{category}（{area}）由{lead:department}主办[，{co_handlers:department}协办]",
    "the rule: {lead:department} leads[, with {co_handlers:department}], for {category} in {area}",
)
AUTHORITY = Word("赋权：{department}办理{category}（{area}）", "the authority of {department} for {category} in {area}")
WORKFLOW = Word(
    "办理流程：{area}[（{category}）]适用第{workflow}版", "the procedure: version {workflow} in {area}[ for {category}]"
)
CLOCK = Word("时限“{rule.name.zh:text}”", "the clock “{rule.name.en:text}”")
HOLIDAYS = Word("{code:text}年节假日安排", "the days off of {code:text}")
OUTLINE = Word("{area}的边界", "the outline of {area}")
POST = Word("岗位：{department}，{area}[，{role}]", "the post: {department}, {area}[, {role}]")

FOREVER = "1949-10-01"
"""Since when an entry holds that says nothing of it."""


def _begins(verb: Word, entry: Word, **words: Words) -> Sentence:
    since = Word("，自{valid_from:day}起有效", ", in force from {valid_from:day}")
    zh, en = verb.zh + entry.zh, f"{verb.en} {entry.en}"
    return Sentence(zh + since.zh, en + since.en, **words).when(zh, en, valid_from=FOREVER)


def registered(entry: Word, **words: Words) -> Sentence:
    return _begins(Word("登记", "registered"), entry, **words)


def changed(entry: Word, **words: Words) -> Sentence:
    return _begins(Word("变更", "changed"), entry, **words)


def ended(entry: Word, **words: Words) -> Sentence:
    until = Word("[，自{valid_to:day}起失效]", "[, which holds no longer from {valid_to:day} on]")
    return Sentence(f"终止{entry.zh}{until.zh}", f"ended {entry.en}{until.en}", **words)


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
    told = registered(DEPARTMENT)


class DepartmentChanged(DepartmentEntry, service="directory"):
    told = changed(DEPARTMENT)


class DepartmentEnded(DepartmentEntry, service="directory"):
    told = ended(DEPARTMENT)


class AreaEntry(DirectoryEntry):
    kind = "area"
    name_zh: str
    name_en: str
    level: str


class AreaRegistered(AreaEntry, service="directory"):
    told = registered(AREA)


class AreaChanged(AreaEntry, service="directory"):
    told = changed(AREA)


class AreaEnded(AreaEntry, service="directory"):
    told = ended(AREA)


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
    told = registered(CATEGORY)


class CategoryChanged(CategoryEntry, service="directory"):
    told = changed(CATEGORY)


class CategoryEnded(CategoryEntry, service="directory"):
    told = ended(CATEGORY)


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
    told = registered(RULE)


class RuleChanged(RuleEntry, service="directory"):
    told = changed(RULE)


class RuleEnded(RuleEntry, service="directory"):
    told = ended(RULE)


class AuthorityEntry(DirectoryEntry):
    """赋权: the town may act itself in a matter that is another department's duty, in this area."""

    kind = "authority"
    department: str
    category: str
    area: str
    basis_zh: str
    basis_en: str


class AuthorityGranted(AuthorityEntry, service="directory"):
    told = registered(AUTHORITY)


class AuthorityChanged(AuthorityEntry, service="directory"):
    told = changed(AUTHORITY)


class AuthorityRevoked(AuthorityEntry, service="directory"):
    """From `valid_to` on the matter is the duty's department's again; cases opened before stay."""

    told = ended(AUTHORITY)


class WorkflowEntry(DirectoryEntry):
    """Under which version of the procedures cases of this matter (none: of all) in this area are opened."""

    kind = "workflow"
    workflow: int
    category: str | None = None
    area: str
    basis_zh: str
    basis_en: str


class WorkflowRegistered(WorkflowEntry, service="directory"):
    told = registered(WORKFLOW)


class WorkflowChanged(WorkflowEntry, service="directory"):
    told = changed(WORKFLOW)


class WorkflowEnded(WorkflowEntry, service="directory"):
    """Cases opened before `valid_to` keep it."""

    told = ended(WORKFLOW)


class ClockEntry(DirectoryEntry):
    """`ladder`: who is told of a lapse that lasts, one above the other."""

    kind = "clock"
    later = frozenset({"ladder"})
    rule: ClockRule
    ladder: tuple[Rung, ...] = ()


class ClockRegistered(ClockEntry, service="directory"):
    told = registered(CLOCK)


class ClockChanged(ClockEntry, service="directory"):
    told = changed(CLOCK)


class ClockEnded(ClockEntry, service="directory"):
    told = ended(CLOCK)


class HolidaysEntry(DirectoryEntry):
    """A year's notice of the State Council; `code` is the year. A later version takes the place of the whole."""

    kind = "holidays"
    source_zh: str
    source_en: str
    days_off: tuple[date, ...]
    days_worked: tuple[date, ...] = ()


class HolidaysRegistered(HolidaysEntry, service="directory"):
    told = registered(HOLIDAYS)


class HolidaysChanged(HolidaysEntry, service="directory"):
    told = changed(HOLIDAYS)


Ring = tuple[tuple[float, ...], ...]
Polygons = tuple[tuple[Ring, ...], ...]
"""Each with its outer ring first, then its holes: longitude and latitude (WGS 84), the first position again at last."""


class OutlineEntry(DirectoryEntry):
    """Where an area lies; `code` is the area's."""

    kind = "outline"
    area: str
    polygons: Polygons


class OutlineRegistered(OutlineEntry, service="directory"):
    told = registered(OUTLINE)


class OutlineChanged(OutlineEntry, service="directory"):
    told = changed(OUTLINE)


class OutlineEnded(OutlineEntry, service="directory"):
    told = ended(OUTLINE)


class PostEntry(DirectoryEntry):
    """`code` is the post's id, `holder` the opaque id of a person or a system."""

    kind = "post"
    holder: str
    role: str
    department: str
    area: str


class PostAssigned(PostEntry, service="directory"):
    told = registered(POST, role=ROLES)


class PostEnded(PostEntry, service="directory"):
    told = ended(POST, role=ROLES)


class AccountFact(Fact):
    """A person or a system that can sign in; names stay in directory and are asked for by its API."""

    topic = "reference"
    about = "account"
    account: str


class StaffRegistered(AccountFact, service="directory"):
    told = Sentence("登记人员账号：{department}", "registered an account for a person of {department}")
    department: str


class StaffLeft(AccountFact, service="directory"):
    told = Sentence("注销人员账号", "closed a person's account")


class ClientRegistered(AccountFact, service="directory"):
    told = Sentence("登记系统账号：{department}", "registered an account for a system of {department}")
    department: str


class ClientWithdrawn(AccountFact, service="directory"):
    told = Sentence("注销系统账号", "closed a system's account")


class CredentialSet(AccountFact, service="directory"):
    """A new password or client secret holds from now on."""

    told = Sentence("更换登录凭据", "set a new credential")


class SigningKeyAdded(Fact, service="directory"):
    """Access tokens are signed with this key from now on."""

    topic = "reference"
    about = "kid"
    told = Sentence("启用新的令牌签名密钥", "took a new signing key for tokens into use")
    kid: str


class SigningKeyRevoked(Fact, service="directory"):
    """It is published no longer, and tokens signed with it hold no longer: it may be in others' hands."""

    topic = "reference"
    about = "kid"
    told = Sentence("吊销令牌签名密钥", "revoked a signing key for tokens")
    kid: str
