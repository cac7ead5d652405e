"""What somebody has begun to write, kept by their own browser (decision 27): in this tab only, sealed with a key that
the console gives to nobody else. `static/drafts.js` has the other half."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement

from services.console.look.inputs import Inputs
from shared.contents.vault import Vault

PATIENCE = 3.0
"""Seconds for the browser to answer."""
CHOSEN = frozenset(
    {"department", "departments", "area", "any_area", "category", "clock", "choice", "task", "tasks", "known"}
)
"""Kinds of fields that the browser itself does not see being filled in."""


@dataclass(frozen=True, slots=True)
class Place:
    """One form: `about` a case or whatever it is of, `step` what it is for."""

    about: str
    step: str


class Drafts:
    """Of one window."""

    def __init__(self, vault: Vault, person: str) -> None:
        self._key = b64encode(vault.fingerprint(f"draft\0{person}".encode())).decode()
        self._owner = vault.fingerprint(f"whose draft\0{person}".encode()).hex()[:16]

    def begin(self) -> None:
        """What another person has left in this tab is gone with it."""
        ui.run_javascript(f"drafts.begin({json.dumps(self._owner)}, {json.dumps(self._key)})")

    def keep(self, place: Place, name: str, field: ValueElement[Any], typed: bool = True) -> None:
        """From now on as it is filled in. `typed`: the browser sees it itself, also when the connection is lost."""
        if typed:
            named = {"data-draft-about": place.about, "data-draft-step": place.step, "data-draft": name}
            field.props(" ".join(f'{key}="{value}"' for key, value in named.items()))
        else:
            about = f"{json.dumps(place.about)}, {json.dumps(place.step)}, {json.dumps(name)}"
            field.on_value_change(lambda event: ui.run_javascript(f"drafts.put({about}, {json.dumps(event.value)})"))

    async def read(self, place: Place) -> Mapping[str, Any]:
        """Fields by name; nothing where nothing was begun."""
        return (await self.of(place.about)).get(place.step, {})

    async def of(self, about: str) -> Mapping[str, Mapping[str, Any]]:
        """All of it, by step."""
        try:
            found = await ui.run_javascript(f"drafts.of({json.dumps(about)})", timeout=PATIENCE)
        except TimeoutError:
            return {}
        return found if isinstance(found, dict) else {}

    def drop(self, place: Place) -> None:
        ui.run_javascript(f"drafts.drop({json.dumps(place.about)}, {json.dumps(place.step)})")


class Drafted:
    """The inputs of one form, kept while somebody is at it; nothing that is secret."""

    def __init__(self, drafts: Drafts | None, inputs: Inputs, place: Place) -> None:
        self._drafts, self._inputs, self._place = drafts, inputs, place
        for field in inputs.fields if drafts is not None else ():
            if field.kind != "secret" and drafts is not None:
                drafts.keep(place, field.name, inputs.made[field.name], typed=field.kind not in CHOSEN)

    async def restore(self) -> bool:
        """What was begun before; whether anything was."""
        if self._drafts is None or not self._inputs.fields:
            return False
        found = await self._drafts.read(self._place)
        for name, value in found.items():
            if name in self._inputs.made and _is_possible(self._inputs.made[name], value):
                self._inputs.made[name].set_value(value)
        return bool(found)

    def sent(self) -> None:
        """The browser forgets it."""
        if self._drafts is not None:
            self._drafts.drop(self._place)


def _is_possible(made: Any, value: Any) -> bool:
    """A choice may have gone since."""
    options = getattr(made, "options", None)
    if options is None:
        return value is not None
    values = value if isinstance(value, list) else [value]
    return all(each in options for each in values)
