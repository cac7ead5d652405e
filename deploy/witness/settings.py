"""What a witness is called, whose logs it watches, where it keeps what it has seen."""

import os
from base64 import b64decode
from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.audit.tree.notes import COSIGNS, SigningKey, VerifierKey


class WitnessSettings(BaseSettings):
    """From the environment, by these names in capitals, or from files of these names in the folder PUBLIC_KEYS.

    `witness_key`, `mirror_key`: base64 of 32 bytes each, different ones (C2SP tlog-cosignature). `witness_logs`: the
    `vkey`s of each log by its origin.
    """

    witness_name: str = "lianzhi.local/witness"
    witness_key: SecretStr
    mirror_name: str = "lianzhi.local/mirror"
    mirror_key: SecretStr
    witness_logs: dict[str, list[str]]
    witness_folder: Path
    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "INFO"

    model_config = SettingsConfigDict(secrets_dir=os.environ.get("PUBLIC_KEYS"))

    def cosigner(self) -> SigningKey:
        return SigningKey(self.witness_name, COSIGNS, b64decode(self.witness_key.get_secret_value(), validate=True))

    def mirror(self) -> SigningKey:
        return SigningKey(self.mirror_name, COSIGNS, b64decode(self.mirror_key.get_secret_value(), validate=True))

    def logs(self) -> dict[str, list[VerifierKey]]:
        """Raises BadNote for what is no key."""
        return {origin: [VerifierKey.read(key) for key in keys] for origin, keys in self.witness_logs.items()}
