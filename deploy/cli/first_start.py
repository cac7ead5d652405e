"""Loads the scenario once, after the first start of a data directory."""

import importlib
import importlib.util

from deploy.embedded.folder import Folder
from deploy.embedded.state import State

MODULE = "deploy.cli.demo"


def load_scenario(folder: Folder, found: State) -> None:
    """Calls `deploy.cli.demo.first_start(folder, state)` until it says that this directory has it all."""
    done = folder.root / "scenario-loaded"
    if done.exists() or importlib.util.find_spec(MODULE) is None:
        return
    # Imported late: it brings the whole client side along, which every other start can do without.
    if importlib.import_module(MODULE).first_start(folder, found):
        done.touch()
