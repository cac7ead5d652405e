"""Where a service finds what it stands on. Nothing here says whether that is embedded or not."""

from pathlib import Path

from pydantic import SecretStr
from pydantic_settings import BaseSettings


class Settings(BaseSettings):
    """From the environment, by these names in capitals.

    `master_key`: base64 of 32 bytes, the same for all replicas and after every restart: contents are sealed by it,
    and a repeated request is known by it. `instance` names this replica for good: started again, it takes up its
    partitions without waiting for its predecessor to be given up. No two running replicas may share it.
    `oidc_typ`: the `typ` of access tokens. Keycloak writes `JWT` unless its client has "Use at+jwt as access
    token header type" on, which is the safer way: only so an ID token differs in its header.
    `signing_key`: base64 of 32 bytes that only this service's replicas know; its facts are signed with it.
    `head_every`: seconds between head facts; audit alarms when one and a half times that have passed: a minute.
    `client_secret`: of the client `service.<name>`, for a service that asks others (at `service_urls`).
    """

    database_url: str
    kafka_bootstrap: str
    oidc_issuer: str
    master_key: str
    oidc_audience: str = "lianzhi"
    oidc_algorithm: str = "ES256"
    oidc_typ: str = "at+jwt"
    host: str = "127.0.0.1"
    port: int = 8000
    clock_file: Path | None = None
    service_urls: dict[str, str] = {}
    client_secret: SecretStr | None = None
    signing_key: SecretStr | None = None
    head_every: float = 40.0
    session_timeout: float = 10.0
    instance: str | None = None
    log_level: str = "INFO"
