"""What an entry of the directory is made of: forms as data, and the way from an entry to its form and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.console.steps import Field

LANGUAGES = ("zh", "en")
OWN_SERVICE = ("petition", "police", "justice", "emergency")
OFFICES = ("government", "party", "subdistrict", "community", "station", "centre")
GOVERNANCES = ("political", "comprehensive", "legal", "moral", "self", "intelligent")
NETS = ("governance", "party_building", "city_management", "illegal_building")
ROLES = ("clerk", "grid_worker", "dispatcher", "handler", "supervisor", "auditor", "administrator", "system")
DATES = (Field("valid_from", "day", optional=True), Field("valid_to", "day", optional=True))
NAME = (Field("name_zh", "line"), Field("name_en", "line"))
BASIS = (Field("basis_zh", "line"), Field("basis_en", "line"))
CODE = Field("code", "line", word="field.entry_code")
AREA = Field("area", "any_area", word="field.any_area")


@dataclass(frozen=True, slots=True)
class EntryForm:
    """`fields`: with texts in both languages as `<name>_zh` and `<name>_en`. What an entry has beside them is kept.

    `new`: whether one can be begun from nothing. `lasting`: it is only ever corrected, and has no dates of its own.
    """

    fields: tuple[Field, ...]
    new: bool = True
    lasting: bool = False

    @property
    def asked(self) -> tuple[Field, ...]:
        return self.fields if self.lasting else (*self.fields, *DATES)


ENTRIES: Mapping[str, EntryForm] = {
    "departments": EntryForm(
        (
            *NAME,
            Field("kind", "choice", OFFICES, word="field.department_kind"),
            Field("parent", "department", optional=True),
            Field("service", "choice", OWN_SERVICE, optional=True),
        )
    ),
    "areas": EntryForm((*NAME, Field("level", "choice", ("district", "subdistrict", "community", "grid")))),
    "categories": EntryForm(
        (
            *NAME,
            Field("kind", "choice", ("livelihood", "dispute"), word="field.category_kind"),
            Field("governance", "choice", GOVERNANCES, optional=True),
            Field("net", "choice", NETS, optional=True),
            Field("handling", "clock", optional=True),
            Field("follow_up", "clock", optional=True),
            Field("circle", "departments", optional=True),
            Field("duty", "department", optional=True),
        )
    ),
    "rules": EntryForm(
        (
            Field("category", "category"),
            AREA,
            Field("lead", "department"),
            Field("co_handlers", "departments", optional=True),
            *BASIS,
        )
    ),
    "authorities": EntryForm((Field("department", "department"), Field("category", "category"), AREA, *BASIS)),
    "workflows": EntryForm((Field("workflow", "number"), Field("category", "category", optional=True), AREA, *BASIS)),
    "clocks": EntryForm((*NAME, *BASIS, Field("length", "number"), Field("least", "number", start=1)), new=False),
    "holidays": EntryForm(
        (
            Field("source_zh", "line"),
            Field("source_en", "line"),
            Field("days_off", "dates"),
            Field("days_worked", "dates", optional=True),
        ),
        lasting=True,
    ),
}
POST = (
    Field("holder", "known"),
    Field("role", "choice", ROLES),
    Field("department", "department"),
    AREA,
    *DATES,
)
PERSON = (Field("username", "line"), Field("name", "line", word="field.person_name"), Field("department", "department"))
PASSWORD = (Field("password", "secret"),)
END = (Field("valid_to", "day", optional=True, word="field.ends_on"),)


def flat(entry: Mapping[str, Any]) -> dict[str, Any]:
    """`name: {zh, en}` as `name_zh`, `name_en`: as the fields have it."""
    found: dict[str, Any] = {}
    for name, value in entry.items():
        if isinstance(value, Mapping) and value.keys() == set(LANGUAGES):
            found |= {f"{name}_{language}": value[language] for language in LANGUAGES}
        else:
            found[name] = value
    return found


def body_of(kind: str, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What is sent: all of the entry as it stands, with what was given in its place; nothing where it was emptied."""
    form = ENTRIES[kind]
    kept = {name: value for name, value in before.items() if name not in ("code", "valid_from", "valid_to")}
    whole = {**flat(kept), **{name: value for name, value in given.items() if name != "code"}}
    said = {name: value for name, value in whole.items() if value not in (None, "")}
    for name in _both(form.asked):
        said[name] = {language: said.pop(f"{name}_{language}") for language in LANGUAGES}
    return said


def changed(
    fields: Sequence[Field], given: Mapping[str, Any], before: Mapping[str, Any]
) -> list[tuple[Field, Any, Any]]:
    """Field, what holds now, what would hold."""
    now = flat(before)
    return [
        (field, now.get(field.name), given[field.name])
        for field in fields
        if (now.get(field.name) or None) != (given[field.name] or None)
    ]


def _both(fields: Sequence[Field]) -> list[str]:
    return [field.name.removesuffix("_zh") for field in fields if field.name.endswith("_zh")]
