"""Who is signed in, with the posts they hold."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.directory.api.people import known
from shared.procedure.actor import Post
from shared.refusals.words import ROLES
from shared.web.call import Call
from shared.web.signed_in import staff

router = APIRouter(tags=["people"])


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
    as_of: datetime = Field(description="the district's time")


@router.get("/v1/people/me")
async def me(call: Annotated[Call, staff()]) -> Me:
    """Who is signed in, and as what."""
    row = await known(call, call.actor.id)
    posts = [_held(call, post) for post in call.actor.posts]
    return Me(
        id=row["id"],
        name=row["name"],
        login=row["login"],
        department=row["department"],
        department_name=call.name("department", row["department"]),
        posts=posts,
        whole_district=any(post.whole_district for post in posts),
        as_of=call.at,
    )


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
