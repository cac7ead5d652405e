"""Who is signed in, kept by their own browser in cookies that only the console can open."""

import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import asdict, dataclass
from typing import Literal

import orjson
from fastapi import Request, Response

from services.console.settings import ConsoleSettings
from shared.contents.vault import Vault
from shared.refusals.refusals import Unavailable
from shared.refusals.words import Language

SESSION, LANGUAGE, THEME = "lianzhi_session", "lianzhi_language", "lianzhi_theme"
Theme = Literal["auto", "light", "dark"]
A_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """`expires`: seconds since 1970, of the access token. `id_token`: told to the issuer at sign-out."""

    access_token: str
    id_token: str
    expires: float

    @property
    def holds(self) -> bool:
        return self.expires > time.time()


@dataclass(frozen=True, slots=True)
class Tastes:
    """What somebody has chosen for this browser."""

    language: Language = "zh"
    theme: Theme = "auto"


class Sealed:
    """Cookies of one name whose content browsers can keep and not read."""

    def __init__(self, settings: ConsoleSettings, name: str, path: str = "/") -> None:
        self.name, self._path, self._secure = name, path, settings.secure
        self._vault: Vault = settings.vault()

    def put(self, response: Response, content: dict[str, object], seconds: int) -> None:
        sealed = urlsafe_b64encode(self._vault.seal_brief(orjson.dumps(content), self.name)).decode()
        response.set_cookie(
            self.name, sealed, seconds, path=self._path, secure=self._secure, httponly=True, samesite="lax"
        )

    def take(self, request: Request) -> dict[str, object] | None:
        """None for what is missing, or was not sealed here."""
        try:
            sealed = urlsafe_b64decode(request.cookies.get(self.name, ""))
            content: dict[str, object] = orjson.loads(self._vault.open_brief(sealed, self.name))
        except (ValueError, Unavailable):
            return None
        return content

    def drop(self, response: Response) -> None:
        response.delete_cookie(self.name, path=self._path, secure=self._secure, httponly=True, samesite="lax")


class Sessions:
    """One per process."""

    def __init__(self, settings: ConsoleSettings) -> None:
        self._cookie = Sealed(settings, SESSION)

    def begin(self, response: Response, session: Session) -> None:
        self._cookie.put(response, asdict(session), max(1, int(session.expires - time.time())))

    def of(self, request: Request) -> Session | None:
        """None for nobody, and for whose token has expired."""
        content = self._cookie.take(request)
        session = Session(**content) if content else None  # type: ignore[arg-type]
        return session if session and session.holds else None

    def end(self, response: Response) -> None:
        self._cookie.drop(response)


def tastes_of(request: Request) -> Tastes:
    language, theme = request.cookies.get(LANGUAGE), request.cookies.get(THEME)
    return Tastes(
        language="en" if language == "en" else "zh",
        theme="light" if theme == "light" else "dark" if theme == "dark" else "auto",
    )
