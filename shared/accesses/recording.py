"""That a case file was opened, or a list taken away: by whom, in which role; told by facts of a service's own."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from pydantic import AwareDatetime, Field

from shared.accesses.words import WHAT
from shared.facts.fact import Fact
from shared.facts.sentence import Sentence
from shared.procedure.actor import Actor, Role, Where
from shared.procedure.model import Model
from shared.procedure.procedure import Procedure
from shared.procedure.step import NEW, Command, State, Step, during
from shared.refusals.words import ROLES, Word, Words

AGAIN_AFTER = timedelta(minutes=10)
"""Who opens the same again before that is still reading: no new fact."""
OF_USE = timedelta(hours=1)
"""For so long an opening's row is kept after its last fact; an export's needs no longer."""
OPENING: Words = {
    "new": Word("未查阅", "not opened"),
    "opened": Word("已查阅", "opened"),
    "open_case_file": Word("查阅案卷", "open a case file"),
}
EXPORT: Words = {
    "new": Word("未导出", "not taken"),
    "made": Word("已导出", "taken"),
    "make_export": Word("导出清单", "take a list away"),
}


class CaseFileOpened(Fact):
    """Somebody opened `what` of a case file that is not of their own worklist."""

    topic = "accesses"
    about = "opening_id"
    told = Sentence(
        "查阅案卷[：{what}][（身份：{role}）]", "opened the case file[: {what}][ (as {role})]", what=WHAT, role=ROLES
    )
    opening_id: str
    case_id: str
    role: str
    what: str
    report_id: str | None = None
    content_id: str | None = None


class ExportMade(Fact):
    """Somebody took so many rows of a list away. Of the same filter `digest` is the same."""

    topic = "accesses"
    about = "export_id"
    told = Sentence(
        "导出[{of}，]共{rows}条[（身份：{role}）]",
        "took a list away[ ({of})], rows: {rows}[ (as {role})]",
        of=WHAT,
        role=ROLES,
    )
    export_id: str
    role: str
    of: str
    rows: int
    digest: str


class OpenCaseFile(Command):
    """`opening_id`: of the case and the person; `area`: where the case lies, if that is known."""

    opening_id: str
    case_id: str
    what: str
    area: str | None = None
    report_id: str | None = None
    content_id: str | None = None


class MakeExport(Command):
    export_id: str
    of: str
    rows: int
    digest: str


class Opening(State):
    """What of a case one person has opened lately, and when."""

    opened: dict[str, AwareDatetime] = Field(default_factory=dict)

    def goes_on(self, command: OpenCaseFile) -> bool:
        """Whether they opened the same a moment ago."""
        last = self.opened.get(_part(command))
        return last is not None and timedelta() <= command.at - last < AGAIN_AFTER


class Export(State):
    pass


def opening_model(fact: type[CaseFileOpened], roles: frozenset[Role]) -> Model[Opening]:
    """`roles`: who may open what is not theirs."""

    def there(state: Opening, command: OpenCaseFile) -> Where:
        return Where(command.area)

    def told(state: Opening, command: OpenCaseFile) -> Mapping[str, Any]:
        return {"role": role_of(command.actor, roles, there(state, command))}

    law = "个人信息保护法 Art 6, 51"
    step = Step(OpenCaseFile, during(NEW, "opened"), fact, "opened", roles, build=told, where=there, law=law)
    return Model("opening", Opening, Procedure("opening", (step,), changes={fact: _noted}, words=OPENING))


def export_model(fact: type[ExportMade], roles: frozenset[Role]) -> Model[Export]:
    """`roles`: who may take lists away."""

    def told(state: Export, command: MakeExport) -> Mapping[str, Any]:
        return {"role": role_of(command.actor, roles, Where())}

    step = Step(MakeExport, during(NEW), fact, "made", roles, build=told, law="个人信息保护法 Art 6, 51")
    return Model("export", Export, Procedure("export", (step,), words=EXPORT))


def _noted(state: Opening, fact: CaseFileOpened) -> Mapping[str, Any]:
    """What was opened long ago need not be kept."""
    lately = {part: at for part, at in state.opened.items() if fact.at - at < AGAIN_AFTER}
    return {"opened": {**lately, _part(fact): fact.at}}


def _part(of: OpenCaseFile | CaseFileOpened) -> str:
    return " ".join(part for part in (of.what, of.report_id, of.content_id) if part)


def role_of(actor: Actor, roles: frozenset[Role], where: Where) -> str:
    """Of several that would let them, the first by name."""
    return min(post.role.value for post in actor.posts if post.role in roles and post.covers(where))
