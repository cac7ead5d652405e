"""What a service says of itself: the OpenAPI document with its refusals, and the page that shows it.

The page's script and style come from a wheel, for machines that reach no other host.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Response
from fastapi.dependencies.models import Dependant
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import FileResponse, HTMLResponse
from fastapi.routing import APIRoute

from shared.procedure.actor import Role
from shared.refusals.refusals import NotFound
from shared.web.call import Gate

FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}
PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `code` is stable, `title` is in the language of Accept-Language; more fields by code.",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:lianzhi:problem:not-now"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "examples": ["not-now"]},
    },
    "additionalProperties": True,
}
WHY = {
    401: "Not signed in, or the token does not hold",
    403: "None of the caller's posts allows it, here",
    404: "There is no such thing, or the caller may not see it",
    409: "Not possible in the present state",
    412: "If-Match names an older version",
    413: "Too much at once",
    422: "A value that cannot be taken, or an Idempotency-Key used for another request",
    429: "Too much for now: Retry-After says when",
    503: "Something that the answer needs is not reachable: Retry-After says when",
}
CHANGING = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def refusals_of(route: APIRoute) -> list[int]:
    """The statuses of what may be refused there."""
    gate = next((each.call for each in route.dependant.dependencies if isinstance(each.call, Gate)), None)
    changing = bool((route.methods or set()) & CHANGING)
    applies = {
        401: gate is not None,
        403: gate is not None and (changing or Role.RESIDENT not in gate.roles),
        404: "{" in route.path,
        409: changing,
        412: changing and gate is not None,
        413: changing,
        422: changing or _takes_values(route.dependant),
        429: changing,
        503: gate is not None or changing,
    }
    return [status for status, does in applies.items() if does]


def _takes_values(dependant: Dependant) -> bool:
    own = dependant.path_params or dependant.query_params or dependant.header_params or dependant.body_params
    return bool(own) or any(_takes_values(each) for each in dependant.dependencies)


def describe(app: FastAPI) -> None:
    """Once all routes are there."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = plain()
            for operation, route in _operations(document, app):
                _refusals(operation, route)
            parts = document.setdefault("components", {})
            schemas = {k: v for k, v in parts.get("schemas", {}).items() if "ValidationError" not in k}
            parts["schemas"] = {**schemas, "Problem": PROBLEM}
            parts["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}}
        assert app.openapi_schema is not None
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]
    app.add_api_route("/docs", _page(app), include_in_schema=False)
    app.add_api_route("/docs/{name}", _file, include_in_schema=False)


def _operations(document: dict[str, Any], app: FastAPI) -> Iterator[tuple[dict[str, Any], APIRoute]]:
    for route in app.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                yield document["paths"][route.path_format][method.lower()], route


def _refusals(operation: dict[str, Any], route: APIRoute) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    for status in refusals_of(route):
        content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
        answers[str(status)] = {"description": WHY[status], "content": content}
    if "401" in answers:
        open_to_all = any(
            isinstance(d.call, Gate) and Role.RESIDENT in d.call.roles for d in route.dependant.dependencies
        )
        operation["security"] = [{"token": []}, {}] if open_to_all else [{"token": []}]


def _page(app: FastAPI) -> Any:
    async def page() -> HTMLResponse:
        return get_swagger_ui_html(
            openapi_url=app.openapi_url or "",
            title=app.title,
            swagger_js_url="docs/swagger-ui-bundle.js",
            swagger_css_url="docs/swagger-ui.css",
            swagger_favicon_url="docs/favicon.png",
        )

    return page


async def _file(name: str) -> Response:
    """Raises NotFound."""
    found = find_spec("fastapi_offline")
    if name not in FILES or found is None or found.origin is None:
        raise NotFound("file")
    place = Path(found.origin).parent / "static" / name
    return FileResponse(place, media_type=FILES[name], headers={"Cache-Control": "max-age=86400"})
