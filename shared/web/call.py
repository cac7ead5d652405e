"""One request by one caller: who, when, with which key, and the way to `record`."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from fastapi import Request, Response

from shared.facts.envelope import Trail
from shared.identity.tokens import Bearer
from shared.procedure.actor import ANYWHERE, RESIDENT, Actor, Role, Where
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.record.idempotency import Answer, Kept, find_answers
from shared.record.recorder import Request as Writes
from shared.refusals.refusals import Invalid, NotPermitted, NotSignedIn, Refused, WholeDistrictOnly
from shared.refusals.words import Language
from shared.web import trace
from shared.web.problems import language_of
from shared.web.runtime import Runtime

LONGEST_KEY = 200
Show = Callable[[Outcome], Mapping[str, Any]]


class Call:
    """What a route needs. `stamp` goes into every command."""

    def __init__(self, request: Request, runtime: Runtime, actor: Actor) -> None:
        self.request, self.runtime, self.actor = request, runtime, actor
        request.state.call = self
        self.at: datetime = runtime.now()

    @property
    def stamp(self) -> dict[str, Any]:
        return {"at": self.at, "actor": self.actor}

    @property
    def language(self) -> Language:
        return language_of(self.request)

    def name(self, kind: str, code: str) -> str:
        """In the caller's language; the code itself where the directory has none that day."""
        version = self.runtime.reference.get(kind, code, self.at)
        return str(version.entry.get(f"name_{self.language}", code)) if version else code

    @property
    def expected(self) -> int | None:
        """The version of an If-Match; None without one or with `*`. Raises Invalid."""
        given = self.request.headers.get("if-match")
        if given is None or given.strip() == "*":
            return None
        text = given.strip().removeprefix("W/").strip('"')
        if not text.isdigit() or len(text) > 9:
            raise Invalid("If-Match", "not an ETag of this service", "不是本服务给出的 ETag")
        return int(text)

    def without_version(self) -> None:
        """For what is about no single version: a condition that cannot be kept is not passed over. Raises Invalid."""
        if "if-match" in self.request.headers:
            raise Invalid("If-Match", "this has no one version", "该操作不针对某一个版本")

    def require(self, roles: frozenset[Role], where: Where = ANYWHERE, step: str = "read") -> None:
        """Raises NotPermitted."""
        if not self.actor.may(roles, where):
            raise NotPermitted(step, tuple(sorted(role.value for role in roles)))

    async def record(self, write: Write[Any], show: Show | None = None, status: int = 200) -> Response:
        """One aggregate's commands; answers what `show` says of it, with its version as ETag. Raises Refused."""
        return await self.record_all([write], show, status)

    async def record_all(self, writes: Sequence[Write[Any]], show: Show | None = None, status: int = 200) -> Response:
        """All or none; the answer shows the first. The Idempotency-Key is honoured. Raises Refused."""

        def answer(outcomes: Sequence[Outcome]) -> Answer:
            first = outcomes[0]
            body = dict(show(first) if show else default_show(first))
            return Answer(status, _plain(body), {"ETag": f'"{first.version}"'})

        request = Writes(tuple(writes), self.trail(), await self._kept(), answer)
        recorded = await self.runtime.recorder.record(request)
        assert recorded.answer is not None
        return _response(recorded.answer, again=recorded.again)

    async def record_each(self, writes: Sequence[Write[Any]], show: Show) -> list[Mapping[str, Any] | Refused]:
        """Each for itself: what `show` says of it, or its refusal. Under the Idempotency-Key each has its place."""
        return list(await asyncio.gather(*(self._one_of(place, write, show) for place, write in enumerate(writes))))

    async def _one_of(self, place: int, write: Write[Any], show: Show) -> Mapping[str, Any] | Refused:
        request = Writes((write,), self.trail(), await self._kept(str(place)), lambda outcomes: _shown(show, outcomes))
        try:
            recorded = await self.runtime.recorder.record(request)
        except Refused as refusal:
            return refusal
        assert recorded.answer is not None
        return recorded.answer.body

    async def answered_before(self) -> Response | None:
        """What this very request was answered. Its own effect may be what a route now refuses it for."""
        if not 1 <= len(self.request.headers.get("idempotency-key", "")) <= LONGEST_KEY:
            return None
        kept = await self._kept()
        if kept is None:
            return None
        async with self.runtime.database.plain() as connection:
            known = await find_answers(connection, [kept])
        fingerprint, answer = known.get(kept.key, (b"", None))
        return _response(answer, again=True) if answer and fingerprint == kept.fingerprint else None

    def trail(self) -> Trail:
        return Trail(traceparent=trace.current.get())

    async def _kept(self, part: str = "") -> Kept | None:
        """`part`: of a request that does several things, each for itself."""
        key = self.request.headers.get("idempotency-key")
        if key is None:
            return None
        if not 1 <= len(key) <= LONGEST_KEY:
            raise Invalid("Idempotency-Key", "1 to 200 characters", "应为 1 至 200 个字符")
        route = f"{self.request.method} {self.request.scope['path']}"
        vault = self.runtime.vault
        fingerprint = vault.fingerprint(f"request\0{route}\0".encode() + await self.request.body())
        code = self.request.headers.get("tracking-code", "")
        scope = f"key\0{self.actor.id}\0{route}\0{code}\0{key}\0{part}".encode()
        # Who is not signed in shares an id with everybody: another body may be another person's.
        scope += fingerprint if self.actor == RESIDENT else b""
        return Kept(vault.fingerprint(scope).hex(), fingerprint, vault)


def _shown(show: Show, outcomes: Sequence[Outcome]) -> Answer:
    return Answer(200, _plain(show(outcomes[0])), {})


def _response(answer: Answer, *, again: bool) -> Response:
    headers = {**answer.headers, "Idempotent-Replay": "true"} if again else dict(answer.headers)
    return Response(orjson.dumps(answer.body), answer.status, headers, "application/json")


def default_show(outcome: Outcome) -> Mapping[str, Any]:
    return {"id": outcome.id, "version": outcome.version, "status": outcome.state.status}


def _plain(body: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(orjson.dumps(body))
    return plain


async def bearer_of(request: Request) -> Bearer | None:
    """What the request's token says; None without one. Raises NotSignedIn, Unavailable."""
    header = request.headers.get("authorization")
    if header is None:
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise NotSignedIn("a Bearer token is expected")
    runtime: Runtime = request.app.state.runtime
    return await runtime.tokens.check(token.strip())


async def caller(request: Request) -> Actor | None:
    """The signed-in actor; None without a token. Raises NotSignedIn, Unavailable."""
    bearer = await bearer_of(request)
    runtime: Runtime = request.app.state.runtime
    return None if bearer is None else runtime.people.actor(bearer, runtime.now())


class Gate:
    """A route's rule about roles, as a dependency that tests and documents can read."""

    def __init__(self, roles: frozenset[Role], step: str, whole_district: bool = False) -> None:
        self.roles, self.step, self.whole_district = roles, step, whole_district

    async def __call__(self, request: Request) -> Call:
        actor = await caller(request)
        if actor is None:
            if Role.RESIDENT not in self.roles:
                raise NotSignedIn()
            actor = RESIDENT
        elif not actor.roles & self.roles and Role.RESIDENT not in self.roles:
            raise NotPermitted(self.step, tuple(sorted(role.value for role in self.roles)))
        call = Call(request, request.app.state.runtime, actor)
        if self.whole_district and not actor.holds_whole(self.roles, call.runtime.reference.root(call.at)):
            raise WholeDistrictOnly(self.step, tuple(sorted(role.value for role in self.roles)))
        return call
