"""Random people with posts of every role, and what is sealed from whom."""

import random
from collections.abc import Iterator
from dataclasses import dataclass

from shared.procedure.actor import Actor, Post, Role

DEPARTMENTS = (
    "city_management_bureau",
    "transport_bureau",
    "police_bureau",
    "yuejincun_subdistrict",
    "housing_commission",
)
AREAS = ("500104", "500104002", "500104003", "500104002003", "50010400200303", "50010400200301", "50010400300101")
SEALED = {"noise.living": ("police_bureau",), "building.leak": ("housing_commission", "yuejincun_subdistrict")}
"""Who may know of such matters; the police's stations are below the bureau."""
ROLES = (Role.DISPATCHER, Role.SUPERVISOR, Role.AUDITOR, Role.CLERK, Role.HANDLER, Role.GRID_WORKER, Role.SYSTEM)


@dataclass(frozen=True)
class Somebody:
    """Posts as the directory would have them, and the department of the token."""

    id: str
    posts: tuple[Post, ...]
    home: str

    @property
    def actor(self) -> Actor:
        departments = {post.department for post in self.posts}
        sealed = frozenset(category for category, circle in SEALED.items() if departments.isdisjoint(circle))
        return Actor(self.id, self.posts, self.home, sealed)


def somebody(number: int, chance: random.Random) -> Somebody:
    """One post or several, of all roles; a fifth has a home elsewhere."""
    posts = tuple(
        Post(chance.choice(ROLES), chance.choice(DEPARTMENTS), chance.choice(AREAS))
        for _ in range(chance.choice((1, 1, 1, 2, 3)))
    )
    home = chance.choice(DEPARTMENTS) if chance.random() < 0.2 else posts[0].department
    return Somebody(f"somebody.{number}", posts, home)


def on_rounds() -> Iterator[Somebody]:
    """Grid workers of wide rounds: some of what they visit is their office's own work, some is not."""
    for department in DEPARTMENTS:
        yield Somebody(f"round.{department}", (Post(Role.GRID_WORKER, department, "500104"),), department)
