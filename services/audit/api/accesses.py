"""Who looked: identities, case files, lists taken away, searches, in every service; reading this is recorded too."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Depends, Query, Response
from pydantic import AwareDatetime, BaseModel, Field

from services.audit import views
from services.audit.api.asking import Auditor, Text, case_id, scope_of
from services.audit.api.naming import name_of, said
from services.audit.tables import EXPORT
from shared.accesses.opening import taken
from shared.accesses.words import PURPOSES, WHAT
from shared.refusals.words import ROLES, Word, Words
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.spreadsheets import head, lines

router = APIRouter(tags=["accesses"])
Kind = Literal["identity", "case_file", "certificate", "export", "search", "told", "erased", "operation", "archive"]
FACTS: dict[str, Kind] = {
    "identity-opened": "identity",
    "case-file-opened": "case_file",
    "certificate-made": "certificate",
    "export-made": "export",
    "texts-searched": "search",
    "reporter-told": "told",
    "content-erased": "erased",
    "reporter-erased": "erased",
    "record-dealt-with": "operation",
    **dict.fromkeys(("month-archived", "month-removed", "month-returned"), "archive"),
}
KINDS: Words = {
    "identity": Word("查看反映人身份", "who reported was opened"),
    "case_file": Word("查阅案卷", "a case file was opened"),
    "certificate": Word("出具存证证明", "a certificate was made"),
    "export": Word("导出清单", "a list was taken away"),
    "search": Word("检索内容", "texts were searched"),
    "told": Word("反映人查看答复", "the reporter read a reply"),
    "erased": Word("删除内容或者身份", "a text or an identity was erased"),
    "operation": Word("处置无法读取的记录", "a record that could not be read was dealt with"),
    "archive": Word("日志归档、移出或者恢复", "a month of the log was archived, taken out or brought back"),
}
COLUMNS = (
    *("at", "kind", "kind_name", "person", "department", "department_name", "role", "role_name", "what", "what_name"),
    *("case_code", "case_id", "report_id", "content_id", "purpose", "purpose_name", "rows", "digest", "index"),
)
MOST_IN_A_FILE = 10_000


class ShownAccess(BaseModel):
    index: int = Field(description="in the log")
    at: datetime
    kind: Kind | None = Field(description="null: of a kind that is not known here")
    kind_name: str
    person: str = Field(description="as in tokens and posts: the directory keeps no names of people")
    department: str | None
    department_name: str | None
    role: str | None
    role_name: str | None
    what: str | None = Field(description="of a case file; of an export which list", examples=["timeline", "cases"])
    what_name: str | None
    case_id: str | None
    case_code: str | None
    report_id: str | None
    content_id: str | None
    purpose: str | None = Field(description="where one was given")
    purpose_name: str | None
    rows: int | None = Field(description="of an export, or found by a search")
    digest: str | None = Field(description="of an export's filter or a search's words: the same for the same")


class AccessPage(BaseModel):
    items: list[ShownAccess] = Field(description="newest first")
    next: str | None


class Wanted:
    """What the list can be narrowed by."""

    def __init__(
        self,
        person: Text = None,
        department: Text = None,
        case: Annotated[str | None, Query(max_length=200, description="id or code")] = None,
        kind: Annotated[list[Kind] | None, Query()] = None,
        from_: Annotated[AwareDatetime | None, Query(alias="from", description="included")] = None,
        to: Annotated[AwareDatetime | None, Query(description="not included")] = None,
    ) -> None:
        self.case = case
        facts = None if kind is None else [fact for fact, of in FACTS.items() if of in kind]
        self.given = {"actor": person, "department": department, "facts": facts, "since": from_, "until": to}


Narrowed = Annotated[Wanted, Depends()]
_FORMS: dict[int | str, dict[str, Any]] = {200: {"model": AccessPage, "content": {"text/csv": {}}}}


@router.get("/v1/accesses", response_model=AccessPage, responses=_FORMS)
async def accesses(
    call: Auditor,
    wanted: Narrowed,
    format: Annotated[Literal["json", "csv"], Query(description="csv: a file of up to 10,000 rows")] = "json",
    cursor: Cursor = None,
    limit: Limit = 100,
) -> Response:
    """Who looked at what, newest first, as far as one's area reaches; what is of no case, for the whole district only.
    That this was read is recorded too."""
    scope, before = scope_of(call), decode_typed(cursor, datetime, int)
    most = MOST_IN_A_FILE if format == "csv" else limit
    async with call.runtime.database.plain() as connection:
        given = {**wanted.given, "case": await case_id(connection, call, wanted.case)}
        rows = await views.accesses(connection, scope, given, before, most)
        told = [orjson.loads(row["value"]) for row in rows]
        codes = await views.codes_of(connection, sorted({data["case_id"] for data in told if data.get("case_id")}))
    await taken(call, EXPORT, "accesses", len(rows), (given, before))
    items = [_shown(call, row, data, codes) for row, data in zip(rows, told, strict=True)]
    next = encode_cursor(rows[-1]["time"].isoformat(), rows[-1]["index"]) if len(rows) == most else None
    return _as_file(items, next) if format == "csv" else _as_page(AccessPage(items=items, next=next))


def _as_page(page: AccessPage) -> Response:
    return Response(page.model_dump_json(), media_type="application/json", headers={"Cache-Control": "no-store"})


def _as_file(items: Sequence[ShownAccess], next: str | None) -> Response:
    """Of a longer list the link leads to the rest."""
    headers = {"Content-Disposition": 'attachment; filename="accesses.csv"', "Cache-Control": "no-store"}
    headers |= {"Link": f'<?format=csv&cursor={next}>; rel="next"'} if next else {}
    body = head(COLUMNS) + lines(COLUMNS, (dict(item) for item in items))
    return Response(body, media_type="text/csv; charset=utf-8", headers=headers)


def _shown(call: Call, row: Any, data: dict[str, Any], codes: dict[str, str]) -> ShownAccess:
    fact, case_id = row["type"].split(".")[2], data.get("case_id")
    kind, what = FACTS.get(fact), data.get("what") or data.get("of")
    return ShownAccess(
        index=row["index"],
        at=row["time"],
        kind=kind,
        kind_name=said(call, KINDS, kind) or fact,
        person=row["actor"],
        department=row["department"],
        department_name=name_of(call, "department", row["department"]),
        role=data.get("role"),
        role_name=said(call, ROLES, data.get("role")),
        what=what,
        what_name=said(call, WHAT, what),
        case_id=case_id,
        case_code=codes.get(case_id or ""),
        report_id=data.get("report_id"),
        content_id=data.get("content_id"),
        purpose=data.get("purpose"),
        purpose_name=said(call, PURPOSES, data.get("purpose")),
        rows=data.get("rows", data.get("found")),
        digest=data.get("digest"),
    )
