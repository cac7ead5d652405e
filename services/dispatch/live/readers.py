"""Who listens, with what of cases they see."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.dispatch.live.presence import Present
from services.dispatch.live.steps import Step
from services.dispatch.live.telling import Change, told
from services.dispatch.scope import Scope
from shared.identity.tokens import Bearer
from shared.procedure.actor import Actor
from shared.web.listeners import Listener


@dataclass(frozen=True, slots=True)
class Others:
    """Who else has the case open."""

    case_id: str
    people: tuple[Present, ...]


Event = Change | Others


class Reader(Listener[Event]):
    def __init__(self, bearer: Bearer, actor: Actor, since: int) -> None:
        super().__init__(bearer, actor, since)
        self.scope = Scope.of(actor)

    def be(self, actor: Actor) -> None:
        if actor != self.actor:
            self.scope = Scope.of(actor)
        super().be(actor)

    def hear(self, steps: Sequence[Step], position: int) -> None:
        self.tell(told(self.scope, steps), position)

    def see(self, others: Others) -> None:
        self.tell([others])
