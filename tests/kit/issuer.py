"""An identity provider outside the product, for tests without `directory`: ES256 tokens and their keys over HTTP."""

import base64
import json
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey

AUDIENCE = "lianzhi"


def a_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "alg": "ES256", "use": "sig"})


class Issuer:
    """Serves discovery and JWKS at `url`; `token()` signs for anybody.

    `asked` counts the looks at `keys`; they wait for `answers`, and fail when it is `broken`.
    """

    def __init__(self) -> None:
        self.key = a_key("kit")
        self.keys = [self.key]
        self.asked, self.broken = 0, False
        self.answers = threading.Event()
        self.answers.set()
        server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{server.server_port}"
        self._server = server
        threading.Thread(target=server.serve_forever, name="issuer", daemon=True).start()

    def token(self, subject: str, department: str | None = None, **changed: Any) -> str:
        """`changed` overrides claims, for tokens that must be refused."""
        return self.signed({}, subject, department, **changed)

    def signed(
        self,
        header: dict[str, Any],
        subject: str = "u",
        department: str | None = None,
        *,
        key: Any = None,
        **changed: Any,
    ) -> str:
        """With another header, or by another key."""
        now = int(time.time())
        claims = {"iss": self.url, "aud": AUDIENCE, "sub": subject, "iat": now, "exp": now + 3600}
        if department is not None:
            claims["department"] = department
        given = {"alg": "ES256", "kid": "kit", "typ": "at+jwt", **header}
        named = {name: value for name, value in given.items() if value is not None}
        return jwt.encode(named, {**claims, **changed}, key or self.key, algorithms=[named["alg"]], default_type=None)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if self.path == "/.well-known/openid-configuration":
                    places = {"jwks_uri": f"{issuer.url}/jwks", "token_endpoint": f"{issuer.url}/token"}
                    self._answer({"issuer": issuer.url, **places})
                elif self.path == "/jwks":
                    issuer.asked += 1
                    issuer.answers.wait()
                    self._answer(
                        {"keys": "broken" if issuer.broken else [key.as_dict(private=False) for key in issuer.keys]}
                    )
                else:
                    self.send_error(404)

            def do_POST(self) -> None:
                """Any client's secret is taken here."""
                self.rfile.read(int(self.headers["Content-Length"]))
                client, _, _ = base64.b64decode(self.headers["Authorization"].split()[1]).decode().partition(":")
                self._answer({"access_token": issuer.token(client), "token_type": "Bearer", "expires_in": 3600})

            def _answer(self, body: dict[str, Any]) -> None:
                content = json.dumps(body).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


@cache
def the_issuer() -> Issuer:
    """One for all tests of this process."""
    return Issuer()
