"""Which pages people may sign in for, and where; told to the issuer by its environment."""

from urllib.parse import urlsplit

from pydantic import BaseModel, SecretStr, field_validator
from pydantic_settings import BaseSettings


class PublicClient(BaseModel):
    """A page that keeps no secret, with the addresses it may have people sent to: as they stand, sign by sign."""

    redirect_uris: list[str]
    post_logout_redirect_uris: list[str] = []

    @field_validator("redirect_uris", "post_logout_redirect_uris")
    @classmethod
    def _are_addresses(cls, uris: list[str]) -> list[str]:
        for uri in uris:
            parts = urlsplit(uri)
            if parts.scheme not in ("http", "https") or not parts.hostname or "#" in uri:
                raise ValueError("each has to be an address with http or https and without a fragment")
        return uris


class SignInSettings(BaseSettings):
    """From the environment, by these names in capitals.

    `sign_in_url`: where browsers reach the issuer, if not at `OIDC_ISSUER`. `sample_people`: sign-in names that the
    page offers to everybody, with the password that all have at first: for an invented district and no other.
    """

    oidc_clients: dict[str, PublicClient] = {}
    sign_in_url: str | None = None
    sample_people: list[str] = []
    demo_password: SecretStr | None = None
