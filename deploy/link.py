"""Makes the checkout importable in its virtual environment and puts `lianzhi` there; nothing is built or fetched."""

import sys
import sysconfig
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCRIPT = """#!{python}
from deploy.cli.main import app

app(prog_name="lianzhi")
"""


def link() -> None:
    packages = Path(sysconfig.get_paths()["purelib"])
    (packages / "lianzhi.pth").write_text(f"{ROOT}\n")
    script = Path(sys.executable).parent / "lianzhi"
    script.write_text(SCRIPT.format(python=sys.executable))
    script.chmod(0o755)


if __name__ == "__main__":
    link()
