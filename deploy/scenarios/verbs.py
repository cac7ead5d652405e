"""Each verb of a scenario as the calls of those who do it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

from deploy.scenarios import office, together
from deploy.scenarios.calls import FIRST_POLL, ON_ITS_WAY_AT_MOST, Declined
from deploy.scenarios.matter import LEAD, NothingOpen, Part
from deploy.scenarios.scene import WAIT, Scene

Act = Callable[[Scene], Awaitable[None]]


async def act(scene: Scene) -> None:
    """Does the step. Raises Declined, Unreachable, NothingOpen."""
    if scene.step.do not in BEFORE_A_CASE:
        await scene.know_parts()
    await VERBS[scene.step.do](scene)


async def screen(scene: Scene) -> None:
    step, path = scene.step, f"/v1/reports/{scene.docket.report_id}"
    if step.duplicate_of:
        into = scene.dockets[step.duplicate_of].case_id
        if not into:
            raise NothingOpen(f"{step.duplicate_of} has no case to join")
        answer = await scene.post("intake", f"{path}/join", {"into": into})
    elif step.outcome == "refused":
        answer = await scene.post("intake", f"{path}/refuse", {"route": step.route, "reason": step.reason})
    elif step.outcome == "redirected":
        answer = await scene.post("intake", f"{path}/redirect", {"to": step.to})
    else:
        answer = await scene.post("intake", f"{path}/accept", {})
    if answer["status"] == "redirected":
        scene.docket.call_id = f"{answer['case_id']}.{step.to}"
    if answer["status"] in ("accepted", "joined"):
        scene.docket.case_id = answer["case_id"]


async def pass_on(scene: Scene) -> None:
    """The desk that has the emergency tells the number; waits until it is there."""
    service, path = scene.staff.services[scene.department] or "dispatch", f"/v1/tasks/{scene.docket.call_id}"
    await scene.api.get(service, path, scene.step.by, WAIT)
    await scene.post(service, f"{path}/pass-on")


async def supplement(scene: Scene) -> None:
    await scene.post_as_reporter("supplement", {"text": scene.step.text})


async def withdraw(scene: Scene) -> None:
    await scene.post_as_reporter("withdraw")


async def verify(scene: Scene) -> None:
    """Every part that is completed."""
    parts = scene.docket.completed()
    if not parts:
        raise NothingOpen("nothing is completed")
    for part in parts:
        await scene.post("dispatch", f"/v1/handoffs/{part.handoff_id}/verify")
        part.status = "verified"


async def rework(scene: Scene) -> None:
    part = scene.next_to_complete()
    await _about(scene, part, "rework")
    part.status = "in_progress"


async def recall(scene: Scene) -> None:
    part = scene.docket.held_by(scene.step.department) if scene.step.department else scene.docket.lead()
    await _arrived(scene, part)
    await _about(scene, part, "recall")
    part.status = "recalled"


async def waive(scene: Scene) -> None:
    part = scene.docket.held_by(scene.department)
    await _arrived(scene, part)
    await _about(scene, part, "waive")
    part.status = "waived"


async def grant_extension(scene: Scene) -> None:
    part = scene.docket.waiting_for_more_time()
    await scene.post("dispatch", f"/v1/handoffs/{part.handoff_id}/extension/grant")
    part.asked = False


async def refuse_extension(scene: Scene) -> None:
    part = scene.docket.waiting_for_more_time()
    await _about(scene, part, "extension/refuse")
    part.asked = False


async def reoffer(scene: Scene) -> None:
    """In the place of what was given back; after a reopening, to a new lead."""
    before = scene.docket.without_successor()
    body = {"department": scene.step.to, "part": before.part if before else LEAD}
    if before:
        body["replaces"] = before.handoff_id
    case = await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/handoffs", body)
    if before:
        before.replaced = True
    scene.docket.reopened = False
    scene.docket.learn(case["handoffs"])


async def follow_up(scene: Scene) -> None:
    body = {"solved": scene.step.solved, "satisfied": scene.step.satisfied}
    given = {name: value for name, value in body.items() if value is not None}
    await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/follow-up", given)
    scene.docket.reopened = scene.step.solved is False


async def reopen(scene: Scene) -> None:
    """'Not solved' at the follow-up has reopened it already."""
    if not scene.docket.reopened:
        body = {"reason": "new_facts", "grounds": scene.step.reason}
        await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/reopen", body)
        scene.docket.reopened = True


async def close(scene: Scene) -> None:
    await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/close", {"reason": scene.step.reason})


async def _about(scene: Scene, part: Part, path: str) -> None:
    await scene.post("dispatch", f"/v1/handoffs/{part.handoff_id}/{path}", {"reason": scene.step.reason})


async def _arrived(scene: Scene, part: Part) -> None:
    """What its office said before has reached the centre: in this story no recall overtakes an answer."""
    deadline = time.monotonic() + ON_ITS_WAY_AT_MOST
    while True:
        case = await scene.case()
        seen = next(each["status"] for each in case["handoffs"] if each["handoff_id"] == part.handoff_id)
        if seen in (part.status, "recalled", "waived"):
            return
        if time.monotonic() > deadline:
            raise Declined(409, "not-heard", f"the centre still sees '{seen}' where '{part.status}' was answered")
        await asyncio.sleep(FIRST_POLL)


BEFORE_A_CASE = frozenset({"screen", "pass_on", "supplement", "withdraw"})
VERBS: Mapping[str, Act] = {
    **dict.fromkeys(office.VERBS, office.answer),
    **together.VERBS,
    "screen": screen,
    "pass_on": pass_on,
    "supplement": supplement,
    "withdraw": withdraw,
    "verify": verify,
    "rework": rework,
    "recall": recall,
    "waive": waive,
    "grant_extension": grant_extension,
    "refuse_extension": refuse_extension,
    "reoffer": reoffer,
    "follow_up": follow_up,
    "reopen": reopen,
    "close": close,
}
