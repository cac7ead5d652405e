"""To whom work is offered, and in which turn."""

from datetime import date

from pydantic import AwareDatetime, BaseModel, ConfigDict

from services.dispatch.facts import Deadline


class Offer(BaseModel):
    """To whom: `via` is the department's own service; `known` whether the directory has the department that day.

    `binding`: by the conclusion of a consultation. `outside`: not of the circle that may have such a matter.
    `below`: in the tree of the department that passes a part of its own task on.
    `authority` is what empowers a town; `duty`: it has none, and the matter is that department's duty. `grassroots`: it
    is a residents' or villagers' committee, which can have none.
    """

    model_config = ConfigDict(frozen=True)
    department: str
    part: str
    via: str | None = None
    known: bool = True
    outside: bool = False
    below: bool = False
    objection_until: AwareDatetime | None = None
    objection: Deadline | None = None
    consent: bool = False
    deadline: Deadline | None = None
    binding: bool = False
    authority: str | None = None
    authority_from: date | None = None
    duty: str | None = None
    grassroots: bool = False


class Seat(BaseModel):
    """An invited department: `known` whether the directory has it that day; `outside` the circle of such a matter;
    `deadline` for its position."""

    model_config = ConfigDict(frozen=True)
    department: str
    known: bool = True
    outside: bool = False
    deadline: Deadline | None = None


class Turn(BaseModel):
    """A planned hand-off, and the offer that it becomes when its turn has come."""

    model_config = ConfigDict(frozen=True)
    handoff_id: str
    offer: Offer
