"""Where a request for signing in goes, and where it comes from."""

from ipaddress import ip_address, ip_network

from fastapi import Request

from services.directory.tokens.issue import SignIn
from shared.web.runtime import Runtime


def sign_in_of(request: Request) -> SignIn:
    runtime: Runtime = request.app.state.runtime
    return runtime.extra(SignIn)


def place_of(request: Request) -> str:
    """The network that somebody calls from: one address, or the 64 bits that an IPv6 subscriber has."""
    try:
        address = ip_address(request.client.host if request.client else "")
    except ValueError:
        return ""
    return str(ip_network((address, 64 if address.version == 6 else 32), strict=False))
