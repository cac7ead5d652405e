"""The floor of P1: the same framework, request and body model, answered with a constant."""

import sys

import uvicorn
from fastapi import FastAPI, Response

from services.intake.api.registering import NewReport

ANSWER = (
    b'{"report_id":"0199f0a0-0000-7000-8000-000000000000","receipt_no":"210305-000482-7",'
    b'"tracking_code":"7K3M-9QXA-40TZ","status":"received"}'
)
app = FastAPI()


@app.post("/v1/reports", status_code=201)
async def register(body: NewReport) -> Response:
    return Response(ANSWER, 201, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
