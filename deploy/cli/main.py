"""The command `lianzhi`: a list of what it can do; each is imported when it is called."""

from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup

from deploy.cli import say

FAILED = 1

COMMANDS: Final = {
    "up": "deploy.cli.up:up",
    "down": "deploy.cli.down:down",
    "status": "deploy.cli.status:status",
    "token": "deploy.cli.token:token",
    "demo": "deploy.cli.demo:demo",
    "import": "deploy.cli.import_:import_file",
    "authority": "deploy.cli.authority:authority",
    "replay": "deploy.cli.replay:replay",
    "verify": "deploy.cli.verify:verify_file",
    "archive": "deploy.cli.archive:archive",
    "certificate": "deploy.cli.certificate:certificate",
    "inspect": "deploy.cli.inspect:inspect_log",
    "recover": "deploy.cli.recover:recover_log",
    "rotate-key": "deploy.cli.rotate:rotate_key",
    "scrub": "deploy.cli.scrub:scrub_disk",
    "generate": "deploy.cli.generate:generate",
    "whatif": "deploy.cli.whatif:whatif",
    "bench": "deploy.cli.bench:bench",
    "docs": "deploy.cli.docs:docs",
}
"""Name of each command, its module and function."""

SHOWN: Final[dict[str, Any]] = {
    "rich_markup_mode": "rich",
    "pretty_exceptions_show_locals": False,
    "add_completion": False,
}


class Commands(TyperGroup):
    """Finds commands in the list; `status` does not wait for what only `replay` imports.

    Typer brings a click of its own, whose types it does not show.
    """

    def invoke(self, ctx: Any) -> Any:
        """A closed file, such as the secrets of somebody else's data directory, is a sentence."""
        try:
            return super().invoke(ctx)
        except PermissionError as closed:
            where = closed.filename or closed
            say.refuse(
                f"{where} 不可读写：它属于另一个用户。", f"{where} is closed to you: it is somebody else's.", FAILED
            )

    def list_commands(self, ctx: Any) -> list[str]:
        """In the order of the list."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """None for a name that is not in the list."""
        if cmd_name not in COMMANDS:
            return None
        module, function = COMMANDS[cmd_name].split(":")
        alone = typer.Typer(**SHOWN)
        alone.command(cmd_name)(getattr(import_module(module), function))
        return typer.main.get_command(alone)


app = typer.Typer(name="lianzhi", cls=Commands, no_args_is_help=True, **SHOWN)


@app.callback(help="Lets many public offices work one case together. 多部门联动治理。")
def lianzhi() -> None:
    """Without a command there is nothing to do."""


if __name__ == "__main__":
    app()
