"""What a service is told by its environment: the same names in every way to run it."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from deploy.district_yaml import WrongFile
from deploy.embedded import keyring
from deploy.embedded.folder import Folder
from deploy.embedded.ports import HOST
from deploy.embedded.postgres import Postgres
from deploy.log_keys import MIRROR, ORIGIN, WITNESS, LogSecrets
from deploy.sample_people import SYSTEM, to_try

POSTGRES_OFFSET = 54
KAFKA_OFFSET = 92
CONTROLLER_OFFSET = 93
WITNESS_OFFSET = 12
CONSOLE_OFFSET = 20
ISSUER = "directory"
KEEPER = "audit"
"""Of the log that the witness watches."""

DISTRICT = Path(__file__).parents[1] / "districts" / "dongzheng"
NOT_PASSED_ON = (
    "DATABASE_URL",
    "KAFKA_BOOTSTRAP",
    "OIDC_ISSUER",
    "MASTER_KEY",
    "DEMO_PASSWORD",
    "CLIENT_SECRET",
    "CLIENT_SECRETS",
    "SIGNING_KEY",
    "FACT_KEYS",
    "LOG_KEYS",
    "WITNESSES",
    "WITNESS_KEY",
    "MIRROR_KEY",
    "CONSOLE_KEY",
    "OIDC_CLIENTS",
    "SAMPLE_PEOPLE",
    "SIGN_IN_URL",
)


@dataclass(frozen=True)
class Addresses:
    """The ports of a run, all counted from one; `offsets` names every service that there is."""

    base: int
    offsets: Mapping[str, int]

    def port(self, service: str) -> int:
        """Of a service."""
        return self.base + self.offsets[service]

    def url(self, service: str) -> str:
        """Of a service."""
        return f"http://{HOST}:{self.port(service)}"

    @property
    def witness(self) -> int:
        """Port of the witness of the audit log."""
        return self.base + WITNESS_OFFSET

    @property
    def console(self) -> int:
        """Port of the page that people work in."""
        return self.base + CONSOLE_OFFSET

    @property
    def postgres(self) -> int:
        """Port of PostgreSQL."""
        return self.base + POSTGRES_OFFSET

    @property
    def kafka(self) -> int:
        """Port of Kafka for clients."""
        return self.base + KAFKA_OFFSET

    @property
    def controller(self) -> int:
        """Port of Kafka's controller."""
        return self.base + CONTROLLER_OFFSET


@dataclass(frozen=True)
class Surroundings:
    """Everything that the environments of all services are made of."""

    folder: Folder
    addresses: Addresses
    secrets: Mapping[str, str]

    def as_of_now(self) -> "Surroundings":
        """With the keys that were replaced since."""
        return replace(self, secrets=keyring.load(self.folder.secrets, self.addresses.offsets))

    def of(self, service: str, postgres: Postgres) -> dict[str, str]:
        """The whole environment of one service; it gets no other service's password."""
        return (
            inherited()
            | self._of_clients(service)
            | (self._of_log() if service == KEEPER else {})
            | (self._of_sign_in() if service == ISSUER else {})
            | {
                "DATABASE_URL": postgres.url(f"lianzhi_{service}", self.secrets[f"db:{service}"]),
                "KAFKA_BOOTSTRAP": f"{HOST}:{self.addresses.kafka}",
                "OIDC_ISSUER": self.addresses.url(ISSUER),
                "HOST": HOST,
                "INSTANCE": f"{service}-1",
                "PORT": str(self.addresses.port(service)),
                "MASTER_KEY": self.secrets[keyring.MASTER],
                "SIGNING_KEY": self.secrets[f"sign:{service}"],
                "CLOCK_FILE": str(self.folder.clock),
                "LIANZHI_DISTRICT": str(DISTRICT),
                "DEMO_PASSWORD": self.secrets[keyring.DEMO],
                "SERVICE_URLS": json.dumps({name: self.addresses.url(name) for name in self.addresses.offsets}),
            }
        )

    def of_witness(self) -> dict[str, str]:
        """The whole environment of the witness: no database, no broker, and of the log's keys the public one only."""
        return inherited() | {
            "WITNESS_NAME": WITNESS,
            "WITNESS_KEY": self.secrets[keyring.WITNESS],
            "MIRROR_NAME": MIRROR,
            "MIRROR_KEY": self.secrets[keyring.MIRROR],
            "WITNESS_LOGS": json.dumps(self._log.logs()),
            "WITNESS_FOLDER": str(self.folder.witness),
            "HOST": HOST,
            "PORT": str(self.addresses.witness),
        }

    def of_witness_now(self) -> dict[str, str]:
        """With the keys as they are now: they may have been replaced since it was last started."""
        return self.as_of_now().of_witness()

    def of_console(self) -> dict[str, str]:
        """The whole environment of the console: no database, no broker, no secret but the one for its cookies."""
        return inherited() | {
            "CONSOLE_KEY": self.secrets[keyring.CONSOLE],
            "CONSOLE_URL": f"http://{HOST}:{self.addresses.console}",
            "OIDC_ISSUER": self.addresses.url(ISSUER),
            "SERVICE_URLS": json.dumps({name: self.addresses.url(name) for name in self.addresses.offsets}),
            "HOST": HOST,
            "PORT": str(self.addresses.console),
        }

    def _of_log(self) -> dict[str, str]:
        return {
            "LOG_ORIGIN": ORIGIN,
            "LOG_KEYS": json.dumps(self._log.log_keys()),
            "WITNESSES": json.dumps(self._log.witnesses(f"http://{HOST}:{self.addresses.witness}")),
            "FACT_KEYS": json.dumps(self._log.fact_keys()),
            "ARCHIVES": str(self.folder.archives),
        }

    def _of_sign_in(self) -> dict[str, str]:
        """The console by both names of this machine; the district is invented, so everybody may try its people."""
        at = [f"http://{name}:{self.addresses.console}" for name in (HOST, "localhost")]
        console = {
            "redirect_uris": [f"{each}/auth/callback" for each in at],
            "post_logout_redirect_uris": [f"{each}/" for each in at],
        }
        return {"OIDC_CLIENTS": json.dumps({"console": console}), "SAMPLE_PEOPLE": json.dumps(sample_logins())}

    @property
    def _log(self) -> LogSecrets:
        return LogSecrets(
            self.secrets[keyring.LOG],
            self.secrets[keyring.WITNESS],
            self.secrets[keyring.MIRROR],
            {name: self.secrets[f"sign:{name}"] for name in self.addresses.offsets},
            keyring.before(self.secrets),
        )

    def _of_clients(self, service: str) -> dict[str, str]:
        """A service's own secret as a client; the issuer's first secrets of all of them."""
        known = {name: self.secrets[f"client:{name}"] for name in keyring.ASKING if f"client:{name}" in self.secrets}
        own = {"CLIENT_SECRET": known[service]} if service in known else {}
        firsts = {f"service.{name}": secret for name, secret in known.items()}
        return {**own, **({"CLIENT_SECRETS": json.dumps(firsts)} if service == ISSUER else {})}


def sample_logins() -> list[str]:
    """Of people; none while the district's files cannot be read."""
    try:
        return [each.username for each in to_try(DISTRICT) if each.role != SYSTEM]
    except WrongFile:
        return []


def inherited() -> dict[str, str]:
    """This process's environment without what is set for each service."""
    return {name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON}
