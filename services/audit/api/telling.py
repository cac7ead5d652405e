"""A fact told as a sentence, with the directory's names of the day in the place of codes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.audit.api.naming import name_of, rule_name
from services.audit.sentences import DEPARTMENTS, WHO, sentence_of
from shared.clocks.zone import DISTRICT_ZONE
from shared.procedure.actor import RESIDENT
from shared.web.call import Call

CENTRE_AND_WINDOW = frozenset({"intake", "dispatch"})
"""What these say of a department by themselves is not said by it."""


def told(call: Call, row: Any, data: Mapping[str, Any] | None) -> str | None:
    """None for a fact of a kind that is not known here."""
    _, service, fact, _ = row["type"].split(".", 3)
    word = sentence_of(service, fact)
    if word is None or data is None:
        return None
    gap = "" if call.language == "zh" else " "
    names = _Names(call, data)
    if row["department"] and data.get("department") == row["department"]:
        names["department"] = WHO["itself"].said(call.language)
    said = word.said(call.language).format_map(names)
    return f"{_who(call, row, service, data)}{gap}{said}"


def _who(call: Call, row: Any, service: str, data: Mapping[str, Any]) -> str:
    if row["department"]:
        return str(name_of(call, "department", row["department"]))
    if row["actor"] == RESIDENT.id:
        return WHO["reporter"].said(call.language)
    if not row["actor"].startswith("service:"):
        return WHO["official"].said(call.language)
    if service not in CENTRE_AND_WINDOW and data.get("department"):
        return str(name_of(call, "department", str(data["department"])))
    return WHO["platform"].said(call.language)


class _Names(dict[str, str]):
    """Of a fact's fields, as people say them; a field that is absent is an ellipsis."""

    def __init__(self, call: Call, data: Mapping[str, Any]) -> None:
        super().__init__({name: self._said(call, name, value) for name, value in data.items()})

    def __missing__(self, name: str) -> str:
        return "…"

    @staticmethod
    def _said(call: Call, name: str, value: Any) -> str:
        if name == "rule" and isinstance(value, str):
            return rule_name(call, value)
        if name in DEPARTMENTS:
            return str(name_of(call, "department", str(value)))
        if name in ("area", "category"):
            return str(name_of(call, name, str(value)))
        if name == "due_at":
            return f"{datetime.fromisoformat(value).astimezone(DISTRICT_ZONE):%Y-%m-%d %H:%M}"
        return str(value)
