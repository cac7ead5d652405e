"""What somebody has begun to write, kept by their own browser (decision 27): in this tab only, sealed with a key that
the console gives to nobody else. `static/drafts.js` has the other half."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nicegui import ui
from nicegui.elements.mixins.value_element import ValueElement

from shared.contents.vault import Vault

PATIENCE = 3.0
"""Seconds for the browser to answer."""


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
