"""P1's other floor: the usual way, one transaction of an object-relational mapper for each request."""

import os
import sys
from datetime import UTC, datetime
from uuid import uuid4

import uvicorn
from fastapi import FastAPI, Response
from sqlalchemy import DateTime
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from deploy.bench.constant import ANSWER
from services.intake.api.registering import NewReport

TABLE = """
CREATE TABLE public.mapped_reports (
    id text PRIMARY KEY, category text, area text, text text, channel text,
    name text, phone text, at timestamptz
)
"""


class Base(DeclarativeBase):
    pass


class MappedReport(Base):
    __tablename__ = "mapped_reports"
    __table_args__ = {"schema": "public"}  # noqa: RUF012
    id: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str]
    area: Mapped[str]
    text: Mapped[str]
    channel: Mapped[str]
    name: Mapped[str | None]
    phone: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


app = FastAPI()
engine = create_async_engine(
    os.environ.get("DATABASE_URL", "postgresql://").replace("postgresql://", "postgresql+asyncpg://", 1),
    pool_size=16,
)
sessions = async_sessionmaker(engine)


@app.post("/v1/reports", status_code=201)
async def register(body: NewReport) -> Response:
    reporter = body.reporter
    async with sessions() as session, session.begin():
        session.add(
            MappedReport(
                id=str(uuid4()),
                category=body.category,
                area=body.area,
                text=body.text,
                channel=body.channel,
                name=reporter and reporter.name,
                phone=reporter and reporter.phone,
                at=datetime.now(UTC),
            )
        )
    return Response(ANSWER, 201, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(app, port=int(sys.argv[1]), log_config=None, access_log=False, server_header=False)
