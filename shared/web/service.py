"""What a service is: its name, what it keeps, what it hears, what it answers."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter
from sqlalchemy import MetaData

from shared.listen.reactions import Reactions
from shared.record.aggregate import Aggregate
from shared.record.beside import Beside, Derived

if TYPE_CHECKING:
    from shared.web.runtime import Runtime

Watch = Callable[["Runtime"], str | None]
"""What is wrong now, in a line for operators; None: nothing."""
Background = Callable[["Runtime"], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Service:
    """`background` tasks run as long as the service, and again when they fail; `extras` are built at start;
    `watches` are asked by readiness, and tell what is degraded.

    A table of `metadata` that is no aggregate's and neither in `beside` nor in `derived` is filled by reactions alone.
    """

    name: str
    title: str
    metadata: MetaData
    reactions: Reactions
    routers: tuple[APIRouter, ...]
    aggregates: tuple[Aggregate[Any], ...] = ()
    beside: tuple[Beside, ...] = ()
    derived: tuple[Derived, ...] = ()
    background: tuple[Background, ...] = ()
    watches: Mapping[str, Watch] = field(default_factory=dict)
    extras: tuple[Callable[["Runtime"], Any], ...] = field(default=())
