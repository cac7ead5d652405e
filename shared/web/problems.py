"""Refusals and failures as problem+json (RFC 9457), in the caller's language."""

from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.types import Scope

from shared.record.database import is_environment, is_transient
from shared.refusals.failures import describe, where
from shared.refusals.refusals import Invalid, Names, NotSignedIn, Refused, Unavailable
from shared.refusals.words import Language
from shared.web import trace

TYPES = "urn:lianzhi:problem:"
BOTH: tuple[Language, ...] = ("zh", "en")
log = structlog.get_logger("web")


def language_of(request: Request) -> Language:
    """Chinese unless the caller prefers English (RFC 9110, Accept-Language)."""
    wanted = request.headers.get("accept-language", "").lower()
    best: Language = "zh"
    quality = 0.0
    for part in wanted.split(","):
        tag, _, weight = part.strip().partition(";q=")
        try:
            value = float(weight) if weight else 1.0
        except ValueError:
            value = 0.0
        if tag[:2] in ("zh", "en") and value > quality:
            best, quality = ("en" if tag[:2] == "en" else "zh"), value
    return best


def told(request: Request, refusal: Refused) -> dict[str, Any]:
    """The refusal as problem+json says it."""
    language = language_of(request)
    return {
        "type": TYPES + refusal.code,
        "title": refusal.message(language, _names(request, language)),
        "status": refusal.status,
        "code": refusal.code,
        **{name: _plain(value) for name, value in refusal.facts().items()},
    }


def told_in_both(request: Request, refusal: Refused) -> dict[str, Any]:
    """The same, with its words in both languages beside: for a list that people of either language get to read."""
    reason = {language: refusal.message(language, _names(request, language)) for language in BOTH}
    return {**told(request, refusal), "reason": reason}


def problem(request: Request, refusal: Refused) -> Response:
    body = told(request, refusal)
    headers: dict[str, str] = {"Content-Language": language_of(request)}
    if isinstance(refusal, NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="lianzhi"'
    retry_after = getattr(refusal, "retry_after", None)
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(orjson.dumps(body), refusal.status, headers, "application/problem+json")


def _names(request: Request, language: Language) -> Names:
    """As the directory has them today."""

    def name(kind: str, code: str) -> str | None:
        runtime = request.app.state.runtime
        found = runtime.reference.get(kind, code, runtime.now())
        return found.entry.get(f"name_{language}") if found is not None else None

    return name


def add_problems(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)


async def _refused(request: Request, error: Exception) -> Response:
    """A request that was answered already gets that answer: what refuses it now may be its own effect."""
    assert isinstance(error, Refused)
    call = getattr(request.state, "call", None)
    try:
        before: Response | None = await call.answered_before() if call is not None else None
    except Refused as instead:
        return problem(request, instead)
    return before or problem(request, error)


async def _invalid(request: Request, error: Exception) -> Response:
    """Names where and why; never echoes the value."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body") or "body"
    return problem(request, Invalid(place, first["msg"], _in_chinese(first)))


# What the framework refuses by itself, before any route: code, Chinese, English.
_BY_STATUS: dict[int, tuple[str, str, str]] = {
    400: ("bad-request", "请求无法理解", "The request cannot be understood"),
    404: ("no-such-route", "没有这个地址", "There is no such address"),
    405: ("method-not-allowed", "该地址不接受这种请求方法", "This address does not take that method"),
    413: ("too-large", "请求内容过大", "The body is too large"),
}


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    status, language = error.status_code, language_of(request)
    code, zh, en = _BY_STATUS.get(status, ("refused", "不能办理", str(error.detail)))
    body = {"type": TYPES + code, "title": zh if language == "zh" else en, "status": status, "code": code}
    headers = {**(error.headers or {}), "Content-Language": language}
    return Response(orjson.dumps(body), status, headers, "application/problem+json")


def failed(request: Request, error: Exception) -> Response:
    """For what no handler knows. Said in the log by its kind and place, with the identifiers of the request."""
    if is_transient(error):
        log.warning("the database is away; a request is refused", **_about(request), error=describe(error))
        return problem(request, Unavailable("database"))
    if is_environment(error):
        log.error("the database does not fit this version; requests are refused", **_about(request), **_of(error))
        return problem(request, Unavailable("database"))
    log.error("a request failed", **_about(request), **_of(error))
    title = "服务内部错误" if language_of(request) == "zh" else "Internal error"
    body = {"type": TYPES + "internal", "title": title, "status": 500, "code": "internal"}
    return Response(orjson.dumps(body), 500, media_type="application/problem+json")


def _about(request: Request) -> dict[str, Any]:
    return {"method": request.method, "route": route_of(request.scope), **trace.identifiers()}


def _of(error: Exception) -> dict[str, str]:
    return {"error": describe(error), "where": where(error)}


def route_of(scope: Scope) -> str:
    """The template, never the path itself: that may hold anything."""
    return getattr(scope.get("route"), "path", "unknown")


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else value


_REASONS = {
    "missing": "缺少该项",
    "content_type": "应以 application/json 提交",
    "string_too_long": "文字过长",
    "string_too_short": "文字过短",
    "json_invalid": "不是有效的 JSON",
    "extra_forbidden": "不接受该项",
    "string_type": "应为文字",
    "enum": "不在可选范围内",
    "literal_error": "不在可选范围内",
    "string_pattern_mismatch": "格式不符",
}


def _in_chinese(error: dict[str, Any]) -> str:
    return _REASONS.get(error["type"], "格式或取值不符合要求")
