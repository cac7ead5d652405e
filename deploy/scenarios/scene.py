"""One step of one matter, with all that its verb needs to carry it out."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from deploy.scenarios.calls import Api, Ask
from deploy.scenarios.data import Matter, Step
from deploy.scenarios.matter import Docket, Part
from deploy.scenarios.staff import Staff

WAIT = 10


@dataclass
class Scene:
    """`number` counts the matter's steps, 0 being the report. `dockets` are those of all matters."""

    api: Api
    staff: Staff
    scenario: str
    matter: Matter
    number: int
    docket: Docket
    dockets: Mapping[str, Docket]
    _asked: int = field(default=0, init=False)

    @property
    def step(self) -> Step:
        return self.matter.course[self.number - 1]

    @property
    def department(self) -> str:
        """On whose behalf the step is done."""
        return self.step.department or self.staff.people[self.step.by].department

    async def post(self, service: str, path: str, body: Any = None) -> Any:
        """As the person of the step."""
        return await self.send(Ask(service, "POST", path, self.step.by, self._key(), body))

    async def post_as_reporter(self, path: str, body: Any = None) -> Any:
        """With receipt number and tracking code, as the reporter does it."""
        headers = {"Tracking-Code": self.docket.tracking_code}
        path = f"/v1/receipts/{self.docket.receipt_no}/{path}"
        return await self.send(Ask("intake", "POST", path, None, self._key(), body, headers=headers))

    async def send(self, ask: Ask) -> Any:
        return await self.api.do(ask)

    async def case(self) -> Any:
        """As a dispatcher sees it now; waits for one that is on its way."""
        reader = self.staff.holding("dispatcher")[0].username
        return await self.api.get("dispatch", f"/v1/cases/{self.docket.case_id}", reader, WAIT)

    async def know_parts(self) -> None:
        """Those whom the catalogue has named at first, once the case is there."""
        if not self.docket.parts and self.docket.case_id:
            handoffs = (await self.case())["handoffs"]
            self.docket.learn(part for part in handoffs if part["offered_at"] == handoffs[0]["offered_at"])

    def next_to_complete(self) -> Part:
        """The part whose office completes it again later in the course; the lead's if none does."""
        for step in self.matter.course[self.number :]:
            if step.do in ("complete", "conclude"):
                department = step.department or self.staff.people[step.by].department
                return self.docket.held_by(department)
        return self.docket.lead()

    def _key(self) -> str:
        self._asked += 1
        return key_of(self.scenario, self.matter.ref, self.number, self._asked)


def key_of(scenario: str, ref: str, number: int, ask: int) -> str:
    """An Idempotency-Key: the same for the same request of every run."""
    return f"{scenario}:{ref}:{number}:{ask}"
