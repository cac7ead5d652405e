"""Staff and departments' systems by HTTP: names for those who work with them, accounts by administrators."""

from collections.abc import Mapping
from typing import Annotated, Any

import asyncpg
from fastapi import APIRouter, Path, Query, Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from services.directory import views
from services.directory.api.entries import today
from services.directory.api.forms import Code, Names
from services.directory.model.accounts import (
    MODEL,
    ChangeOwnPassword,
    CloseAccount,
    RegisterClient,
    RegisterStaff,
    ResetCredential,
)
from services.directory.tables import ACCOUNT, IDENTITIES
from services.directory.tokens import passwords
from services.directory.tokens.issue import SignIn
from services.directory.tokens.places import place_of
from services.directory.turns import Turns
from shared.contents.refs import Short
from shared.procedure.actor import Post
from shared.procedure.step import Command
from shared.record.aggregate import Write
from shared.record.decide import Outcome
from shared.record.rows import Row
from shared.refusals.refusals import AlreadyThere, Invalid, NotFound
from shared.refusals.words import ROLES
from shared.web.call import Call
from shared.web.paging import Cursor, Limit, decode_typed, encode_cursor
from shared.web.signed_in import doing, staff
from shared.world.world import new_id, secret_code

router = APIRouter(tags=["people"])
Staff = Annotated[Call, staff()]
AccountId = Annotated[str, Path(max_length=64)]
Login = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{2,63}$"), Field(examples=["housing.ye"])]
Password = Annotated[str, StringConstraints(min_length=12, max_length=passwords.LONGEST)]
MOST_IDS = 200


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewStaff(Strict):
    username: Login
    name: Short
    department: Code


class NewClient(Strict):
    client_id: Login
    name: Names
    department: Code


class NewPassword(Strict):
    password: Password = Field(description="12 characters or more")


class OwnPassword(Strict):
    current: str = Field(max_length=1000)
    new: Password = Field(description="12 characters or more")


class Person(BaseModel):
    id: str
    name: str
    department: str
    here: bool = Field(description="false for somebody who has left")


class People(BaseModel):
    items: list[Person]
    next: str | None = None


class Held(BaseModel):
    """A post, with its names in the caller's language."""

    role: str
    role_name: str
    department: str
    department_name: str
    area: str
    area_name: str
    whole_district: bool = Field(description="its area contains all others")


class Me(BaseModel):
    id: str
    name: str
    login: str
    department: str
    department_name: str = Field(description="in the caller's language")
    posts: list[Held] = Field(description="held today")
    whole_district: bool = Field(description="one of the posts is for all of it")


class Account(BaseModel):
    id: str
    version: int
    status: str


class Secret(BaseModel):
    client_id: str
    client_secret: str = Field(description="shown this once")


@router.get("/v1/staff")
async def list_staff(
    call: Staff,
    ids: Annotated[str | None, Query(max_length=MOST_IDS * 40, description="comma-separated")] = None,
    department: Annotated[str | None, Query(max_length=64)] = None,
    cursor: Cursor = None,
    limit: Limit = 100,
) -> People:
    """Names: of the ids asked for (also systems, and people who have left), else of the staff there is."""
    wanted = ids.split(",") if ids else None
    if wanted and len(wanted) > MOST_IDS:
        raise Invalid("ids", f"at most {MOST_IDS}", f"最多 {MOST_IDS} 个")
    after = decode_typed(cursor, str)
    async with call.runtime.database.plain() as connection:
        rows = await views.staff(connection, wanted, department, after[0] if after else None, limit + 1)
    more = encode_cursor(rows[limit - 1]["id"]) if len(rows) > limit else None
    return People(items=[_person(row) for row in rows[:limit]], next=more)


@router.get("/v1/people/me")
async def me(call: Staff) -> Me:
    """Who is signed in, and as what."""
    row = await _known(call, call.actor.id)
    posts = [_held(call, post) for post in call.actor.posts]
    return Me(
        id=row["id"],
        name=row["name"],
        login=row["login"],
        department=row["department"],
        department_name=call.name("department", row["department"]),
        posts=posts,
        whole_district=any(post.whole_district for post in posts),
    )


@router.post("/v1/people/me/password", status_code=204)
async def change_own_password(form: OwnPassword, call: Annotated[Call, doing(MODEL, ChangeOwnPassword)]) -> Response:
    """Wrong tries of the current one count as at sign-in."""
    row = await _known(call, call.actor.id)
    if await call.runtime.extra(SignIn).check(row["login"], form.current, "staff", place_of(call.request)) is None:
        raise Invalid("current", "it is not your password", "不是您现在的密码")
    command = ChangeOwnPassword(**call.stamp, account=row["id"])
    return await _set_credential(call, command, row["id"], form.new)


@router.post("/v1/staff", status_code=201, response_model=Account)
async def register_staff(form: NewStaff, call: Annotated[Call, doing(MODEL, RegisterStaff)]) -> Response:
    """Next: set a password, assign a post."""
    identity = {"login": form.username, "name": form.name, "name_en": None}
    return await _register(call, RegisterStaff, form.department, identity)


@router.post("/v1/clients", status_code=201, response_model=Account)
async def register_client(form: NewClient, call: Annotated[Call, doing(MODEL, RegisterClient)]) -> Response:
    """A department's system. Next: have a secret made, assign a post."""
    identity = {"login": form.client_id, "name": form.name.zh, "name_en": form.name.en}
    return await _register(call, RegisterClient, form.department, identity)


@router.put("/v1/staff/{id}/password", status_code=204)
async def set_password(
    id: AccountId, form: NewPassword, call: Annotated[Call, doing(MODEL, ResetCredential)]
) -> Response:
    """For somebody who is new or has forgotten it."""
    await _known(call, id, "staff")
    return await _reset(call, id, form.password)


@router.post("/v1/clients/{id}/secret")
async def make_secret(id: AccountId, call: Annotated[Call, doing(MODEL, ResetCredential)]) -> Secret:
    """A new secret for a system; the old one no longer holds. Takes no Idempotency-Key: ask for another one."""
    if "idempotency-key" in call.request.headers:
        raise Invalid("Idempotency-Key", "a secret is shown once and not kept", "密钥只显示一次，不予留存")
    row = await _known(call, id, "client")
    secret = secret_code(8)
    await _reset(call, id, secret)
    return Secret(client_id=row["login"], client_secret=secret)


@router.post("/v1/staff/{id}/end", response_model=Account)
async def staff_left(id: AccountId, call: Annotated[Call, doing(MODEL, CloseAccount)]) -> Response:
    """Can no longer sign in; their posts must have ended."""
    return await _close(call, id, "staff")


@router.post("/v1/clients/{id}/end", response_model=Account)
async def client_withdrawn(id: AccountId, call: Annotated[Call, doing(MODEL, CloseAccount)]) -> Response:
    """The system can no longer sign in; its posts must have ended."""
    return await _close(call, id, "client")


async def _register(
    call: Call, register: type[RegisterStaff | RegisterClient], department: str, identity: Mapping[str, Any]
) -> Response:
    id = new_id()
    async with call.runtime.database.plain() as connection:
        taken = await views.account_of(connection, identity["login"])
    if taken is not None and "idempotency-key" not in call.request.headers:
        raise AlreadyThere("login")
    row = Row(IDENTITIES, {"account": id, **identity})
    async with call.runtime.extra(Turns).book() as book:
        about = {**call.stamp, "account": id, "root": book.root}
        command = register(**about, department=department, today=today(call), book=book)
        try:
            return await call.record(Write(ACCOUNT, id, [command], also=(row,)), _show, 201)
        except asyncpg.UniqueViolationError:
            raise AlreadyThere("login") from None


async def _reset(call: Call, id: str, secret: str) -> Response:
    async with call.runtime.database.plain() as connection:
        root = await views.root_area(connection)
    return await _set_credential(call, ResetCredential(**call.stamp, account=id, root=root), id, secret)


async def _set_credential(call: Call, command: Command, id: str, secret: str) -> Response:
    row = passwords.credential(id, await passwords.hashed(secret))
    await call.record(Write(ACCOUNT, id, [command], call.expected, (row,)))
    async with call.runtime.database.plain() as connection:
        # A repeated answer has stored no new one: then the older one must stay.
        await connection.execute(
            "DELETE FROM credentials WHERE account = $1 AND id < $2"
            " AND EXISTS (SELECT 1 FROM credentials WHERE id = $2)",
            id,
            row.values["id"],
        )
    return Response(status_code=204)


async def _close(call: Call, id: str, status: str) -> Response:
    await _known(call, id, status)
    async with call.runtime.extra(Turns).book() as book:
        async with call.runtime.database.plain() as connection:
            posts = tuple(await views.posts_held(connection, id, today(call)))
        command = CloseAccount(**call.stamp, account=id, posts=posts, root=book.root)
        return await call.record(Write(ACCOUNT, id, [command], call.expected), _show)


async def _known(call: Call, id: str, status: str | None = None) -> dict[str, Any]:
    """Raises NotFound."""
    async with call.runtime.database.plain() as connection:
        rows = await views.staff(connection, [id], None, None, 1)
    if not rows or (status is not None and rows[0]["status"] not in (status, "closed")):
        raise NotFound("account")
    return rows[0]


def _held(call: Call, post: Post) -> Held:
    root = call.runtime.reference.root(call.at)
    return Held(
        role=post.role.value,
        role_name=ROLES[post.role].said(call.language),
        department=post.department,
        department_name=call.name("department", post.department),
        area=post.area,
        area_name=call.name("area", post.area),
        whole_district=root is not None and root.startswith(post.area),
    )


def _person(row: Mapping[str, Any]) -> Person:
    return Person(id=row["id"], name=row["name"], department=row["department"], here=row["status"] != "closed")


def _show(outcome: Outcome) -> Mapping[str, Any]:
    return {"id": outcome.id, "version": outcome.version, "status": outcome.state.status}
