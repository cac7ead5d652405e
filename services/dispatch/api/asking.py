"""What dispatch's routes share: who may call, finding a case, recording a step, keeping a text."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Response

from services.dispatch import bodies as b
from services.dispatch import deadlines, routing, saved, show, views
from services.dispatch.deadlines import Deciding
from services.dispatch.filters import Filter, NoSuchValue, check
from services.dispatch.model import MODEL
from services.dispatch.model.state import CO, LEAD, Case, case_of
from services.dispatch.scope import Scope
from services.dispatch.search import Understood, as_filters, understand
from services.dispatch.tables import CASE, OPENING
from shared.accesses.opening import File, opened
from shared.contents.contents import keep_text
from shared.contents.refs import ContentRef
from shared.identity.sealing import circle_of
from shared.procedure.actor import Role
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.rows import Row
from shared.refusals.refusals import Changed, NotFound
from shared.web.call import Call, Show
from shared.web.signed_in import doing, holders, staff
from shared.web.waiting import preferred_wait

Reader = Annotated[Call, staff()]
Planner = Annotated[Call, holders(Role.DISPATCHER, Role.SUPERVISOR, Role.CLERK)]
Keeper = Annotated[Call, holders(Role.DISPATCHER, Role.SUPERVISOR, Role.ADMINISTRATOR)]
LONGEST_NAME = 40
Search = Annotated[
    str | None,
    Query(max_length=64, description="a case's code or its beginning; names of matters, places, departments"),
]
KeptAs = Annotated[
    str | None,
    Query(max_length=LONGEST_NAME, description="the name of a filter of one's own; what is given beside it wins"),
]
Prefer = Annotated[str | None, Header()]


@dataclass(frozen=True, slots=True)
class Question:
    """What a list is narrowed to as somebody asks it: filters, words, and the name of a filter that they keep."""

    filter: Filter
    q: str | None = None
    saved: str | None = None


async def question(filter: Annotated[Filter, Depends(b.wanted)], q: Search = None, saved: KeptAs = None) -> Question:
    return Question(filter, q, saved)


Wanted = Annotated[Question, Depends(question)]


def taking(command: type[Command]) -> Any:
    return doing(MODEL, command)


async def narrowing(call: Call, wanted: Question, of: str) -> tuple[Filter, tuple[Understood, ...]]:
    """The filters with the search, and how that was understood. Raises NoSuchValue, NothingSoNamed, TooManyWords."""
    reference, asked = call.runtime.reference, await with_saved(call, wanted, of)
    understood = understand(reference, asked.q or "")
    code = tuple(value.upper() for value in asked.filter.code)
    return check(reference, asked.filter.but(code=code, found=as_filters(understood)), of), understood


async def with_saved(call: Call, wanted: Question, of: str) -> Question:
    """What it names by a filter's name said in full. Raises NoSuchValue."""
    if not wanted.saved:
        return wanted
    kept = await _kept(call, wanted.saved, of)
    return Question(kept.filter.but(**dict(wanted.filter.asked())), wanted.q or kept.q)


async def _kept(call: Call, name: str, of: str) -> saved.Saved:
    """Raises NoSuchValue."""
    async with call.runtime.database.plain() as connection:
        own = await saved.saved_of(connection, call.actor.id)
    names = {each.name: each for each in own if each.list == of}
    if name not in names:
        raise NoSuchValue("saved", tuple(names))
    return names[name]


async def find(call: Call, ref: str) -> tuple[int, Case]:
    """Waits, if asked to by `Prefer: wait=N`, for a case that is on its way here. Raises NotFound."""

    async def look() -> tuple[int, Case] | None:
        async with call.runtime.database.plain() as connection:
            return await views.find_case(connection, Scope.of(call.actor), ref)

    wait = preferred_wait(call.request.headers.get("prefer"))
    found = await call.runtime.changes.until(look, wait, ref)
    if found is None:
        raise NotFound("case")
    return found


async def record(call: Call, case_id: str, command: Command | Deciding, *rows: Row) -> Response:
    """One step of a case. Raises Refused."""
    await find(call, case_id)
    commands = [command] if isinstance(command, Command) else command
    return await record_all(call, [Write(CASE, case_id, commands, also=rows)], show.outcome(call))


async def record_all(call: Call, writes: Sequence[Write[Case]], shown: Show | None = None) -> Response:
    """If-Match is about the first case, which the caller was found to see. Raises Refused; Changed tells what it is."""
    first, *others = writes
    if call.expected is not None:
        first = replace(first, expected=call.expected)
    try:
        return await call.record_all([first, *others], shown)
    except Changed as changed:
        version, case = await find(call, first.id)
        await open_file(call, case, "case")
        present = {**show.case(call, case), "version": version}
        raise Changed(changed.expected, version, present) from None


def keep(call: Call, about: str, kind: str, text: str) -> tuple[ContentRef, Row]:
    """`about` a hand-off: for its office to read even when the work has ended; about a case: for those who see it."""
    return keep_text(call.runtime.vault, about, kind, text, call.at)


def note_of(call: Call, case_id: str, text: str | None) -> tuple[ContentRef | None, tuple[Row, ...]]:
    """What tasks of a case are offered for, for every office at work in it."""
    if text is None:
        return None, ()
    note, row = keep(call, case_id, "assignment", text)
    return note, (row,)


def offered(call: Call, body: b.OfferBody, note: ContentRef | None) -> Deciding:
    """One more task, now or once another one is done."""
    reference, part = call.runtime.reference, LEAD if body.part == "lead" else CO
    if body.after is not None:
        return routing.planning(reference, call.stamp, body.department, part, after=body.after, note=note)
    return routing.offering(reference, call.stamp, body.department, part, replaces=body.replaces, note=note)


async def open_file(call: Call, case: Case, what: str, content_id: str | None = None) -> None:
    """To be called before `what` of the case is shown: that it is opened is recorded where it is not of one's own
    worklist, or sealed. Raises Unavailable."""
    sealed = circle_of(call.runtime.reference, case.category, call.at)
    if sealed or not Scope.of(call.actor).is_at_work(case):
        await opened(call, OPENING, File(case.case_id, case.area, what, content_id=content_id))


def case_about(about: str) -> str:
    """Of a content, written about a case or one of its hand-offs."""
    return case_of(about) or about


def offer_by(call: Call) -> Any:
    return deadlines.offer_by(call.runtime.reference, call.at)
