"""Prints an environment file with fresh secrets for docker-compose.yml. Standard library only."""

import base64
import secrets

SERVICES = ("directory", "intake", "dispatch", "petition", "audit", "police", "justice", "emergency")


def lines() -> list[str]:
    found = [f"POSTGRES_PASSWORD={secrets.token_urlsafe(24)}", f"DEMO_PASSWORD={secrets.token_urlsafe(9)}"]
    found.append(f"MASTER_KEY={base64.b64encode(secrets.token_bytes(32)).decode()}")
    for name in SERVICES:
        found.append(f"DB_{name.upper()}={secrets.token_urlsafe(24)}")
        found.append(f"OWNER_{name.upper()}={secrets.token_urlsafe(24)}")
    found.append(f"CLIENT_INTAKE={secrets.token_urlsafe(24)}")
    return found


if __name__ == "__main__":
    print("\n".join(lines()))
