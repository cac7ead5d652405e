"""Structured logs: one JSON object a line, with request and case identifiers, never personal data."""

import logging
import sys
from typing import Any

import orjson
import structlog

from shared.refusals.failures import describe, where


def set_up_logs(service: str, level: str = "INFO") -> None:
    structlog.configure(
        processors=[
            _head(service),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            without_data,
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.BytesLoggerFactory(sys.stdout.buffer),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_ToStructlog()], level=logging.WARNING, force=True)
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)


def _head(service: str) -> structlog.types.Processor:
    """What every line begins with, in one step: a request writes one, so its cost counts."""

    def add(_: Any, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        return {"level": method, "service": service, **event}

    return add


def without_data(_: Any, method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """In place of an exception with its traceback: its text may be a row, and libraries log it unasked."""
    given = event.pop("exc_info", None)
    error = sys.exc_info()[1] if given is True else given[1] if isinstance(given, tuple) else given
    if isinstance(error, BaseException):
        event.update(error=describe(error), where=where(error))
    return event


class _ToStructlog(logging.Handler):
    """What libraries log, in the same form: its first line, for asyncio puts the error itself into the next."""

    def emit(self, record: logging.LogRecord) -> None:
        said = record.getMessage().partition("\n")[0]
        structlog.get_logger(record.name).log(record.levelno, said, exc_info=record.exc_info or None)
