"""Loads the scenario once, after the first start of a data directory."""

import importlib
import importlib.util
import traceback

from rich.console import Console

from deploy.cli import say
from deploy.embedded.folder import Folder
from deploy.embedded.state import State

MODULE = "deploy.cli.demo"


def load_scenario(folder: Folder, found: State, console: Console) -> None:
    """Calls `deploy.cli.demo.first_start(folder, state, console)` until it says that this directory has it all."""
    done = folder.root / "scenario-loaded"
    if done.exists() or importlib.util.find_spec(MODULE) is None:
        return
    try:
        # Imported late: it brings the whole client side along, which every other start can do without.
        if importlib.import_module(MODULE).first_start(folder, found, console):
            done.touch()
    except Exception as failure:  # the run that the story is played in goes on
        _tell(folder, failure, console)


def _tell(folder: Folder, failure: Exception, console: Console) -> None:
    log = folder.log("demo")
    log.parent.mkdir(parents=True, exist_ok=True)
    log.write_text("".join(traceback.format_exception(failure)), encoding="utf-8")
    what = f"{type(failure).__name__}: {failure}"
    zh = f"场景播放失败（{what}）；系统继续运行，下次启动时接着播放。详见 {log}。"
    en = f"The story failed ({what}). The system runs on; the next start goes on with the story. More in {log}."
    console.print(say.both(zh, en), style="red", soft_wrap=True, markup=False, highlight=False)
