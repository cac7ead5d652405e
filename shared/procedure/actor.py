"""Who acts, and with which posts. Comes in with each command."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a post allows. `handler` and `grid_worker` are bound to their department, all to their area.

    `messenger` is held by services only: it passes on to a reporter what an office wrote for them, and nothing else.
    """

    RESIDENT = "resident"
    CLERK = "clerk"
    GRID_WORKER = "grid_worker"
    DISPATCHER = "dispatcher"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    SYSTEM = "system"
    MESSENGER = "messenger"
    SERVICE = "service"


OF_NO_OFFICE = frozenset({Role.RESIDENT, Role.SERVICE})
ROUTING = frozenset({Role.DISPATCHER})
"""Who sends a sealed matter on its way has to know of it."""
DEPARTMENT_BOUND = frozenset({Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM})


@dataclass(frozen=True, slots=True)
class Post:
    """A role in a department for an area; area codes are prefix codes, the longer inside the shorter."""

    role: Role
    department: str
    area: str

    def covers(self, where: "Where") -> bool:
        if where.area is not None and not where.area.startswith(self.area):
            return False
        return self.role not in DEPARTMENT_BOUND or where.departments is None or self.department in where.departments


@dataclass(frozen=True, slots=True)
class Where:
    """The place of an act: the area it concerns, and the departments whose own people may do it (None: any)."""

    area: str | None = None
    departments: frozenset[str] | None = None


ANYWHERE = Where()


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, a department's system or a service. `id` is opaque. `sealed`: the categories of matters that only those
    of a circle may know of, which is not theirs."""

    id: str
    posts: tuple[Post, ...] = ()
    department: str | None = None
    sealed: frozenset[str] = frozenset()
    roles: frozenset[Role] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "roles", frozenset(post.role for post in self.posts))

    def may(self, roles: frozenset[Role], where: Where = ANYWHERE) -> bool:
        return any(post.role in roles and post.covers(where) for post in self.posts)

    def acting_for(self, roles: frozenset[Role], where: Where = ANYWHERE) -> str | None:
        """The department whose post allows it, one's own first; of residents and services whatever stands here."""
        allowing = {
            post.department
            for post in self.posts
            if post.role in roles and post.role not in OF_NO_OFFICE and post.covers(where)
        }
        return self.department if not allowing or self.department in allowing else min(allowing)

    def departments(self, roles: frozenset[Role]) -> frozenset[str]:
        return frozenset(post.department for post in self.posts if post.role in roles)

    def areas(self, roles: frozenset[Role]) -> frozenset[str]:
        return frozenset(post.area for post in self.posts if post.role in roles)

    def holds_whole(self, roles: frozenset[Role], root: str | None) -> bool:
        """Whether one of these roles is theirs for all of the district; nobody's while its areas are not known."""
        return root is not None and self.may(roles, Where(root))

    @property
    def belongs_to(self) -> frozenset[str]:
        """The home department and that of every post, whatever its role; and themselves, who may have an interest."""
        departments = {post.department for post in self.posts} | ({self.department} if self.department else set())
        return frozenset({self.id, *departments})

    def is_recused(self, barred: Collection[str]) -> bool:
        """Whether they belong to one of these, which are complained of, or have an interest (信访工作条例 28, 30)."""
        return not self.belongs_to.isdisjoint(barred)

    def knows(self, category: str, area: str) -> bool:
        """Whether they may know of such a matter there: not sealed from them, or theirs to route."""
        return category not in self.sealed or self.may(ROUTING, Where(area))


def service_actor(service: str) -> Actor:
    """A service acting on what it heard."""
    return Actor(f"service:{service}", (Post(Role.SERVICE, service, ""),), department=None)


RESIDENT = Actor("resident", (Post(Role.RESIDENT, "", ""),))
