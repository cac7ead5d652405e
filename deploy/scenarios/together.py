"""What several offices do about one matter, and what one case is to another."""

from collections.abc import Awaitable, Callable, Mapping

from deploy.scenarios.matter import ENDED, LEAD, NothingOpen
from deploy.scenarios.scene import Scene

RECUSED = "lianzhi.dispatch.officer-recused.v1"


async def plan(scene: Scene) -> None:
    """One more office, once the lead is done."""
    body = {"department": scene.step.to, "part": "co", "after": scene.docket.lead().handoff_id}
    case = await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/handoffs", body)
    scene.docket.learn(case["handoffs"])


async def consult(scene: Scene) -> None:
    """About the lead's task, which is in dispute."""
    step, docket = scene.step, scene.docket
    body = {"reason": step.reason, "question": step.text, "invited": [step.to], "disputed": [docket.lead().handoff_id]}
    case = await scene.post("dispatch", f"/v1/cases/{docket.case_id}/consultations", body)
    docket.consultation_id = case["consultations"][-1]["consultation_id"]


async def state_position(scene: Scene) -> None:
    body = {"position": scene.step.position, "statement": scene.step.text}
    await scene.post("dispatch", f"/v1/consultations/{scene.docket.consultation_id}/position", body)


async def conclude_consultation(scene: Scene) -> None:
    body = {"conclusion": scene.step.text, "tasks": [{"department": scene.step.to}]}
    case = await scene.post("dispatch", f"/v1/consultations/{scene.docket.consultation_id}/conclude", body)
    _follow(scene, case)


async def merge(scene: Scene) -> None:
    into = scene.dockets[scene.step.duplicate_of or ""].case_id
    case = await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/merge", {"into": into})
    _follow(scene, case)


async def unmerge(scene: Scene) -> None:
    await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/unmerge")


async def route(scene: Scene) -> None:
    case = await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/route", {"lead": scene.step.to})
    _follow(scene, case)


async def urge(scene: Scene) -> None:
    await scene.post("dispatch", f"/v1/handoffs/{scene.docket.lead().handoff_id}/urge")


async def recuse(scene: Scene) -> None:
    """Who has an interest says so."""
    await scene.post("dispatch", f"/v1/cases/{scene.docket.case_id}/recuse", {"ground": scene.step.reason})


async def lift_recusal(scene: Scene) -> None:
    """Of whoever stepped back last; the case's timeline names them by an opaque id."""
    path = f"/v1/cases/{scene.docket.case_id}"
    told = (await scene.api.get("dispatch", f"{path}/timeline", scene.step.by))["items"]
    officers = [fact["data"]["officer"] for fact in told if fact["type"] == RECUSED]
    if not officers:
        raise NothingOpen("nobody has stepped back")
    await scene.post("dispatch", f"{path}/recuse/lift", {"officer": officers[-1], "reason": scene.step.reason})


def _follow(scene: Scene, case: Mapping[str, object]) -> None:
    """What has ended with it, and what is new."""
    handoffs = case["handoffs"]
    assert isinstance(handoffs, list)
    for part, told in zip(scene.docket.parts, handoffs, strict=False):
        part.status = told["status"] if told["status"] in ENDED else part.status
        part.replaced = part.part == LEAD and part.status in ENDED
    scene.docket.learn(handoffs)


VERBS: Mapping[str, Callable[[Scene], Awaitable[None]]] = {
    "plan": plan,
    "consult": consult,
    "state_position": state_position,
    "conclude_consultation": conclude_consultation,
    "merge": merge,
    "unmerge": unmerge,
    "route": route,
    "urge": urge,
    "recuse": recuse,
    "lift_recusal": lift_recusal,
}
