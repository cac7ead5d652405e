"""The people of the demonstration district whom one may sign in as."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from deploy.district_yaml import Row, reading, rows

IN_THE_README = ("clerk.liu", "city.tang", "supervise.mao", "audit.yan", "admin.ran", "transport.lei")
HANDLER, SYSTEM, SUBDISTRICT = "handler", "system", "subdistrict"


@dataclass(frozen=True)
class SignIn:
    """One person or system, with the first of their posts."""

    username: str
    name: str
    department: str
    role: str


@dataclass(frozen=True)
class Office:
    """A department, as far as it decides whom to show."""

    name: str
    service: str | None
    kind: str | None


def to_try(district: Path) -> list[SignIn]:
    """Those whom the README's examples use, one of each role, one handler of each office. Raises WrongFile."""
    offices = _offices(district / "departments.yaml")
    chosen: dict[str, SignIn] = {}
    seen: set[object] = set()
    for username, row in _everybody(district):
        path = district / ("clients.yaml" if "client_id" in row else "staff.yaml")
        with reading(path, row):
            post = row["posts"][0] if row.get("posts") else row
            office = offices.get(post["department"], Office(post["department"], None, None))
            reasons = {reason for reason in _reasons(post["role"], office) if reason not in seen}
            if reasons or username in IN_THE_README:
                seen |= reasons
                name = row["name"] if isinstance(row["name"], str) else row["name"]["zh"]
                chosen[username] = SignIn(username, name, office.name, post["role"])
    return list(chosen.values())


def _reasons(role: str, office: Office) -> Iterable[object]:
    """What one is an example of."""
    yield role
    if role == HANDLER and office.service:
        yield (HANDLER, office.service)
    if role == HANDLER and office.kind == SUBDISTRICT:
        yield (HANDLER, SUBDISTRICT)


def _everybody(district: Path) -> Iterable[tuple[str, Row]]:
    """The README's first, so that nobody else stands for what they stand for; those without a post do nothing."""
    staff = [(str(row.get("username")), row) for row in rows(district / "staff.yaml") if row.get("posts")]
    clients = [(str(row.get("client_id")), row) for row in rows(district / "clients.yaml") if row.get("role") == SYSTEM]
    return sorted([*staff, *clients], key=lambda each: each[0] not in IN_THE_README)


def _offices(path: Path) -> dict[str, Office]:
    found = {}
    for row in rows(path):
        with reading(path, row):
            found[row["code"]] = Office(row["name"]["zh"], row.get("service"), row.get("kind"))
    return found
