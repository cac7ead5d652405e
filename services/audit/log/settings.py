"""What the log is called, who signs it, and who watches over it."""

import os
from base64 import b64decode
from pathlib import Path

from pydantic import BaseModel, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.audit.tree.notes import SIGNS, SigningKey, VerifierKey
from shared.signing.facts import Judge, PublicKey


class WitnessAddress(BaseModel):
    """`key` and `mirror` are `vkey`s; a witness without `mirror` keeps no copy of the entries."""

    url: str
    key: str
    mirror: str | None = None


class LogSettings(BaseSettings):
    """From the environment, by these names in capitals, or from files of these names in the folder PUBLIC_KEYS.

    `log_keys`: each base64 of 32 bytes that nobody else may know; all sign, the first is the one that stays. A new key
    is put before the old one for as long as others need to learn it. `witness_quorum`: how many must have cosigned a
    checkpoint before it is published. `fact_keys`: `vkey`s of the services, by which each fact's signature is judged;
    without any, none is. `archives`: the folder that archives are written into.
    """

    log_origin: str = "lianzhi.local/log"
    log_keys: list[SecretStr] = []
    witnesses: list[WitnessAddress] = []
    witness_quorum: int = 1
    fact_keys: list[str] = []
    checkpoint_every: float = 1.0
    archives: Path | None = None

    model_config = SettingsConfigDict(secrets_dir=os.environ.get("PUBLIC_KEYS"))

    def judge(self) -> Judge:
        """Raises ValueError for what is no key."""
        return Judge(map(PublicKey.read, self.fact_keys))

    def signers(self) -> list[SigningKey]:
        """Raises ValueError for a key of another length."""
        seeds = [b64decode(key.get_secret_value(), validate=True) for key in self.log_keys]
        if any(len(seed) != 32 for seed in seeds):
            raise ValueError("each of LOG_KEYS has to be base64 of 32 bytes")
        return [SigningKey(self.log_origin, SIGNS, seed) for seed in seeds]

    def verifiers(self) -> list[VerifierKey]:
        return [signer.verifier() for signer in self.signers()]
