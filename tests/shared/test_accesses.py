"""When opening the same again is reading on, and in which role and for which office somebody opened it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.dispatch.facts import CaseFileOpened
from services.dispatch.model.access import EXPORT_MODEL, OPENING_MODEL
from shared.accesses.recording import AGAIN_AFTER, MakeExport, OpenCaseFile, Opening
from shared.procedure.actor import Actor, Post, Role
from shared.refusals.refusals import NotPermitted

NOON = datetime(2021, 5, 3, 4, tzinfo=UTC)
INSTANT = timedelta(microseconds=1)
BOSS = Actor("boss", (Post(Role.SUPERVISOR, "committee", "500104"),), "home_office")


def opening(at: datetime = NOON, actor: Actor = BOSS, **more: Any) -> OpenCaseFile:
    about = {"opening_id": "k1:boss", "case_id": "k1", "what": "case", "area": "50010400200301", **more}
    return OpenCaseFile(at=at, actor=actor, **about)


def after(*commands: OpenCaseFile) -> Opening:
    state = Opening()
    for command in commands:
        state, _ = OPENING_MODEL.carry_out(state, command)
    return state


@pytest.mark.parametrize(
    ("later", "goes_on"),
    [
        (timedelta(), True),
        (AGAIN_AFTER - INSTANT, True),
        (AGAIN_AFTER, False),
        (-INSTANT, False),
    ],
    ids=["at once", "the last instant", "ten minutes", "a clock put back"],
)
def test_the_same_within_ten_minutes_is_reading_on(later: timedelta, goes_on: bool) -> None:
    assert after(opening()).goes_on(opening(NOON + later)) is goes_on
    assert timedelta(minutes=10) == AGAIN_AFTER


@pytest.mark.parametrize("other", [{"what": "timeline"}, {"report_id": "r1"}, {"content_id": "c1"}], ids=str)
def test_another_part_of_it_is_another_opening(other: dict[str, str]) -> None:
    assert not after(opening()).goes_on(opening(**other))
    assert after(opening(), opening(**other)).goes_on(opening(**other))


def test_ten_minutes_are_counted_from_what_was_told_and_what_is_older_is_forgotten() -> None:
    state = after(opening(), opening(NOON + INSTANT, what="timeline"), opening(NOON + AGAIN_AFTER))
    assert state.opened == {"timeline": NOON + INSTANT, "case": NOON + AGAIN_AFTER}


def test_the_office_is_that_of_the_post_that_lets_them() -> None:
    _, (fact,) = OPENING_MODEL.carry_out(Opening(), opening())
    assert isinstance(fact, CaseFileOpened)
    assert (fact.by, fact.by_department, fact.role, fact.key()) == ("boss", "committee", "supervisor", "k1:boss")


def test_a_post_elsewhere_lets_nobody() -> None:
    far = Actor("boss", (Post(Role.SUPERVISOR, "committee", "500104003"),), "committee")
    with pytest.raises(NotPermitted):
        OPENING_MODEL.carry_out(Opening(), opening(actor=far))


def test_each_export_is_told() -> None:
    command = MakeExport(at=NOON, actor=BOSS, export_id="e1", of="cases", rows=3, digest="d")
    state, (fact,) = EXPORT_MODEL.carry_out(EXPORT_MODEL.blank, command)
    assert (state.status, fact.data()) == (
        "made",
        b'{"export_id":"e1","role":"supervisor","of":"cases","rows":3,"digest":"d"}',
    )
