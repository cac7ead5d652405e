"""Files that a report will refer to."""

from hashlib import sha256
from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field
from starlette.datastructures import UploadFile

from services.intake.api.files import examine
from services.intake.tables import REPORT, UPLOADS
from shared.contents.contents import NewContent, keep
from shared.record.aggregate import Write
from shared.record.rows import Row
from shared.refusals.refusals import Invalid
from shared.web.call import Call
from shared.web.signed_in import anyone

router = APIRouter(tags=["reports"])
Anyone = Annotated[Call, anyone()]


class Attachment(BaseModel):
    content_id: str = Field(description="unguessable: whoever knows it may attach it to one report")
    sha256: str = Field(description="of the file as kept: images without place and camera data")
    size: int
    media_type: str = Field(examples=["image/jpeg"])


_FILE = {"schema": {"type": "string", "format": "binary"}}
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {"type": "object", "properties": {"file": _FILE["schema"]}, "required": ["file"]}
            },
            **dict.fromkeys(("image/jpeg", "image/png", "image/webp", "application/pdf", "text/plain"), _FILE),
        },
    }
}


@router.post("/v1/attachments", status_code=201, response_model=Attachment, openapi_extra=_BODY)
async def attach(call: Anyone) -> Response:
    """Upload one file, up to 10 MB: the field `file` of a form, or the body itself. It waits a day for its report.

    Place and camera data is removed from images; PDFs are kept as they are, with what their makers wrote into them.
    """
    declared, data = await _uploaded(call)
    media_type, data = examine(data, declared)
    new = NewContent("attachment", data, media_type)
    ref, row = keep(call.runtime.vault, "unattached", new, call.at)
    answer = {
        "content_id": ref.id,
        "sha256": sha256(data).hexdigest(),
        "size": ref.size,
        "media_type": media_type,
    }
    waiting = Row(UPLOADS, {"content_id": ref.id, "uploaded_at": call.at})
    return await call.record(Write(REPORT, ref.id, [], also=(row, waiting)), lambda outcome: answer, 201)


async def _uploaded(call: Call) -> tuple[str, bytes]:
    declared = call.request.headers.get("content-type", "")
    body = await call.request.body()
    if not declared.lower().startswith("multipart/form-data"):
        return declared, body
    file = (await call.request.form()).get("file")
    if not isinstance(file, UploadFile):
        raise Invalid("file", "the form has no file of this name", "表单中没有名为 file 的文件")
    return file.content_type or "", await file.read()
