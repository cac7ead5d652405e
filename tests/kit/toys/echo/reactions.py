"""What echo does with what it hears. `FAULTS` are the bugs that a test has put in."""

from collections.abc import Callable

from shared.listen.reactions import Effect, Heard, Reactions
from shared.procedure.actor import service_actor
from shared.record.aggregate import Write
from shared.record.rows import Row
from tests.kit.toys.echo.model import Hear
from tests.kit.toys.echo.tables import EFFECTS, TALLIES
from tests.kit.toys.toy import facts as toy

FAULTS: dict[str, Callable[[Heard], None]] = {}


def added(heard: Heard) -> list[Effect]:
    for fault in FAULTS.values():
        fault(heard)
    fact: toy.Added = heard.fact
    hear = Hear(at=fact.at, actor=service_actor("echo"), counter_id=fact.counter_id, amount=fact.amount)
    envelope = heard.envelope
    effect = {
        "source": envelope.source,
        "position": envelope.position,
        "key": envelope.key,
        "version": envelope.version,
        "amount": fact.amount,
    }
    return [Write(TALLIES, fact.counter_id, [hear]), Row(EFFECTS, effect)]


REACTIONS = Reactions(("cases", "reference"), {toy.Added: added})
