"""Who has looked: what reporters are told of it, by office and role; no official is named."""

from datetime import datetime
from typing import Literal

from asyncpg import Record
from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from services.intake import views
from services.intake.api.checks import name_of
from services.intake.api.receipts import Anyone, ReceiptNo, TrackingCode, holder
from shared.refusals.words import ROLES, Word, Words
from shared.web.call import Call

router = APIRouter(prefix="/v1/receipts/{receipt_no}", tags=["receipts"])
MOST = 500
KINDS: Words = {
    "identity": Word("查看了您的身份信息", "saw who you are"),
    "case_file": Word("查阅了案卷", "opened the case file"),
}
PURPOSES: Words = {
    "contact": Word("与您联系", "to get in touch with you"),
    "verify": Word("核实情况", "to verify what was reported"),
    "notify": Word("告知办理情况", "to tell you how it stands"),
    "legal_duty": Word("履行法定职责", "for a duty laid down by law"),
}
SOME: Words = {
    "none": Word(
        "至今没有人查看过您的身份信息；除办理人员在本职工作中查阅外，也没有人查阅过案卷",
        "Nobody has seen who you are so far; and apart from those who work on it, nobody has opened the case file",
    ),
    "some": Word(
        "下面是查看过您的身份信息、查阅过案卷的单位；办理人员在本职工作中查阅案卷的，不在此列",
        "These offices have seen who you are or opened the case file; those who work on it and read it for that are"
        " not among them",
    ),
}
NO_OFFICE = Word("有关单位", "an office")


class ToldAccess(BaseModel):
    at: datetime
    kind: Literal["identity", "case_file"]
    text: str = Field(examples=["区综治中心（窗口受理员）查看了您的身份信息：核实情况"])
    department: str | None
    department_name: str
    role: str | None
    role_name: str | None
    purpose: str | None = Field(description="of an identity: what it was opened for")
    purpose_name: str | None


class Accesses(BaseModel):
    receipt_no: str
    text: str = Field(description="what the list means; where it is empty, that nobody has looked")
    items: list[ToldAccess] = Field(description="newest first, 500 at most")


@router.get("/accesses", response_model=Accesses)
async def accesses(receipt_no: ReceiptNo, code: TrackingCode, call: Anyone) -> Response:
    """Who has seen who you are or opened the case: which office, in which role, when (个人信息保护法 Art 44, 45)."""
    mine = (await holder(call, receipt_no, code)).state
    async with call.runtime.database.plain() as connection:
        rows = await views.accesses(connection, mine, MOST)
    text = SOME["some" if rows else "none"].said(call.language)
    shown = Accesses(receipt_no=mine.receipt_no, text=text, items=[_told(call, row) for row in rows])
    headers = {"Cache-Control": "no-store", "Content-Language": call.language}
    return Response(shown.model_dump_json(), media_type="application/json", headers=headers)


def _told(call: Call, row: Record) -> ToldAccess:
    role, purpose = _said(call, ROLES, row["role"]), _said(call, PURPOSES, row["purpose"])
    office = NO_OFFICE.said(call.language)
    if row["department"] is not None:
        office = name_of(call.runtime.reference, "department", row["department"], (call.at, call.language))
    did = KINDS[row["kind"]].said(call.language)
    if call.language == "zh":
        text = f"{office}{f'（{role}）' if role else ''}{did}{f'：{purpose}' if purpose else ''}"
    else:
        text = f"{office}{f' ({role})' if role else ''} {did}{f' {purpose}' if purpose else ''}"
    codes = {name: row[name] for name in ("at", "kind", "department", "role", "purpose")}
    return ToldAccess(**codes, text=text, department_name=office, role_name=role, purpose_name=purpose)


def _said(call: Call, words: Words, code: str | None) -> str | None:
    return words[code].said(call.language) if code is not None and code in words else code
