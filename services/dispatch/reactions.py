"""What dispatch does with what it hears: reports become cases, offices' answers move hand-offs, everything is noted."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import orjson

from services.directory import facts as directory
from services.dispatch import deadlines, routing, workflows
from services.dispatch.codes import case_code
from services.dispatch.model import Case
from services.dispatch.model import commands as c
from services.dispatch.model.clock import RETURN_CONSENT
from services.dispatch.model.guards import within_window
from services.dispatch.tables import CASE, TIMELINE
from services.emergency import facts as emergency
from services.intake import facts as intake
from services.justice import facts as justice
from services.petition import facts as petition
from services.police import facts as police
from shared.desk import facts as desk
from shared.facts.envelope import Envelope
from shared.facts.fact import Fact
from shared.identity import recusal
from shared.listen.parking import Record
from shared.listen.reactions import Effect, Heard, Reaction, Reactions, Try
from shared.procedure.actor import Actor, service_actor
from shared.procedure.step import NEW, Command
from shared.record.aggregate import Write
from shared.record.rows import Row
from shared.refusals.refusals import Refused

ME = service_actor("dispatch")


def _stamp(heard: Heard) -> dict[str, Any]:
    """The office's own person stands behind its answer, and the service that told it."""
    fact, service = heard.fact, heard.envelope.source.rpartition("/")[2]
    actor = Actor(fact.by, service_actor(service).posts, fact.by_department)
    return {"at": fact.at, "actor": actor, "office": fact.department}


def _open(heard: Heard) -> list[Effect]:
    """An accepted report opens its case, which is routed by the catalogue or queued for a person."""
    fact: intake.ReportAccepted = heard.fact
    stamp, reference = {"at": fact.at, "actor": ME}, heard.reference
    category = reference.get("category", fact.category, fact.at)
    entry = category.entry if category else {}
    opening = c.OpenCase(
        **stamp,
        case_id=fact.case_id,
        code=case_code(fact.area, fact.at, fact.case_id),
        report_id=fact.report_id,
        category=fact.category,
        kind=entry.get("kind", "livelihood"),
        area=fact.area,
        channel=fact.channel,
        contents=fact.contents,
        governance=entry.get("governance"),
        net=entry.get("net"),
        complained_of=fact.complained_of,
        barred=recusal.barred(reference, fact.complained_of, fact.at),
        meeting=fact.meeting,
        **workflows.in_force(reference, fact.category, fact.area, fact.at).pinned(),
    )
    route = routing.first_step(reference, stamp, fact.category, fact.area, opening.barred)
    return [Write(CASE, fact.case_id, [opening, route])]


def _attach(heard: Heard) -> list[Effect]:
    fact: intake.ReportJoined = heard.fact
    barred = recusal.barred(heard.reference, fact.complained_of, fact.at)
    said = {"report_id": fact.report_id, "contents": fact.contents, "barred": barred}
    command = c.AttachReport(at=fact.at, actor=ME, **said, offer_by=deadlines.offer_by(heard.reference, fact.at))
    return [Write(CASE, fact.into, [command])]


def _if_known(command: Command) -> Callable[[Case], Sequence[Command]]:
    """A report that never became a case has nothing to be told of."""
    return lambda case: [] if case.status == NEW else [command]


def _supplement(heard: Heard) -> list[Effect]:
    fact: intake.ReportSupplemented = heard.fact
    command = c.AttachReport(at=fact.at, actor=ME, report_id=fact.report_id, contents=(fact.content,))
    return [Write(CASE, fact.case_id, _if_known(command))]


def _withdraw(heard: Heard) -> list[Effect]:
    """The last reporter's withdrawal ends the case; others' reports keep it open."""
    fact: intake.ReportWithdrawn = heard.fact
    window = deadlines.window(heard.reference, fact.at)
    command = c.DetachReport(at=fact.at, actor=ME, report_id=fact.report_id, **window)

    def commands(case: Case) -> Sequence[Command]:
        known = fact.report_id in case.reports and fact.report_id not in case.withdrawn_reports
        return [command] if known else []

    return [Write(CASE, fact.case_id, commands)]


def _reporter_answered(heard: Heard) -> list[Effect]:
    fact: intake.ReporterAnswered = heard.fact

    def commands(case: Case) -> Sequence[Command]:
        answer = {"at": fact.at, "actor": ME}
        if case.status == "resolved" or (case.status == "followed_up" and (not fact.solved or case.unconfirmed)):
            said = {"solved": fact.solved, "satisfied": fact.satisfied, "channel": "reporter"}
            return deadlines.following_up(heard.reference, answer, **said)(case)
        if (
            case.status == "closed"
            and not fact.solved
            and within_window(case, c.ReopenCase(**answer, reason="")) is None
        ):
            return deadlines.reopening(heard.reference, answer, reason="not_solved")(case)
        return []

    return [Write(CASE, fact.case_id, commands)]


Answering = Callable[[Heard], deadlines.Deciding]


def _answer(name: str, make: Answering) -> Reaction:
    """An office's answer moves its hand-off; one that cannot stand is refused by a fact, so that the office is told."""

    def react(heard: Heard) -> Iterable[Effect]:
        fact, commands = heard.fact, make(heard)

        def instead(refusal: Refused) -> Sequence[Write[Case]]:
            told = c.RefuseAnswer(at=fact.at, actor=ME, handoff_id=fact.handoff_id, answer=name, why=refusal.code)
            return [Write(CASE, fact.case_id, [told])]

        return [Try([Write(CASE, fact.case_id, commands)], instead)]

    return react


def _accepted(*clocks: str) -> Answering:
    """By the office's own clocks, before that of the category and the general one."""

    def make(heard: Heard) -> deadlines.Deciding:
        fact = heard.fact

        def commands(case: Case) -> Sequence[Command]:
            due = deadlines.handling(heard.reference, case.category, fact.at, fact.department, *clocks)
            handoff = case.handoff(fact.handoff_id)
            accept = c.ConfirmAcceptance if handoff and handoff.deemed else c.AcceptHandoff
            return [accept(**_stamp(heard), handoff_id=fact.handoff_id, deadline=due)]

        return commands

    return make


def _completed(heard: Heard) -> deadlines.Deciding:
    about = {"handoff_id": heard.fact.handoff_id, "result": heard.fact.result}
    return routing.completing(heard.reference, _stamp(heard), **about)


def _returned(heard: Heard) -> deadlines.Deciding:
    fact, due = heard.fact, deadlines.centres(heard.reference, RETURN_CONSENT, heard.fact.at)
    clocks = {"deadline": due, **deadlines.after_a_return(heard.reference, fact.at)}
    back = c.ReturnHandoff(**_stamp(heard), handoff_id=fact.handoff_id, reason=fact.reason, **clocks)
    return lambda case: [back]


def _opinion(heard: Heard) -> deadlines.Deciding:
    """信访工作条例 Art 32, 34: with the opinion the petition is decided; only its conclusion is still to come."""
    fact: petition.OpinionIssued = heard.fact
    about = {**_stamp(heard), "handoff_id": fact.handoff_id}

    def commands(case: Case) -> Sequence[Command]:
        clock = deadlines.at_work(case, fact.handoff_id)
        stop = [c.StopClock(**about, rule=clock.deadline.rule)] if clock else []
        return [c.NoteProgress(**about, note=fact.opinion), *stop]

    return commands


def _extended(heard: Heard) -> deadlines.Deciding:
    """信访工作条例 Art 34: the organ's own decision; the centre's clock follows it."""
    fact: petition.PetitionExtended = heard.fact

    def commands(case: Case) -> Sequence[Command]:
        later = deadlines.by_statute(heard.reference, case, fact.handoff_id, fact.decision_due_at, fact.days)
        return [c.ExtendClock(**_stamp(heard), handoff_id=fact.handoff_id, deadline=later)] if later else []

    return commands


def _plain(command: type[c.HandoffCommand], *fields: str) -> Answering:
    """The command with these fields of the fact."""

    def make(heard: Heard) -> deadlines.Deciding:
        values = {name: getattr(heard.fact, name) for name in fields}
        said = command(**_stamp(heard), handoff_id=heard.fact.handoff_id, **values)
        return lambda case: [said]

    return make


DESK: dict[type[desk.TaskFact], Reaction] = {
    desk.TaskAccepted: _answer("accept", _accepted()),
    desk.TaskStarted: _answer("start", _plain(c.StartHandoff)),
    desk.ProgressNoted: _answer("progress", _plain(c.NoteProgress, "note")),
    desk.ExtensionAsked: _answer("extension", _plain(c.AskExtension, "days", "reason")),
    desk.TaskFinished: _answer("complete", _completed),
    desk.TaskReturned: _answer("return", _returned),
}


def _office(module: Any) -> dict[type[Fact], Reaction]:
    """The reactions to one office that works with the desk: its own classes of the facts above."""
    return {getattr(module, base.__name__): reaction for base, reaction in DESK.items()}


PETITION: dict[type[Fact], Reaction] = {
    petition.PetitionAccepted: _answer("accept", _accepted("petition_decision")),
    petition.ProgressNoted: _answer("progress", _plain(c.NoteProgress, "note")),
    petition.OpinionIssued: _answer("progress", _opinion),
    petition.PetitionExtended: _answer("extension", _extended),
    petition.PetitionConcluded: _answer("complete", _completed),
    petition.PetitionReturned: _answer("return", _returned),
}

INTAKE: dict[type[Fact], Reaction] = {
    intake.ReportAccepted: _open,
    intake.ReportJoined: _attach,
    intake.ReportSupplemented: _supplement,
    intake.ReportWithdrawn: _withdraw,
    intake.ReporterAnswered: _reporter_answered,
}


def note(envelope: Envelope, record: Record) -> Iterable[Effect]:
    """Everybody else's facts of a case, for its timeline."""
    if ".head.v" in envelope.type or envelope.source == "/services/directory":
        return
    yield Row(
        TIMELINE,
        {
            "source": envelope.source,
            "position": envelope.position,
            "case_id": envelope.key,
            "type": envelope.type,
            "at": envelope.time,
            "actor": envelope.actor,
            "department": envelope.department,
            "data": orjson.dumps(orjson.loads(envelope.data)).decode(),
            "id": envelope.id,
            "causation": envelope.trail.causation,
        },
    )


REACTIONS = Reactions(
    topics=("cases", directory.DepartmentRegistered.topic),
    table={**INTAKE, **_office(police), **_office(justice), **_office(emergency), **PETITION},
    every=note,
)
