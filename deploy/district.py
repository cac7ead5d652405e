"""Loads a district's files into directory, by the same way as its API: what is recorded comes out as facts.

What the files say is recorded once; loading again records only what the files say differently since. What was
changed through the API stays, and nothing ends because a file no longer names it.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

import orjson
import structlog
from pydantic import SecretStr
from pydantic_settings import BaseSettings

from deploy.district_files import District, EntryFile, PersonFile, read_district
from deploy.district_yaml import WrongFile, stamp
from services.directory import views
from services.directory.api.entries import post_id
from services.directory.model.accounts import RegisterClient, RegisterStaff
from services.directory.model.book import Book, references
from services.directory.model.entries import ChangeEntry, EntryState, RegisterEntry, entry_id
from services.directory.tables import ACCOUNT, ENTRY, IDENTITIES, LOADED
from services.directory.tokens import passwords
from services.directory.turns import Turns
from shared.clocks.zone import DISTRICT_ZONE
from shared.facts.envelope import Trail
from shared.procedure.actor import service_actor
from shared.procedure.step import NEW, Command
from shared.record.aggregate import Write
from shared.record.recorder import Recorded, Request
from shared.record.rows import Row
from shared.refusals.refusals import Refused
from shared.web.runtime import Runtime
from shared.world.world import new_id, secret_code

_LOCK = 0x6C7AD157
LOOKED_AT_EVERY = 1.0
"""Seconds."""
EVER = date(1949, 10, 1)
"""An entry that is first registered without a date has always been there."""
log = structlog.get_logger("district")


class DistrictSettings(BaseSettings):
    """`demo_password`: everyone's first password, every system's first secret; without it nobody has one.

    `client_secrets`: first secrets of systems that have one of their own.
    """

    lianzhi_district: Path | None = None
    demo_password: SecretStr | None = None
    client_secrets: dict[str, SecretStr] = {}


async def load_configured(runtime: Runtime) -> None:
    """The district that the environment names, if it names one. Wrong files are told of once, until they change."""
    settings = DistrictSettings()
    folder = settings.lianzhi_district
    while folder is not None:
        seen = stamp(folder)
        try:
            await load_district(runtime, folder, settings.demo_password, settings.client_secrets)
            return
        except WrongFile as wrong:
            log.error(
                "the district is not loaded: a file is wrong", file=str(wrong.path), line=wrong.line, error=wrong.what
            )
        while stamp(folder) == seen:
            await asyncio.sleep(LOOKED_AT_EVERY)


async def load_district(
    runtime: Runtime,
    folder: Path,
    password: SecretStr | None = None,
    secrets: Mapping[str, SecretStr] = MappingProxyType({}),
) -> int:
    """How many entries and accounts were registered or changed. One replica loads at a time."""
    district = await asyncio.to_thread(read_district, folder)
    async with runtime.database.plain() as connection:
        await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
        try:
            return await _Loading(runtime, runtime.now(), secrets).load(district, password)
        finally:
            await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


@dataclass
class _Loading:
    """One run: everything is recorded at one time, by the service itself."""

    runtime: Runtime
    at: datetime
    secrets: Mapping[str, SecretStr]
    known: Mapping[str, str] = field(default_factory=dict)
    book: Book = field(default_factory=lambda: Book({}))
    recorded: int = 0
    refused: int = 0

    async def load(self, district: District, password: SecretStr | None) -> int:
        async with self.runtime.database.plain() as connection:
            self.known = await views.loaded(connection)
            accounts = await views.accounts_by_login(connection)
        new = [wanted for wanted in district.entries if self.known.get(wanted.id) != digest(wanted)]
        for wave in in_waves(new):
            await self._record_entries(wave)
        accounts |= await self._register(district.people, accounts, password)
        posts = [_held(post, accounts[login]) for login, post in district.posts]
        await self._record_entries([post for post in posts if self.known.get(post.id) != digest(post)])
        if self.recorded or self.refused:
            log.info("district loaded", recorded=self.recorded, refused=self.refused)
        return self.recorded

    async def _record_entries(self, wave: Sequence[EntryFile]) -> None:
        if not wave:
            return
        async with self.runtime.extra(Turns).book() as self.book:
            await self._record([(wanted.id, self._write(wanted)) for wanted in wave])

    def _write(self, wanted: EntryFile) -> Write[EntryState]:
        def commands(state: EntryState) -> list[Command]:
            return list(self._commands(wanted, state))

        row = Row(LOADED, {"entry": wanted.id, "loaded_at": self.at, "digest": digest(wanted)})
        return Write(ENTRY, entry_id(wanted.kind, wanted.code), commands, also=(row,))

    def _commands(self, wanted: EntryFile, state: EntryState) -> Iterable[Command]:
        status, today = state.status, self.at.astimezone(DISTRICT_ZONE).date()
        about = {**self._stamp, "kind": wanted.kind, "code": wanted.code, "today": today, "book": self.book}
        there = {(v.valid_from, v.valid_to, orjson.dumps(v.data)) for v in state.versions}
        for version in wanted.versions:
            begin = version.valid_from or (EVER if status == NEW else today)
            if (begin, version.valid_to, orjson.dumps(version.data(begin))) in there:
                continue
            dates = {"valid_from": begin, "valid_to": version.valid_to}
            command = ChangeEntry if status == "in_force" else RegisterEntry
            yield command(**about, **dates, data=version.data(begin))
            status = "in_force"

    async def _register(
        self, people: Sequence[PersonFile], there: Mapping[str, str], password: SecretStr | None
    ) -> dict[str, str]:
        """Accounts that are not there yet, by login. They share one first password, so it is hashed once."""
        new = [person for person in people if person.login not in there]
        if not new:
            return {}
        secret = password.get_secret_value() if password is not None else secret_code(8)
        hash = await passwords.hashed(secret)
        own = {login: await passwords.hashed(value.get_secret_value()) for login, value in self.secrets.items()}
        ids = {person.login: new_id() for person in new}
        async with self.runtime.extra(Turns).book() as self.book:
            accounts = [(p, ids[p.login], own.get(p.login, hash)) for p in new]
            await self._record([(f"{p.kind}:{id}", self._account(p, id, hashed)) for p, id, hashed in accounts])
        return ids

    def _account(self, person: PersonFile, id: str, hash: str) -> Write[Any]:
        register = RegisterClient if person.kind == "client" else RegisterStaff
        today = self.at.astimezone(DISTRICT_ZONE).date()
        about = {**self._stamp, "account": id, "root": self.book.root, "department": person.department}
        command = register(**about, today=today, book=self.book)
        identity = {"account": id, "login": person.login, "name": person.name, "name_en": person.name_en}
        return Write(ACCOUNT, id, [command], also=(Row(IDENTITIES, identity), passwords.credential(id, hash)))

    async def _record(self, writes: Sequence[tuple[str, Write[Any]]]) -> None:
        """Each entry by itself: what is refused is said and does not hold up the others."""
        recorder = self.runtime.recorder
        requests = [recorder.record(Request((write,), Trail())) for _, write in writes]
        answers = await asyncio.gather(*requests, return_exceptions=True)
        for (name, _), answer in zip(writes, answers, strict=True):
            if isinstance(answer, Refused):
                self.refused += 1
                log.warning("the district's file asks for what is refused", entry=name, problem=str(answer))
            elif isinstance(answer, Recorded):
                self.recorded += bool(answer.outcomes[0].facts)
            else:
                raise answer

    @property
    def _stamp(self) -> dict[str, Any]:
        return {"at": self.at, "actor": service_actor("directory")}


def in_waves(entries: Sequence[EntryFile]) -> Iterable[list[EntryFile]]:
    """What an entry names comes in an earlier wave, as far as the files have it."""
    left = list(entries)
    while left:
        coming = {(entry.kind, entry.code) for entry in left}
        wave = [entry for entry in left if coming.isdisjoint(_named(entry))] or left
        yield wave
        left = [entry for entry in left if entry not in wave]


def _named(entry: EntryFile) -> set[tuple[str, str]]:
    return {name for version in entry.versions for name in references(entry.kind, version.data(EVER))}


def digest(entry: EntryFile) -> str:
    versions = [(v.valid_from, v.valid_to, v.data(v.valid_from or EVER)) for v in entry.versions]
    return sha256(orjson.dumps(versions)).hexdigest()


def _held(post: EntryFile, holder: str) -> EntryFile:
    given = post.versions[0].given | {"holder": holder}
    code = post_id(given["holder"], given["role"], given["department"], given["area"])
    return EntryFile("post", code, [type(post.versions[0])(given)])
