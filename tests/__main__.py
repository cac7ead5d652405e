"""The whole test suite in two halves at once, each with its own servers: `python -m tests`, with pytest's options.

A half takes its folders one after the other, as one run would: what a folder's tests set up ends with them or serves
those after them. In three parts it took longer: drills were twice as slow for what ran beside them.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
FIRST = frozenset(
    {"audit", "bench", "clocks", "console", "directory", "generator", "intake", "lists", "stories", "workflows"}
)
"""About as long as all others together."""


def main(options: list[str]) -> int:
    """pytest's exit code, of the half that has the greater one."""
    folders = sorted(path.name for path in HERE.iterdir() if any(path.rglob("test_*.py")))
    halves = [[name for name in folders if (name in FIRST) is first] for first in (True, False)]
    with tempfile.TemporaryFile("w+") as later:
        beside = _pytest(halves[1], options, later)
        first = _pytest(halves[0], options).wait()
        second = beside.wait()
        later.seek(0)
        print(later.read(), end="", flush=True)
    return max(first, second)


def _pytest(folders: list[str], options: list[str], out: object = None) -> "subprocess.Popen[bytes]":
    paths = [str(HERE / name) for name in folders]
    return subprocess.Popen([sys.executable, "-m", "pytest", *options, *paths], stdout=out, stderr=out)  # type: ignore[arg-type]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
