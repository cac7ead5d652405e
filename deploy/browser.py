"""A real browser in front of the console: for its tests, its pictures and its measured times. Playwright is in the
developers' lock file only."""

import shutil

NAMES = ("chromium", "chromium-browser", "google-chrome")
TO_INSTALL = "no browser: install Debian's `chromium` and `fonts-noto-cjk`, or another of " + ", ".join(NAMES)
ARGUMENTS = ["--no-sandbox"]


def found() -> str | None:
    """The first of them on the PATH."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
