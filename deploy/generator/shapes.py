"""The ways that cases go, and how many of a thousand go each: closed ones, and those on which somebody is at work."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from deploy.generator.stories import Story
from services.dispatch.model import commands as c
from services.dispatch.model.state import Case

BUSY = "city_management_bureau"
"""To whom a case goes from the queue, and of whom some complain."""


@dataclass(frozen=True)
class Shape:
    """`live` begins with a case just opened. `days`: how long ago it began, for one that is not over."""

    name: str
    share: int
    live: Callable[[Story], object]
    days: Sequence[float] = ()
    complained_of: str | None = None


def _taken_up(story: Story, hours: float = 5) -> Story:
    if story.case.status == "queued":
        story.later(hours=3).routed_by_hand(*_other(story.case))
    for handoff in story.open:
        story.later(hours=hours).accepted(handoff)
    return story


def _other(case: Case) -> tuple[str, ...]:
    return ("transport_bureau",) if BUSY in case.barred else (BUSY,)


def _done(story: Story, days: float = 2) -> Story:
    for handoff in story.open:
        story.later(days=days).completed(handoff)
    return story


def _resolved(story: Story, hours: float = 6) -> Story:
    for handoff in story.open:
        story.later(hours=hours).verified(handoff)
    return story


def _solved(story: Story, reason: str = "solved") -> Story:
    story.later(days=1).do(c.RecordFollowUp, story.dispatcher, solved=True, satisfied=True, channel="phone")
    return story.later(hours=4).closed(reason)


def _plain(story: Story) -> Story:
    return _solved(_resolved(_done(_taken_up(story))))


def _slow(story: Story) -> Story:
    return _solved(_resolved(_done(_taken_up(story, hours=60), days=25)))


def _not_reached(story: Story) -> Story:
    _resolved(_done(_taken_up(story)))
    story.later(days=2).do(c.RecordFollowUp, story.dispatcher, solved=None, channel="phone")
    return story.later(hours=4).closed("solved")


def _given_back(story: Story) -> Story:
    if story.case.status == "queued":
        return _taken_up(story)
    lead = story.open[0]
    story.later(hours=8).returned(lead)
    if lead.consent:
        story.later(hours=5).do(c.ApproveReturn, story.dispatcher, handoff_id=lead.handoff_id)
    return story.later(hours=4).offered_again()


def _asked_for_time(story: Story) -> Story:
    _taken_up(story)
    for handoff in story.open[:1]:
        reason = story.later(days=1).text("extension")
        story.do(c.AskExtension, **story.office(handoff), days=5, reason=reason)
    return story


def _with_time(story: Story) -> Story:
    _asked_for_time(story)
    for handoff in story.open[:1]:
        story.later(hours=3).granted(handoff)
    return _solved(_resolved(_done(story, days=1)))


def _reworked(story: Story) -> Story:
    _done(_taken_up(story))
    for handoff in story.open[:1]:
        story.later(hours=3).sent_back(handoff)
        story.later(days=1).completed(handoff)
    return _solved(_resolved(story))


def _again(story: Story) -> Story:
    _resolved(_done(_taken_up(story)))
    story.later(days=1).do(c.RecordFollowUp, story.dispatcher, solved=False, channel="phone")
    return story.later(hours=2).offered_again()


def _withdrawn(story: Story) -> Story:
    return story.later(days=1).do(c.DetachReport, report_id=story.case.reports[0])


def _refused(story: Story) -> Story:
    if story.case.status != "queued":
        for handoff in story.open:
            story.later(hours=1).do(c.RecallHandoff, story.dispatcher, handoff_id=handoff.handoff_id)
    reason = story.later(hours=6).text("refusal")
    return story.do(c.RefuseCase, story.dispatcher, route="litigation", reason=reason)


def _urged(story: Story) -> Story:
    for handoff in story.open[:1]:
        story.later(days=4).do(c.UrgeHandoff, story.dispatcher, handoff_id=handoff.handoff_id)
    return story


def _not_closed(story: Story) -> Story:
    _resolved(_done(_taken_up(story), days=1))
    return story.later(hours=20).do(c.RecordFollowUp, story.dispatcher, solved=True, channel="visit")


CLOSED = (
    Shape("plain", 560, _plain),
    Shape("slow", 90, _slow),
    Shape("not_reached", 70, _not_reached),
    Shape("partly", 45, lambda story: _solved(_resolved(_done(_taken_up(story))), "partly_solved")),
    Shape("not_now", 15, lambda story: _solved(_resolved(_done(_taken_up(story))), "cannot_be_solved_now")),
    Shape("given_back", 50, lambda story: _solved(_resolved(_done(_taken_up(_given_back(story)))))),
    Shape("more_time", 20, _with_time),
    Shape("reworked", 20, _reworked),
    Shape("again", 20, lambda story: _solved(_resolved(_done(_taken_up(_again(story)))))),
    Shape("withdrawn", 15, _withdrawn),
    Shape("refused", 15, _refused),
    Shape("barred", 8, _plain, complained_of=BUSY),
)
OPEN = (
    Shape("offered", 7, lambda story: story, (0.1, 0.4, 0.8)),
    Shape("unanswered", 5, lambda story: story, (3, 6, 12)),
    Shape("at_work", 16, _taken_up, (1, 2, 3)),
    Shape("late", 8, lambda story: _urged(_taken_up(story)), (20, 35, 50)),
    Shape("more_time", 2, _asked_for_time, (2, 3)),
    Shape("returned", 2, lambda story: story.later(hours=4).returned(story.open[0]) if story.open else story, (1, 2)),
    Shape("suspended", 2, lambda story: _taken_up(story).later(days=1).suspended(90), (10, 30)),
    Shape("completed", 8, lambda story: _done(_taken_up(story), days=1), (3, 4)),
    Shape("resolved", 10, lambda story: _resolved(_done(_taken_up(story), days=1)), (4, 6, 10)),
    Shape("again", 2, _again, (6, 8)),
    Shape("followed_up", 6, _not_closed, (6, 9)),
    Shape("barred", 1, _taken_up, (2, 4), BUSY),
)
