"""What a service does with what it hears: a table from fact to effects."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from shared.facts.envelope import Envelope
from shared.facts.fact import Fact
from shared.listen.parking import Record
from shared.record.aggregate import Write
from shared.record.rows import Filed, Row
from shared.reference.reference import Keep, Reference
from shared.refusals.refusals import Refused


@dataclass(frozen=True, slots=True)
class Heard:
    """A fact as it arrived, and the directory as this service knows it."""

    fact: Any
    envelope: Envelope
    reference: Reference


@dataclass(frozen=True, slots=True)
class Try:
    """Writes that may be refused by rule; then `otherwise` happens instead. Any other refusal parks the case."""

    writes: Sequence[Write[Any]]
    otherwise: Callable[[Refused], Sequence[Write[Any]]]


Effect = Write[Any] | Row | Filed | Keep | Try
Reaction = Callable[[Heard], Iterable[Effect]]
Every = Callable[[Envelope, Record], Iterable[Effect]]


@dataclass(frozen=True, slots=True)
class Reactions:
    """`table` maps fact classes to reactions; `topics` are subscribed; one's own facts are heard only with `own`.

    `every` sees each record, and does all there is to do if `table` is empty; `again` sees those sent once more.

    `patience`: seconds from one look to the next while facts keep coming. What nobody waits for may come in larger
    portions, which cost less; after a pause the first fact is looked at at once.
    """

    topics: tuple[str, ...]
    table: Mapping[type[Fact], Reaction]
    every: Every | None = None
    again: Every | None = None
    own: bool = False
    patience: float = 0.0
    extra: Mapping[str, Any] = field(default_factory=dict)
