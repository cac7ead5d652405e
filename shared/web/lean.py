"""The short way through a route: FastAPI's own takes longer than the rest of a request.

For routes that are given a `Call`, at most one body, and single values of path and headers, and that answer with a
`Response`; all others keep FastAPI's way. Documents and refusals are the same on both.
"""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import iscoroutinefunction
from typing import Any, cast, get_args, get_type_hints

from fastapi import Request, Response, params
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from starlette.types import ASGIApp, Receive, Scope, Send

from shared.web.call import Gate

Problems = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Value:
    """One value of the path or a header."""

    name: str
    wanted: str
    place: str
    field: Any

    def read(self, request: Request) -> tuple[Any, Problems]:
        given = request.path_params if self.place == "path" else request.headers
        if self.wanted not in given:
            return self.field.get_default(), []
        found: tuple[Any, Problems] = self.field.validate(given[self.wanted], {}, loc=(self.place, self.wanted))
        return found


@dataclass(frozen=True, slots=True)
class Body:
    name: str
    adapter: TypeAdapter[Any]
    default: Any
    required: bool

    async def read(self, request: Request) -> tuple[Any, Problems]:
        data = await request.body()
        if not data:
            if not self.required:
                return self.default, []
            return None, [_problem("missing", "Field required")]
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
            return None, [_problem("content_type", "application/json is expected as Content-Type")]
        try:
            return self.adapter.validate_json(data), []
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False, include_context=False)
            return None, [{**each, "loc": ("body", *each["loc"])} for each in found]


def _problem(kind: str, text: str) -> dict[str, Any]:
    return {"type": kind, "loc": ("body",), "msg": text}


def shorten(route: APIRoute) -> bool:
    """Gives the route the short way; False if it cannot go it."""
    dependant = route.dependant
    gates = [each for each in dependant.dependencies if isinstance(each.call, Gate)]
    values = list(_values(dependant))
    bodies = list(_bodies(dependant))
    fits = (
        iscoroutinefunction(route.endpoint)
        and len(gates) == len(dependant.dependencies) == 1
        and len(bodies) == len(dependant.body_params) <= 1
        and len(values) == len(dependant.path_params) + len(dependant.header_params)
        and not (dependant.query_params or dependant.cookie_params or dependant.response_param_name)
        and not (dependant.request_param_name or dependant.background_tasks_param_name)
        and get_type_hints(route.endpoint).get("return") is Response
    )
    if fits:
        route.app = _way(route.endpoint, (str(gates[0].name), cast(Gate, gates[0].call)), values, bodies)
    return fits


def _values(dependant: Dependant) -> Iterator[Value]:
    for place, fields in (("path", dependant.path_params), ("header", dependant.header_params)):
        for field in fields:
            wanted = field.alias
            if place == "header" and wanted == field.name and getattr(field.field_info, "convert_underscores", True):
                wanted = wanted.replace("_", "-")
            if _is_text(field.field_info.annotation) and (place == "path" or not field.field_info.is_required()):
                yield Value(field.name, wanted, place, field)


def _is_text(annotation: Any) -> bool:
    return annotation is str or {*get_args(annotation)} == {str, type(None)}


def _bodies(dependant: Dependant) -> Iterator[Body]:
    for field in dependant.body_params:
        info = field.field_info
        if type(info) is params.Body and not info.embed:
            required = info.is_required()
            adapter: TypeAdapter[Any] = TypeAdapter(cast(Any, info.annotation))
            yield Body(field.name, adapter, None if required else info.get_default(), required)


def _way(
    endpoint: Callable[..., Awaitable[Response]],
    gate: tuple[str, Gate],
    values: Sequence[Value],
    bodies: Sequence[Body],
) -> ASGIApp:
    call, enter = gate

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        given: dict[str, Any] = {call: await enter(request)}
        problems: Problems = []
        for value in values:
            given[value.name], wrong = value.read(request)
            problems += wrong
        for body in bodies:
            given[body.name], wrong = await body.read(request)
            problems += wrong
        if problems:
            raise RequestValidationError(problems)
        response = await endpoint(**given)
        await response(scope, receive, send)

    return app
