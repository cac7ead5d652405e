"""From a token's subject to an actor with posts, by the local copy of the directory (kind `post`)."""

from collections.abc import Mapping
from datetime import datetime

from shared.clocks.zone import DISTRICT_ZONE
from shared.identity.sealing import circles, sealed_from
from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor, Post, Role
from shared.reference.reference import Reference


class People:
    """Posts held on the day asked for; kept until the directory changes."""

    def __init__(self, reference: Reference) -> None:
        self.reference = reference
        self._kept: dict[str, tuple[Post, ...]] = {}
        self._circles: Mapping[str, frozenset[str]] = {}
        self._as_of: object = None

    def actor(self, bearer: Bearer, at: datetime) -> Actor:
        """A person without posts is an actor who may do nothing but look at what is open to all."""
        posts = self._posts(at).get(bearer.subject, ())
        department = bearer.department or (posts[0].department if posts else None)
        sealed = sealed_from(self._circles, {post.department for post in posts}) if self._circles else frozenset[str]()
        return Actor(bearer.subject, posts, department, sealed)

    def _posts(self, at: datetime) -> dict[str, tuple[Post, ...]]:
        as_of = (self.reference.revision, at.astimezone(DISTRICT_ZONE).date())
        if as_of != self._as_of:
            found: dict[str, list[Post]] = {}
            for version in self.reference.all("post", at):
                entry = version.entry
                post = Post(Role(entry["role"]), entry["department"], entry["area"])
                found.setdefault(entry["holder"], []).append(post)
            self._kept = {holder: tuple(posts) for holder, posts in found.items()}
            self._circles = circles(self.reference, at)
            self._as_of = as_of
        return self._kept
