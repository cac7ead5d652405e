"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="LIANZHI_DATA",
        help="The data directory.",
        file_okay=False,
        readable=False,  # not checked by Typer, whose words are its own
        resolve_path=True,
    ),
]

DEFAULT_DATA = Path(".lianzhi")
