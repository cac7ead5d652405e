"""A district's files, as `deploy/districts/<name>/` has them, checked by the forms of directory's API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from services.directory.api.forms import (
    AreaForm,
    CategoryForm,
    ClockForm,
    DepartmentForm,
    Form,
    PostForm,
    RuleForm,
)

FORMS: Mapping[str, type[Form]] = {
    "department": DepartmentForm,
    "area": AreaForm,
    "category": CategoryForm,
    "rule": RuleForm,
    "clock": ClockForm,
    "post": PostForm,
}
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
POLICY = {"zh": "区级政策", "en": "district policy"}


class WrongFile(Exception):
    """Names the file, the entry and what is wrong with it."""


@dataclass(frozen=True)
class VersionFile:
    """What a file says of one version of an entry."""

    given: dict[str, Any]
    kind: str = "post"
    code: str = ""

    @cached_property
    def form(self) -> Form:
        return FORMS[self.kind].model_validate(self.given)

    @property
    def valid_from(self) -> date | None:
        return self.form.valid_from

    @property
    def valid_to(self) -> date | None:
        return self.form.valid_to

    def data(self, begin: date) -> dict[str, Any]:
        if not isinstance(self.form, ClockForm):
            return self.form.data()
        return self.form.rule(self.code, begin)


@dataclass(frozen=True)
class EntryFile:
    """All versions of one entry, by date."""

    kind: str
    code: str
    versions: Sequence[VersionFile]

    @property
    def id(self) -> str:
        return f"{self.kind}:{self.code}"


@dataclass(frozen=True)
class PersonFile:
    """`kind`: staff or client."""

    kind: str
    login: str
    name: str
    name_en: str | None
    department: str


@dataclass(frozen=True)
class District:
    """`posts` by the login of their holder."""

    entries: Sequence[EntryFile]
    people: Sequence[PersonFile]
    posts: Sequence[tuple[str, EntryFile]]


def read_district(folder: Path) -> District:
    """Raises WrongFile."""
    entries = [
        *_entries(folder / "areas.yaml", "area", "code"),
        *_entries(folder / "departments.yaml", "department", "code"),
        *_entries(folder / "categories.yaml", "category", "code"),
        *_entries(folder / "catalogue.yaml", "rule", "rule"),
        *_entries(folder / "clocks.yaml", "clock", "id"),
    ]
    staff, clients = _read(folder / "staff.yaml"), _read(folder / "clients.yaml")
    return District(entries, [*_staff(staff), *_clients(clients)], [*_posts(staff), *_client_posts(clients)])


def _entries(path: Path, kind: str, key: str) -> Iterator[EntryFile]:
    by_code: dict[str, list[VersionFile]] = {}
    for item in _read(path):
        code = str(item[key])
        given = {name: value for name, value in item.items() if name != key}
        version = VersionFile(_clock(given) if kind == "clock" else given, kind, code)
        try:
            version.data(version.valid_from or date.min)
        except ValidationError as wrong:
            where = wrong.errors()[0]
            raise WrongFile(f"{path.name}, {code}: {where['loc']} {where['msg']}") from None
        by_code.setdefault(code, []).append(version)
    for code, versions in by_code.items():
        yield EntryFile(kind, code, sorted(versions, key=lambda each: each.valid_from or date.min))


def _clock(given: dict[str, Any]) -> dict[str, Any]:
    """The files give the basis in one line: `policy`, or statute and article."""
    basis, extension = given["basis"], given.get("extension")
    if isinstance(basis, str):
        policy = basis == "policy"
        given = {**given, "policy": policy, "basis": POLICY if policy else {"zh": basis, "en": basis}}
    if extension and "length" in extension:
        approver = extension["approver"]
        given["extension"] = {
            "longest": extension["length"],
            "approver": approver["zh"] if isinstance(approver, dict) else approver,
            "notice": bool(extension.get("notice")),
        }
    return given


def _staff(staff: Sequence[Mapping[str, Any]]) -> Iterator[PersonFile]:
    for person in staff:
        department = person.get("department") or person["posts"][0]["department"]
        yield PersonFile("staff", person["username"], person["name"], None, department)


def _clients(clients: Sequence[Mapping[str, Any]]) -> Iterator[PersonFile]:
    for client in clients:
        name = client["name"]
        yield PersonFile("client", client["client_id"], name["zh"], name["en"], client["department"])


def _posts(staff: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, EntryFile]]:
    for person in staff:
        for post in person.get("posts", ()):
            yield person["username"], EntryFile("post", "", [VersionFile(dict(post))])


def _client_posts(clients: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, EntryFile]]:
    for client in clients:
        post = {name: client[name] for name in ("role", "department", "area")}
        yield client["client_id"], EntryFile("post", "", [VersionFile(post)])


def _read(path: Path) -> list[dict[str, Any]]:
    found = yaml.load(path.read_text(encoding="utf-8"), _LOADER) if path.exists() else None  # noqa: S506
    return list(found or [])
