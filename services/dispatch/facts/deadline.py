"""A clock as facts carry it."""

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Rung(BaseModel):
    """When a lapse that lasts climbs to whom."""

    model_config = ConfigDict(frozen=True)
    at: AwareDatetime
    to: str


class Deadline(BaseModel):
    """A clock that starts with the fact that carries it.

    `answerable` is the unit that answers for a lapse; `warnings` are the moments at which the clock warns: yellow, and
    red from the last. `statutory`: by law, not by the district's policy. `right`: its end takes a right away, nobody is
    late then. `silence`: what it counts as when nothing was said by the end; `then`: the clock that starts then.
    `extra`: the units by which it was extended. `notices`: by which the days off were known, `2027?` while that one is
    awaited; `provisional`: one is, and it is counted again then. `excludes`: the time that the rule leaves out.
    """

    model_config = ConfigDict(frozen=True)
    rule: str
    started_at: AwareDatetime
    due_at: AwareDatetime
    answerable: str
    warnings: tuple[AwareDatetime, ...] = ()
    basis: str = "policy"
    provisional: bool = False
    statutory: bool = False
    right: bool = False
    silence: str | None = None
    then: "Deadline | None" = None
    ladder: tuple[Rung, ...] = ()
    extra: int = 0
    notices: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


class ClockMoved(BaseModel):
    """A clock that goes on after it stood still. `was`: when it was due before."""

    model_config = ConfigDict(frozen=True)
    clock_id: str
    was: AwareDatetime
    deadline: Deadline
    handoff_id: str | None = None
