"""What the audit log's parts have to be told of each other: public keys, from the secret ones."""

from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.audit.tree.notes import COSIGNS, SIGNS, SigningKey
from shared.facts.envelope import source_of
from shared.signing.facts import Signer

LOG = "log"
ORIGIN, WITNESS, MIRROR = "lianzhi.local/log", "lianzhi.local/witness", "lianzhi.local/mirror"


@dataclass(frozen=True)
class LogSecrets:
    """Each base64 of 32 bytes; `services` by name. `before`: by service, or LOG, the key that is being replaced."""

    log: str
    witness: str
    mirror: str
    services: Mapping[str, str]
    before: Mapping[str, str] = field(default_factory=dict)

    def fact_keys(self) -> list[str]:
        """For audit: whose facts are whose."""
        known = [*self.services.items(), *((name, self.before[name]) for name in self.services if name in self.before)]
        return [Signer(source_of(name), _seed(secret)).key.text() for name, secret in known]

    def log_keys(self) -> list[str]:
        """For audit, secret: the key that stays first."""
        return [self.log, *([self.before[LOG]] if LOG in self.before else [])]

    def witnesses(self, url: str) -> list[dict[str, str]]:
        """For audit: the witness, which also keeps a copy."""
        key = SigningKey(WITNESS, COSIGNS, _seed(self.witness)).verifier()
        mirror = SigningKey(MIRROR, COSIGNS, _seed(self.mirror)).verifier()
        return [{"url": url, "key": key.text(), "mirror": mirror.text()}]

    def logs(self) -> dict[str, Any]:
        """For the witness: the log that it watches."""
        return {ORIGIN: [SigningKey(ORIGIN, SIGNS, _seed(key)).verifier().text() for key in self.log_keys()]}


def _seed(secret: str) -> bytes:
    return b64decode(secret, validate=True)
