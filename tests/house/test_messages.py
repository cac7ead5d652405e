"""What people read: words instead of codes, in the punctuation of the language (GB/T 15834)."""

import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from deploy.registry import SERVICES, load_service
from shared.procedure.actor import Actor, Post, Role
from shared.procedure.procedure import Procedure
from shared.refusals.refusals import Invalid, NotFound, NotNow, NotPermitted, NotSignedIn, Refused, Unavailable
from shared.refusals.words import FIELDS, READING, ROLES, SIGNING_IN, THINGS, Named, Words
from shared.web.operations import router as operations
from tests.house.test_code import CODE, ROOT, name
from tests.kit.world import World

CHINESE = r"\u3400-\u9fff”’》）〕】"
HALF_WIDTH = re.compile(rf"[{CHINESE}][,;:!?]|[,;:!?]\s?[\u3400-\u9fff“‘《（]|[\u3400-\u9fff]\([^)]*[\u3400-\u9fff]")
CODE_WORD = re.compile(r"[A-Za-z]+_[A-Za-z_]+")
LOADED = [load_service(service) for service in SERVICES]


def kinds(of: type[Refused]) -> Iterator[type[Refused]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


REFUSALS = sorted(
    {kind for kind in kinds(Refused) if getattr(sys.modules[kind.__module__], kind.__name__) is kind},
    key=lambda kind: (kind.__module__, kind.__name__),
)
PROCEDURES = [
    (service.name, procedure)
    for service in LOADED
    for aggregate in service.aggregates
    for workflow in aggregate.model.workflows
    for procedure in workflow.procedures
]


def names(kind: str, code: str) -> str | None:
    """The directory knows everybody."""
    return f"某{kind}".replace(kind, "单位")


def faults(message: str) -> list[str]:
    return [*HALF_WIDTH.findall(message), *CODE_WORD.findall(message)]


def samples(kind: type[Refused]) -> Iterator[Refused]:
    """With every code that its tables know, and with plain ones."""
    declared = {each.name: str(each.type) for each in fields(kind)}
    if kind.__init__.__qualname__.endswith("NotTheFirst.__init__"):
        declared = {"first": "int"}  # told by its number only
    plain: dict[str, Any] = {field: _sample(annotation, field) for field, annotation in declared.items()}
    yield kind(**plain)
    for field, words in kind.words.items():
        for code in words if field in declared else ():
            value = (code, code) if "tuple" in declared[field] else code
            yield kind(**{**plain, field: value})


def _sample(annotation: str, field: str) -> Any:
    if "tuple" in annotation:
        return ("rule:R001", "post:P1") if field == "users" else ("R001", "R002")
    if "datetime" in annotation or field in ("until", "since", "look_again_at"):
        return datetime(2021, 3, 5, 9, tzinfo=UTC)
    if "date" in annotation:
        return datetime(2021, 3, 5, tzinfo=UTC).date()
    if "int" in annotation:
        return 3
    return "格式不符" if field == "reason_zh" else "R001"


@pytest.mark.parametrize("kind", REFUSALS, ids=lambda kind: f"{kind.__module__}.{kind.__name__}")
def test_no_chinese_refusal_shows_a_code_or_half_width_punctuation(kind: type[Refused]) -> None:
    for refusal in samples(kind):
        assert faults(refusal.message("zh", names)) == [], refusal.message("zh", names)
        assert not re.search(r"[\u3400-\u9fff]", refusal.message("en", lambda kind, code: "an office")), kind


@pytest.mark.parametrize(("service", "procedure"), PROCEDURES, ids=lambda value: getattr(value, "name", value))
def test_every_state_and_step_has_its_words_and_is_told_in_them(service: str, procedure: Procedure) -> None:
    states = {state for step in procedure.steps for state in (*step.during, *([step.then] if step.then else []))}
    steps = {command.step_name() for command in procedure.by_command}
    assert states | steps <= procedure.words.keys()
    for state in states:
        for command, rows in procedure.by_command.items():
            possible = tuple(procedure.word(step) for step in sorted(steps))
            for some in ((), possible):
                refusal = NotNow(procedure.word(command.step_name()), procedure.word(state), some, rows[0].law)
                assert faults(refusal.message("zh")) == [], refusal.message("zh")
                assert "_" not in refusal.message("en")
            roles = tuple(sorted(role.value for row in rows for role in row.roles))
            assert faults(NotPermitted(procedure.word(command.step_name()), roles).message("zh")) == []


def test_roles_have_words() -> None:
    assert {role.value for role in Role} == ROLES.keys()


SAID = {
    r'NotFound\("([^"]+)"': THINGS,
    r'AlreadyThere\("([^"]+)"': THINGS,
    r'Unavailable\("([^"]+)"': THINGS,
    r'NotSignedIn\("([^"]+)"': SIGNING_IN,
    r'Gate\([^"\n]*"([a-z_]+)"': READING,
    r'require\([^"\n]*"([a-z_]+)"': READING,
}


@pytest.mark.parametrize("path", CODE, ids=name)
def test_whatever_is_said_to_be_missing_or_refused_has_words(path: Any) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    for pattern, words in SAID.items():
        assert set(re.findall(pattern, text)) <= words.keys(), pattern


def _fields(dependant: Any) -> Iterator[str]:
    for place in (dependant.path_params, dependant.query_params, dependant.header_params):
        yield from (field.alias for field in place)
    for body in dependant.body_params:
        yield from _filled_in(body.field_info.annotation)
    for inner in dependant.dependencies:
        yield from _fields(inner)


def _filled_in(kind: Any) -> Iterator[str]:
    """The fields of a body, and of what lies in it."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        for name, field in kind.model_fields.items():
            yield field.alias or name
            yield from _filled_in(field.annotation)
    else:
        for part in get_args(kind):
            yield from _filled_in(part)


@pytest.mark.parametrize("service", LOADED, ids=lambda service: service.name)
def test_every_field_that_a_caller_fills_in_has_a_chinese_name(service: Any) -> None:
    wanted = {
        field
        for router in (*service.routers, operations)
        for route in router.routes
        if "token" not in route.path  # OAuth's own names
        for field in _fields(route.dependant)
    }
    assert {field for field in wanted if field not in FIELDS} == set()
    for field in FIELDS:
        assert faults(Invalid(f"0.{field}", "no", "不接受该项").message("zh")) == []


def test_a_code_brings_its_words_along_and_stays_the_code_for_programs() -> None:
    words: Words = {"in_progress": next(iter(ROLES.values()))}
    refusal = NotNow("x", Named("in_progress", words["in_progress"]))
    assert refusal.facts()["state"] == "in_progress"
    assert "反映人" in refusal.message("zh")


def test_what_cannot_be_done_lists_only_what_the_same_person_could_do() -> None:
    from services.dispatch.model import commands as c
    from tests.dispatch.given import DISPATCHER, a_case

    story = a_case().offered_to("city_management_bureau").accepted().completed()
    office = Actor("city.tang", (Post(Role.HANDLER, "city_management_bureau", "500104"),), "city_management_bureau")
    with pytest.raises(NotNow) as refused:
        story.do(c.AcceptHandoff, office, handoff_id=story.id(1))
    assert refused.value.possible == ()
    assert refused.value.message("zh") == "当前状态为“已办理，待核实”，不能“接收交办”；现在没有您可以办理的步骤"
    with pytest.raises(NotNow) as refused:
        story.do(c.ApproveReturn, DISPATCHER, handoff_id=story.id(1))
    assert {"verify_handoff", "order_rework"} <= set(refused.value.possible)


def test_the_messages_that_a_newcomer_met() -> None:
    assert NotFound("receipt").message("zh") == "没有找到这个回执，或您无权查看"
    assert NotSignedIn().message("zh") == "请先登录：未提供访问令牌"
    assert Invalid("0", "JSON decode error", "不是有效的 JSON").message("zh") == "“请求内容”不能接受：不是有效的 JSON"
    needed = NotPermitted("read", ("dispatcher", "supervisor")).message("zh")
    assert "综治中心调度员、督办人" in needed
    assert Unavailable("key of this content").message("zh") == "该内容的密钥暂时不可用，请稍后重试"


@pytest.mark.parametrize("path", [ROOT / "README.zh-CN.md"], ids=name)
def test_the_chinese_readme_has_full_width_punctuation(path: Any) -> None:
    prose = re.sub(r"```.*?```|`[^`]*`", "码", path.read_text(encoding="utf-8"), flags=re.S)
    assert [line for line in prose.splitlines() if HALF_WIDTH.search(line)] == []


@pytest.mark.asyncio(loop_scope="session")
async def test_departments_are_told_by_name(district: World) -> None:
    from services.dispatch.model.refusals import AnswersElsewhere
    from shared.web.problems import _names

    class Asked:
        app = district.apps["dispatch"]

    refusal = AnswersElsewhere("petition_office", "petition")
    told = refusal.message("zh", _names(Asked, "zh"))  # type: ignore[arg-type]
    assert "petition" not in told
    assert "信访办理系统" in told
