"""What the console is told by its environment."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings

from shared.contents.vault import Vault

Url = Annotated[str, AfterValidator(lambda url: url.rstrip("/"))]


class ConsoleSettings(BaseSettings):
    """From the environment, by these names in capitals.

    `console_key`: 32 bytes in base64, the same for all replicas: what browsers keep for the console is sealed with it.
    `console_url`: where browsers reach it. `oidc_scope`: what the provider needs to be asked for.
    """

    host: str = "127.0.0.1"
    port: int = 8120
    log_level: str = "INFO"
    console_url: Url = Field(default="http://127.0.0.1:8120")
    console_key: SecretStr
    oidc_issuer: Url
    oidc_client_id: str = "console"
    oidc_scope: str = "openid"
    service_urls: dict[str, Url]

    def vault(self) -> Vault:
        return Vault.from_text(self.console_key.get_secret_value())

    @property
    def secure(self) -> bool:
        """Whether browsers reach it by TLS: cookies are then never sent otherwise."""
        return self.console_url.startswith("https:")
