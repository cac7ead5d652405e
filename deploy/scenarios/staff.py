"""Who works where, from the district's files: steps name a person, calls need their department."""

from dataclasses import dataclass
from pathlib import Path

from deploy.scenarios.data import read


@dataclass(frozen=True)
class Person:
    """`department` and `area` of their first post; `roles` of all."""

    username: str
    department: str
    area: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Staff:
    people: dict[str, Person]
    services: dict[str, str | None]
    """The service of its own that a department answers through."""

    @classmethod
    def of(cls, district: Path) -> "Staff":
        """From `staff.yaml` and `departments.yaml`."""
        people = {}
        for row in read(district / "staff.yaml"):
            post, roles = row["posts"][0], frozenset(each["role"] for each in row["posts"])
            people[row["username"]] = Person(row["username"], post["department"], post["area"], roles)
        services = {row["code"]: row.get("service") for row in read(district / "departments.yaml")}
        return cls(people, services)

    def holding(self, role: str) -> list[Person]:
        """In a fixed order."""
        return [person for person in self.people.values() if role in person.roles]
