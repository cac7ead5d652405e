"""W3C trace context: taken from the caller or begun here, carried to facts and to the next service.

`tracestate` is not carried: anybody may write anything there, and a fact is kept for good.
"""

import re
from contextvars import ContextVar

from shared.world.world import random_bytes

_FORM = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
current: ContextVar[str | None] = ContextVar("traceparent", default=None)
request: ContextVar[str | None] = ContextVar("request", default=None)
"""The id that a request is answered with."""


def continued(given: str | None) -> str:
    """A traceparent for this hop: same trace, new span; a new trace when none, or a malformed one, came in."""
    match = _FORM.fullmatch(given or "")
    if match and match[1] != "0" * 32 and match[2] != "0" * 16:
        return f"00-{match[1]}-{random_bytes(8).hex()}-{match[3]}"
    digits = random_bytes(24).hex()
    return f"00-{digits[:32]}-{digits[32:]}-01"


def identifiers() -> dict[str, str | None]:
    """Of the request in hand, for log lines."""
    traceparent = current.get()
    return {"request": request.get(), "trace": traceparent and traceparent[3:35]}
