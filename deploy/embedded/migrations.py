"""Runs all migrations as a program of its own, with the libraries that the nursery has loaded."""

import json
import os

from deploy.migrate import migrate


def main() -> None:
    """ADMIN_URL: the database, for the superuser; NAMES and SECRETS: JSON."""
    names, secrets = json.loads(os.environ["NAMES"]), json.loads(os.environ["SECRETS"])
    migrate(os.environ["ADMIN_URL"], names, secrets)


if __name__ == "__main__":
    main()
