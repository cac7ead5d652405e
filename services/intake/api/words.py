"""What a reporter is told: how far the matter has come, in plain words, with no official's name."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from services.intake.api.checks import name_of
from services.intake.model import Report
from services.intake.replies import Told
from services.intake.views import CaseView
from shared.clocks.zone import DISTRICT_ZONE
from shared.reference.reference import Reference
from shared.refusals.words import LAWFUL_ROUTES

Language = Literal["zh", "en"]
Words = Mapping[str, str]

STATUS: Mapping[str, Words] = {
    "received": {"zh": "已收到您的反映，正在甄别", "en": "Received; it is being screened"},
    "screened": {"zh": "已受理，正在登记", "en": "Accepted; the case is being opened"},
    "accepted": {"zh": "已受理，案件编号 {code}", "en": "Accepted as case {code}"},
    "in_handling": {"zh": "正在由{departments}办理", "en": "In handling by {departments}"},
    "suspended": {
        "zh": "暂缓办理，等待外部条件具备",
        "en": "On hold, waiting for something outside the offices' hands",
    },
    "resolved": {
        "zh": "承办单位认为已解决，请告诉我们是否属实、是否满意",
        "en": "The offices say it is solved: please tell us whether it is, and whether you are satisfied",
    },
    "followed_up": {"zh": "回访环节已完成，即将办结", "en": "The follow-up is done; it will be closed"},
    "closed": {"zh": "已办结：{reason}", "en": "Closed: {reason}"},
    "withdrawn": {"zh": "已撤回", "en": "Withdrawn"},
    "refused": {"zh": "不属于受理范围。您可以：{route}", "en": "Outside our competence. You can: {route}"},
    "redirected": {
        "zh": "情况紧急，已交{answerable}转报 {to}，尚未确认转到。如有危险，请立即自行拨打 {to}",
        "en": "Urgent: given to {answerable} to pass on to {to}, not confirmed yet. In danger, call {to} yourself now",
    },
    "passed_on": {
        "zh": "{answerable}已将情况转报 {to}。如仍有危险，请立即自行拨打 {to}",
        "en": "{answerable} has passed it on to {to}. If there is still danger, call {to} yourself now",
    },
    "left_to_reporter": {
        "zh": "情况紧急，没有人代您拨打，请立即自行拨打 {to}",
        "en": "Urgent, and nobody has called for you: call {to} yourself now",
    },
}
ROUTES: Mapping[str, Words] = {route: word._asdict() for route, word in LAWFUL_ROUTES.items()}
REASONS: Mapping[str, Words] = {
    "solved": {"zh": "问题已解决", "en": "it is solved"},
    "partly_solved": {"zh": "问题部分解决", "en": "it is solved in part"},
    "cannot_be_solved_now": {"zh": "受客观条件限制，目前无法解决", "en": "it cannot be solved at present"},
    "withdrawn": {"zh": "反映人撤回", "en": "it was withdrawn"},
    "no_competence": {"zh": "不属于受理范围", "en": "it is outside our competence"},
}
OTHER_REASON: Words = {"zh": "请向承办单位了解", "en": "ask the office that handled it"}
CENTRE: Words = {"zh": "综治中心", "en": "The governance centre"}
MISSING: Mapping[str, Words] = {
    "away": {
        "zh": "承办单位的系统暂时无法连接，答复内容请稍后再查",
        "en": "The office's system cannot be reached at the moment: look again later for what it says",
    },
    "erased": {"zh": "答复内容已依法删除", "en": "What it said has been erased as the law provides"},
    "withheld": {"zh": "承办单位没有提供答复内容", "en": "The office does not give out what it says"},
}
STEPS: Mapping[str, Words] = {
    "registered": {"zh": "收到反映", "en": "Received"},
    "opened": {"zh": "登记，编号 {code}", "en": "Opened as case {code}"},
    "joined": {
        "zh": "与他人反映的同一事项合并办理",
        "en": "Taken together with others' reports of the same matter",
    },
    "refused": {"zh": "告知不予受理及法定途径", "en": "Refused, with the lawful route"},
    "redirected": {"zh": "属紧急情况，应拨打 {to}", "en": "An emergency, for {to}"},
    "passed_on": {"zh": "{department}已转报 {to}", "en": "{department} has passed it on to {to}"},
    "extended": {
        "zh": "{department}的办理期限延长至{until}",
        "en": "{department} has been given more time, until {until}",
    },
    "opinion": {"zh": "{department}出具处理意见", "en": "{department} has issued its handling opinion"},
    "offered": {"zh": "交办给{department}", "en": "Sent to {department}"},
    "accepted": {"zh": "{department}已接收", "en": "{department} has taken it on"},
    "started": {"zh": "{department}开始办理", "en": "{department} has begun"},
    "completed": {"zh": "{department}报告办理完毕", "en": "{department} reports it done"},
    "verified": {"zh": "{department}的办理结果已核实", "en": "{department}'s work has been verified"},
    "waived": {"zh": "{department}不再协办", "en": "{department} is no longer needed"},
    "returned": {
        "zh": "{department}退回，正在另行安排",
        "en": "{department} gave it back; it is being placed anew",
    },
    "recalled": {"zh": "从{department}收回", "en": "Taken back from {department}"},
    "transferred": {"zh": "{department}转交", "en": "{department} passed it on"},
    "suspended": {"zh": "暂缓办理", "en": "Put on hold"},
    "resumed": {"zh": "恢复办理", "en": "Taken up again"},
    "resolved": {"zh": "各承办单位办理完毕", "en": "All offices have done their part"},
    "followed_up": {"zh": "回访", "en": "Followed up"},
    "not_reached": {"zh": "回访时未能联系到反映人", "en": "The follow-up could reach nobody"},
    "reopened": {"zh": "重新办理", "en": "Reopened"},
    "closed": {"zh": "办结：{reason}", "en": "Closed: {reason}"},
    "withdrawn": {"zh": "撤回", "en": "Withdrawn"},
}


@dataclass(frozen=True, slots=True)
class Teller:
    """Says it in one language, with the names that hold on that day."""

    reference: Reference
    at: datetime
    language: Language

    def text(self, report: Report, case: CaseView) -> str:
        status = overall(report, case)
        if status == "accepted" and case.code is None:
            status = "screened"
        elif status == "redirected":
            status = "passed_on" if case.passed_on_at else "redirected" if report.answerable else "left_to_reporter"
        return STATUS[status][self.language].format(
            code=case.code,
            departments=self._departments(case),
            reason=self._reason(case.reason),
            route=ROUTES.get(lawful_route(report, case) or "", ROUTES["other"])[self.language],
            to=report.to,
            answerable=self._department(report.answerable or ""),
        )

    def reply(self, told: Told) -> dict[str, Any]:
        reply = told.reply
        return {
            "department": reply.department,
            "department_name": self._department(reply.department) if reply.department else CENTRE[self.language],
            "kind": reply.kind,
            "at": reply.at,
            "text": told.text,
            "missing": MISSING[told.missing][self.language] if told.missing else None,
        }

    def steps(self, report: Report, case: CaseView) -> list[dict[str, Any]]:
        """Oldest first."""
        told = [*self._own(report), *self._of_case(report, case)]
        return sorted(told, key=lambda step: step["at"])

    def _own(self, report: Report) -> Iterator[dict[str, Any]]:
        yield {"at": report.registered_at, "step": "registered", "text": STEPS["registered"][self.language]}
        if report.screened_at is not None:
            kind = "joined" if report.into else "refused" if report.route else "redirected" if report.to else None
            if kind is not None:
                text = STEPS[kind][self.language].format(to=report.to)
                yield {"at": report.screened_at, "step": kind, "text": text}
        if report.withdrawn_at is not None:
            yield {"at": report.withdrawn_at, "step": "withdrawn", "text": STEPS["withdrawn"][self.language]}

    def _of_case(self, report: Report, case: CaseView) -> Iterator[dict[str, Any]]:
        for row in case.steps:
            if report.status == "withdrawn" and report.withdrawn_at and row["at"] >= report.withdrawn_at:
                return
            text = STEPS[row["step"]][self.language].format(
                code=row["code"],
                department=self._department(row["department"] or ""),
                reason=self._reason(row["reason"]),
                to=report.to,
                until=self._last_day(row["due_at"]),
            )
            yield {"at": row["at"], "step": row["step"], "text": text}

    def _departments(self, case: CaseView) -> str:
        names = [self._department(code) for code in case.handling()]
        nobody = {"zh": "有关部门", "en": "the offices"}[self.language]
        return {"zh": "、", "en": ", "}[self.language].join(names) or nobody

    def _department(self, code: str) -> str:
        return name_of(self.reference, "department", code, (self.at, self.language))

    def _last_day(self, due_at: datetime | None) -> str:
        """The day before the first instant that is too late."""
        if due_at is None:
            return ""
        day = (due_at - timedelta(microseconds=1)).astimezone(DISTRICT_ZONE)
        return {"zh": f"{day.year}年{day.month}月{day.day}日", "en": f"{day:%Y-%m-%d}"}[self.language]

    def _reason(self, code: str | None) -> str:
        return REASONS.get(code or "", OTHER_REASON)[self.language]


def lawful_route(report: Report, case: CaseView) -> str | None:
    """Of what is outside competence, found out at the window or by the centre."""
    return report.route or (case.reason if case.status == "refused" else None)


def overall(report: Report, case: CaseView) -> str:
    """One word for how far it has come: the report's own, and once it is in a case, the case's."""
    if report.status not in ("accepted", "joined"):
        return report.status
    return case.status or "accepted"
