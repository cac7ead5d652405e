"""The people of the demonstration district whom one may sign in as."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from rich.table import Table


@dataclass(frozen=True)
class SignIn:
    """One person, with the first of their posts."""

    username: str
    name: str
    department: str
    role: str


def one_per_role(district: Path) -> list[SignIn]:
    """The first person of each role; empty if the district has no staff."""
    staff = _read(district / "staff.yaml")
    names = {each["code"]: each["name"]["zh"] for each in _read(district / "departments.yaml")}
    everyone = [_sign_in(person, names) for person in staff if person.get("posts")]
    first = {each.role: each for each in reversed(everyone)}
    return [each for each in everyone if first[each.role] is each]


def as_table(people: list[SignIn], password: str) -> Table:
    """All with the same password."""
    table = Table("Sign in as", "Name", "Department", "Role", title=f"Password: {password}", title_justify="left")
    for each in people:
        table.add_row(each.username, each.name, each.department, each.role)
    return table


def _sign_in(person: dict[str, Any], departments: dict[str, str]) -> SignIn:
    post = person["posts"][0]
    department = departments.get(post["department"], post["department"])
    return SignIn(person["username"], person["name"], department, post["role"])


def _read(path: Path) -> list[dict[str, Any]]:
    return yaml.safe_load(path.read_text(encoding="utf-8")) or [] if path.exists() else []
