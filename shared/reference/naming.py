"""What the directory calls a code: the name of an entry, or the basis that it gives."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from shared.facts.sentence import Teller
from shared.reference.reference import Reference
from shared.refusals.words import Language


def teller(reference: Reference, language: Language, now: datetime) -> Teller:
    """Names as they were when a fact was told; of what the directory did not know then as they are now."""

    def name(kind: str, code: str, at: datetime) -> str | None:
        version = reference.get(kind, code, at) or reference.get(kind, code, now)
        return named(kind, version.entry, language) if version else None

    return Teller(language, name)


def named(kind: str, entry: Mapping[str, Any], language: Language) -> str | None:
    if kind == "clock":
        name: str | None = entry["rule"]["name"][language]
        return name
    return entry.get(f"basis_{language}" if kind in ("rule", "authority") else f"name_{language}")
