"""The whole test suite in three parts at once, each with its own servers: `python -m tests`, with pytest's options.

A part takes its folders one after the other, as one run would: what a folder's tests set up ends with them or serves
those after them. Much of a test is waiting for something to happen, so that two cores have room for three.
"""

import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

HERE = Path(__file__).parent
PARTS = (
    frozenset({"audit", "bench", "clocks", "embedded", "generator", "lists"}),
    frozenset({"console", "directory", "dispatch", "intake", "stories", "workflows"}),
)
"""Each about as long as all that is in neither."""


def main(options: list[str]) -> int:
    """pytest's exit code, of the part that has the greatest one."""
    folders = sorted(path.name for path in HERE.iterdir() if any(path.rglob("test_*.py")))
    rest = [name for name in folders if not any(name in part for part in PARTS)]
    with ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile("w+")) for _ in PARTS]
        beside = [_pytest(sorted(part), options, output) for part, output in zip(PARTS, outputs, strict=True)]
        codes = [_pytest(rest, options).wait()]
        for process, output in zip(beside, outputs, strict=True):
            codes.append(process.wait())
            output.seek(0)
            print(output.read(), end="", flush=True)
    return max(codes)


def _pytest(folders: list[str], options: list[str], out: IO[str] | None = None) -> "subprocess.Popen[bytes]":
    paths = [str(HERE / name) for name in folders]
    return subprocess.Popen([sys.executable, "-m", "pytest", *options, *paths], stdout=out, stderr=out)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
