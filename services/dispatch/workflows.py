"""Under which version of the procedures a case is opened: what the directory says of its matter and place that day."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from shared.reference.reference import Reference, Version

KIND, FIRST = "workflow", 1


@dataclass(frozen=True, slots=True)
class InForce:
    """`entry` None: the district says nothing, and the first version holds."""

    entry: Version | None

    @property
    def workflow(self) -> int:
        return FIRST if self.entry is None else int(self.entry.entry["workflow"])

    def pinned(self) -> dict[str, Any]:
        """As the case keeps it."""
        entry = self.entry
        by = {"workflow_by": entry.code, "workflow_from": entry.valid_from} if entry else {}
        return {"workflow": self.workflow, **by}


def in_force(reference: Reference, category: str, area: str, on: date | datetime) -> InForce:
    """What names the matter goes before what is for all matters, then the smallest area that holds the place."""
    said = (*reference.having(KIND, on, category=category), *reference.having(KIND, on, category=None))
    here = [version for version in said if area.startswith(version.entry["area"])]
    return InForce(max(here, key=_closeness, default=None))


def _closeness(version: Version) -> tuple[bool, int]:
    return version.entry.get("category") is not None, len(version.entry["area"])


def entries(reference: Reference, workflow: int) -> list[Version]:
    """Every entry that puts it into force, also of days past and to come, the earliest first."""
    found = (version for version in reference.versions(KIND) if version.entry["workflow"] == workflow)
    return sorted(found, key=lambda version: (version.valid_from, version.code))
