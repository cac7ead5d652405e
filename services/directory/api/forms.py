"""What one sends to set an entry; the district's files have the same form."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from shared.clocks.rule import ClockRule, Extension, Rung, Share, Silence, Unit, Words
from shared.contents.refs import Short

Code = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"),
    Field(examples=["housing_commission"]),
]
AreaCode = Annotated[str, StringConstraints(pattern=r"^[0-9]{2,20}$"), Field(examples=["500104002003"])]
PostRole = Literal[
    "clerk", "grid_worker", "dispatcher", "handler", "supervisor", "auditor", "administrator", "system", "messenger"
]


class Names(BaseModel):
    """One name in both languages."""

    model_config = ConfigDict(extra="forbid")
    zh: Short = Field(examples=["区住房城乡建设委"])
    en: Short = Field(examples=["Housing and Urban-Rural Development Commission"])


class Form(BaseModel):
    """Dates are the district's; without `valid_from` it holds from today."""

    model_config = ConfigDict(extra="forbid")
    valid_from: date | None = Field(None, description="first day on which it holds")
    valid_to: date | None = Field(None, description="first day on which it no longer holds")

    def data(self) -> dict[str, Any]:
        """The entry, as facts and copies have it."""
        return flat(self.model_dump(mode="json", exclude={"valid_from", "valid_to"}))


class DepartmentForm(Form):
    name: Names
    kind: Code = Field(examples=["government"])
    parent: Code | None = None
    service: Code | None = Field(None, description="the service that takes its hand-offs; none: dispatch's worklist")


class AreaForm(Form):
    name: Names
    level: Literal["district", "subdistrict", "community", "grid"]


class CategoryForm(Form):
    name: Names
    kind: Literal["livelihood", "dispute"]
    governance: Code | None = Field(None, description="which of the six governances it draws on first")
    net: Code | None = Field(None, description="the net that carries it")
    handling: Code | None = Field(None, description="the clock of its handling; none: the general one")
    follow_up: Code | None = Field(None, description="the clock of asking the reporter; none: the general one")
    circle: list[Code] = Field([], max_length=12, description="of a sealed matter: the departments that may have it")
    duty: Code | None = Field(None, description="whose own statutory duty it is: a town needs an authority for it")


class RuleForm(Form):
    category: Code = Field(examples=["building.leak"])
    area: AreaCode
    lead: Code
    co_handlers: list[Code] = Field(default=[], max_length=20)
    basis: Names


class AuthorityForm(Form):
    department: Code = Field(examples=["yuejincun_subdistrict"], description="a township or subdistrict")
    category: Code = Field(examples=["parking.disorder"])
    area: AreaCode
    basis: Names


class WorkflowForm(Form):
    workflow: int = Field(ge=1, examples=[2], description="the version: dispatch's `GET /v1/workflows` says which")
    category: Code | None = Field(None, examples=["lighting.broken"], description="none: all matters")
    area: AreaCode
    basis: Names


class ClockForm(Form):
    """See `ClockRule`: lengths in units, `warn_at` as shares of the time used."""

    name: Words
    basis: Words
    policy: bool = False
    unit: Unit
    length: int = Field(gt=0, le=10_000)
    starts_on: Code
    stops_on: Code
    excludes: tuple[Code, ...] = ()
    extension: Extension | None = None
    lapse: Words | None = None
    warn_at: tuple[Share, ...] = (0.5, 0.8)
    right: bool = Field(False, description="its end takes a right away; nobody is late then")
    silence: Silence | None = Field(None, description="what silence up to its end counts as")
    consent: bool = Field(False, description="an objection needs the consent of whoever sent the matter")
    least: int = Field(1, gt=0, le=10_000, description="units left at least when it goes on after it stood still")
    ladder: tuple[Rung, ...] = Field((), description="who is told of a lapse that lasts, units after the end")

    def rule(self, code: str, begin: date) -> dict[str, Any]:
        """Raises ValueError."""
        given = self.model_dump(exclude={"valid_from", "valid_to", "ladder"})
        rule = ClockRule(id=code, valid_from=begin, valid_to=None, **given)
        ladder = [rung.model_dump(mode="json") for rung in self.ladder]
        if [rung.after for rung in self.ladder] != sorted({rung.after for rung in self.ladder}):
            raise ValueError("the ladder must rise")
        return {"rule": rule.model_dump(mode="json"), "ladder": ladder}


class HolidaysForm(Form):
    """A year's notice. What is said of a year stands as a whole, from the day on which it is said."""

    valid_from: None = Field(None, exclude=True)
    valid_to: None = Field(None, exclude=True)
    source: Names = Field(examples=[{"zh": "国办发明电〔2025〕7号", "en": "Guobanfa Mingdian [2025] 7"}])
    days_off: list[date] = Field(min_length=1, max_length=120)
    days_worked: list[date] = Field(default=[], max_length=60)


Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
Position = tuple[Longitude, Latitude]
MOST_POSITIONS = 2_000
"""Of one area: a fact stays small."""


def _closed(ring: list[Position]) -> list[Position]:
    if ring[0] != ring[-1]:
        raise ValueError("a ring ends where it begins")
    return ring


Ring = Annotated[list[Position], Field(min_length=4, max_length=MOST_POSITIONS), AfterValidator(_closed)]
PolygonRings = Annotated[list[Ring], Field(min_length=1, max_length=50)]


class PolygonShape(BaseModel):
    """GeoJSON (RFC 7946), in longitude and latitude."""

    type: Literal["Polygon"]
    coordinates: PolygonRings

    @property
    def polygons(self) -> list[PolygonRings]:
        return [self.coordinates]


class MultiPolygonShape(BaseModel):
    type: Literal["MultiPolygon"]
    coordinates: list[PolygonRings] = Field(min_length=1, max_length=50)

    @property
    def polygons(self) -> list[PolygonRings]:
        return self.coordinates


def _few_positions(shape: PolygonShape | MultiPolygonShape) -> PolygonShape | MultiPolygonShape:
    if sum(len(ring) for rings in shape.polygons for ring in rings) > MOST_POSITIONS:
        raise ValueError(f"more than {MOST_POSITIONS} positions")
    return shape


Geometry = Annotated[PolygonShape | MultiPolygonShape, Field(discriminator="type"), AfterValidator(_few_positions)]


class OutlineForm(Form):
    area: AreaCode
    geometry: Geometry

    def data(self) -> dict[str, Any]:
        """To a tenth of a metre."""
        polygons: list[Any] = [
            [[[round(east, 6), round(north, 6)] for east, north in ring] for ring in rings]
            for rings in self.geometry.polygons
        ]
        return {"area": self.area, "polygons": polygons}


class PostForm(Form):
    holder: str = Field(max_length=64, description="id of a member of staff or of a system")
    role: PostRole
    department: Code
    area: AreaCode


def flat(form: dict[str, Any]) -> dict[str, Any]:
    """`name: {zh, en}` as `name_zh`, `name_en`."""
    result: dict[str, Any] = {}
    for key, value in form.items():
        if isinstance(value, dict) and value.keys() == {"zh", "en"}:
            result |= {f"{key}_{language}": text for language, text in value.items()}
        else:
            result[key] = value
    return result


def shown(row: dict[str, Any]) -> dict[str, Any]:
    """The other way: a version as the form it came from, with code and dates."""
    data: dict[str, Any] = row["data"]
    if "rule" in data:
        given = {key: value for key, value in data["rule"].items() if key not in ("id", "valid_from", "valid_to")}
        given["ladder"] = data.get("ladder") or []
    else:
        given = {}
        for key, value in data.items():
            name, _, language = key.rpartition("_")
            if language in ("zh", "en"):
                given.setdefault(name, {})[language] = value
            else:
                given[key] = value
    return {"code": row["code"], "valid_from": row["valid_from"], "valid_to": row["valid_to"], **given}
