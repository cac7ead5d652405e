"""What an office says about its hand-off: in dispatch's own worklist, on its desk, or as a petition."""

from collections.abc import Mapping

from deploy.scenarios.scene import Scene

HANDOFFS, TASKS, PETITIONS = "/v1/handoffs", "/v1/tasks", "/v1/petitions"
ROUTES: Mapping[str, Mapping[str, str]] = {
    HANDOFFS: {
        "accept": "accept",
        "start": "start",
        "progress": "progress",
        "complete": "complete",
        "return": "return",
        "dispute": "dispute",
        "transfer": "transfer",
        "ask_extension": "extension",
    },
    TASKS: {
        "accept": "accept",
        "start": "start",
        "progress": "progress",
        "complete": "finish",
        "return": "return",
        "ask_extension": "extension",
    },
    PETITIONS: {
        "register": "register",
        "accept": "accept",
        "progress": "progress",
        "issue_opinion": "opinion",
        "conclude": "conclude",
        "return": "return",
        "ask_extension": "extend",
    },
}
VERBS = frozenset(verb for routes in ROUTES.values() for verb in routes)
WORDS: Mapping[str, tuple[str, ...]] = {
    "progress": ("note",),
    "complete": ("result",),
    "conclude": ("result",),
    "issue_opinion": ("opinion",),
    "return": ("reason",),
    "dispute": ("reason",),
    "transfer": ("to", "reason"),
    "ask_extension": ("days", "reason"),
}
"""What of the step goes into the request."""
THEN: Mapping[str, str] = {
    "accept": "accepted",
    "start": "in_progress",
    "complete": "completed",
    "conclude": "completed",
    "return": "returned",
    "transfer": "transferred",
}


async def answer(scene: Scene) -> None:
    """Raises NothingOpen where the office holds nothing, KeyError for a verb that it does not have."""
    step, part = scene.step, scene.docket.held_by(scene.department)
    base = {None: HANDOFFS, "petition": PETITIONS}.get(part.via, TASKS)
    body = {word: getattr(step, word) for word in WORDS.get(step.do, ())} or None
    path = f"{base}/{part.handoff_id}/{ROUTES[base][step.do]}"
    await scene.post(part.via or "dispatch", path, body)
    part.status = THEN.get(step.do, part.status)
    part.asked = part.asked or (step.do == "ask_extension" and base != PETITIONS)
    if step.do == "transfer":
        scene.docket.learn((await scene.case())["handoffs"])
