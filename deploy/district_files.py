"""A district's files, as `deploy/districts/<name>/` has them, checked by the forms of directory's API."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from deploy.district_yaml import Row, WrongFile, parsed, reading, rows
from services.directory.api.forms import (
    AreaForm,
    AuthorityForm,
    CategoryForm,
    ClockForm,
    DepartmentForm,
    Form,
    OutlineForm,
    PostForm,
    RuleForm,
    WorkflowForm,
)

FORMS: Mapping[str, type[Form]] = {
    "department": DepartmentForm,
    "area": AreaForm,
    "category": CategoryForm,
    "rule": RuleForm,
    "authority": AuthorityForm,
    "workflow": WorkflowForm,
    "clock": ClockForm,
    "outline": OutlineForm,
    "post": PostForm,
}
POLICY = {"zh": "区级政策", "en": "district policy"}


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
    for path in sorted(folder.glob("*.yaml")):
        parsed(path)
    entries = [
        *read_entries(folder / "areas.yaml", "area", "code"),
        *_outlines(folder / "outlines.geojson"),
        *read_entries(folder / "departments.yaml", "department", "code"),
        *read_entries(folder / "categories.yaml", "category", "code"),
        *read_entries(folder / "catalogue.yaml", "rule", "rule"),
        *read_entries(folder / "authorities.yaml", "authority", "authority"),
        *(read_entries(found, "workflow", "id") if (found := folder / "workflows.yaml").exists() else ()),
        *read_entries(folder / "clocks.yaml", "clock", "id"),
    ]
    people: list[PersonFile] = []
    posts: list[tuple[str, EntryFile]] = []
    for path, person_of, posts_of in (
        (folder / "staff.yaml", _staff, _posts),
        (folder / "clients.yaml", _client, _client_posts),
    ):
        for row in rows(path):
            with reading(path, row):
                people.append(_once(path, row, person_of(row), people))
            posts += [(people[-1].login, _post(path, post)) for post in posts_of(row)]
    return District(entries, people, posts)


def read_entries(path: Path, kind: str, key: str) -> Iterator[EntryFile]:
    """Of one file; `key` is what it calls an entry's code. Raises WrongFile."""
    by_code: dict[str, list[VersionFile]] = {}
    for item in rows(path):
        with reading(path, item):
            code = str(item[key])
            given = {name: value for name, value in item.items() if name != key}
            version = VersionFile(_clock(given) if kind == "clock" else given, kind, code)
            version.data(version.valid_from or date.min)
        by_code.setdefault(code, []).append(version)
    for code, versions in by_code.items():
        yield EntryFile(kind, code, sorted(versions, key=lambda each: each.valid_from or date.min))


def _outlines(path: Path) -> Iterator[EntryFile]:
    """GeoJSON, if there is any: JSON is YAML too, which knows the lines. Raises WrongFile."""
    found = parsed(path) or {"features": []}
    with reading(path, found):
        features = found["features"]
    for feature in features:
        with reading(path, feature):
            code = str(feature["properties"]["code"])
            version = VersionFile({"area": code, "geometry": feature["geometry"]}, "outline", code)
            version.data(date.min)
        yield EntryFile("outline", code, [version])


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


def _staff(person: Row) -> PersonFile:
    department = person.get("department") or person["posts"][0]["department"]
    return PersonFile("staff", str(person["username"]), str(person["name"]), None, department)


def _client(client: Row) -> PersonFile:
    name = client["name"]
    return PersonFile("client", str(client["client_id"]), name["zh"], name["en"], client["department"])


def _once(path: Path, row: Row, person: PersonFile, before: Sequence[PersonFile]) -> PersonFile:
    if any(person.login == other.login for other in before):
        raise WrongFile(path, row.line, f"{person.login} 出现了两次", f"{person.login} is there twice")
    return person


def _posts(person: Row) -> Sequence[Row]:
    return person.get("posts") or ()


def _client_posts(client: Row) -> Sequence[Row]:
    """The client's own row: it has one post, written beside its name."""
    return (client,)


def _post(path: Path, row: Row) -> EntryFile:
    with reading(path, row):
        given = {name: value for name, value in row.items() if name not in ("client_id", "name")}
        VersionFile({**given, "holder": "nobody yet"}).form  # noqa: B018 (to have it checked)
        return EntryFile("post", "", [VersionFile(given)])
