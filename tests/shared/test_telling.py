"""A fact told as a sentence: what is left out, what is said instead, and how names, words and times are said."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.facts.fact import REGISTER, Fact
from shared.facts.sentence import Sentence, Teller
from shared.facts.telling import tell
from shared.listen.waiting import FactSkipped  # noqa: F401  (what every service tells)
from shared.reference.entry import Entry
from shared.reference.naming import teller
from shared.reference.reference import Reference
from shared.refusals.words import Word, Words

NOON = datetime(2021, 3, 5, 4, 0, tzinfo=UTC)
NAMES = {
    ("department", "fire"): {"zh": "消防", "en": "fire brigade"},
    ("clock", "soon"): {"zh": "接办", "en": "acceptance"},
}
COLOURS: Words = {"red": Word("红", "red"), "2": Word("二级", "second level")}


def by(language: Any) -> Teller:
    return Teller(language, lambda kind, code, at: NAMES.get((kind, code), {}).get(language))


def said(sentence: Sentence, **data: Any) -> tuple[str | None, str | None]:
    return sentence.told(data, NOON, by("zh")), sentence.told(data, NOON, by("en"))


def test_what_says_nothing_is_left_out_and_leaves_no_hole() -> None:
    handed = Sentence(
        "交办给{department}[（{colour}）][，限{days:days}]",
        "to {department}[ ({colour})][, {days:days}]",
        colour=COLOURS,
    )
    assert said(handed, department="fire", colour="red", days=1) == (
        "交办给消防（红），限1天",
        "to fire brigade (red), 1 day",
    )
    assert said(handed, department="fire", colour="mauve", days=3) == ("交办给消防，限3天", "to fire brigade, 3 days")
    assert said(handed, department="fire", colour=None) == ("交办给消防", "to fire brigade")


def test_a_name_that_nobody_knows_is_no_code_for_people_to_read() -> None:
    handed = Sentence("交办给{department}[，{helps:department}协办]", "to {department}[, with {helps:department}]")
    assert said(handed, department="d17", helps=["d18"]) == ("交办给某单位", "to an office")
    assert said(handed, department="fire", helps=["d18", "fire", "fire"]) == (
        "交办给消防，消防协办",
        "to fire brigade, with fire brigade",
    )


def test_the_first_of_several_that_fits_is_said() -> None:
    answered = (
        Sentence("未解决", "not solved")
        .when("已解决，满意", "solved, satisfied", solved=True, satisfied=True)
        .when("已解决，不满意", "solved, not satisfied", solved=True, satisfied=False)
        .when("已解决", "solved", solved=True)
    )
    given = [
        {"solved": True, "satisfied": True},
        {"solved": True, "satisfied": False},
        {"solved": True},
        {"solved": False},
    ]
    assert [said(answered, **each)[0] for each in given] == ["已解决，满意", "已解决，不满意", "已解决", "未解决"]


@pytest.mark.parametrize(
    ("kind", "value", "zh", "en"),
    [
        ("time", "2021-03-05T01:30:00Z", "3月5日 09:30", "5 Mar 09:30"),
        ("time", "2021-12-31T15:59:00Z", "12月31日 23:59", "31 Dec 23:59"),
        ("time", "2021-12-31T16:00:00Z", "2022年1月1日 00:00", "1 Jan 2022 00:00"),
        ("end", "2021-12-31T16:00:00Z", "12月31日 24:00", "31 Dec 24:00"),
        ("end", "2021-12-31T16:01:00Z", "2022年1月1日 00:01", "1 Jan 2022 00:01"),
        ("end", {"rule": "soon", "due_at": "2021-03-05T01:30:00Z"}, "3月5日 09:30", "5 Mar 09:30"),
        ("clock", {"rule": "soon", "due_at": "2021-03-05T01:30:00Z"}, "接办", "acceptance"),
        ("day", "2021-03-05", "3月5日", "5 Mar"),
        ("day", "1949-10-01", "1949年10月1日", "1 Oct 1949"),
        ("count", 0, "0", "0"),
        ("text", "119", "119", "119"),
    ],
)
def test_times_and_numbers_are_said_as_people_say_them(kind: str, value: Any, zh: str, en: str) -> None:
    assert said(Sentence(f"{{it:{kind}}}", f"{{it:{kind}}}"), it=value) == (zh, en)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *(
            ("time", value)
            for value in ("soon", 17, None, [], {}, "0001-01-01T00:00:00+23:00", "9999-12-31T23:59:00-23:00")
        ),
        *(("days", value) for value in ("3", 1.5, True, {})),
        *(("department", value) for value in (7, {"name": "fire"}, True)),
        *(("text", value) for value in (7, {}, [[]])),
    ],
)
def test_what_is_not_as_its_schema_has_it_is_not_told(kind: str, value: Any) -> None:
    assert said(Sentence(f"于{{it:{kind}}}", f"at {{it:{kind}}}"), it=value) == (None, None)
    assert said(Sentence(f"甲[于{{it:{kind}}}]", f"a[ at {{it:{kind}}}]"), it=value) == ("甲", "a")


def test_a_path_leads_through_lists_and_a_silent_field_only_has_to_be_there() -> None:
    tasks = Sentence(
        "结论[：交{tasks.department:department}][，有约束力{?binding}]",
        "concluded[: {tasks.department:department}][, binding{?binding}]",
    )
    assert said(tasks, tasks=[{"department": "fire"}], binding=True)[0] == "结论：交消防，有约束力"
    assert said(tasks, tasks=[], binding=False)[0] == "结论"


def test_a_kind_that_is_none_is_noticed_when_the_class_is_made() -> None:
    with pytest.raises(ValueError, match="of no kind"):
        Sentence("{at:clocktime}", "{at:clocktime}")


def a_kind(version: int, **more: Any) -> type[Fact]:
    return type("PipeLaid", (Fact,), {"__module__": f"tests.v{version}", "version": version, **more}, service="tolds")


def test_an_older_version_is_told_as_the_newest_says_it_and_one_of_the_future_not() -> None:
    told = Sentence("铺管[{length:count}米]", "laid a pipe[ of {length:count} m]")
    kind = a_kind(2, told=told, upcasters={1: lambda data: {"length": data["metres"]}})
    try:
        assert tell("lianzhi.tolds.pipe-laid.v2", {"length": 3}, NOON, by("en")) == "laid a pipe of 3 m"
        assert tell("lianzhi.tolds.pipe-laid.v1", {"metres": 3}, NOON, by("en")) == "laid a pipe of 3 m"
        assert tell("lianzhi.tolds.pipe-laid.v1", {}, NOON, by("en")) is None
        assert tell("lianzhi.tolds.pipe-laid.v3", {"length": 3}, NOON, by("en")) is None
    finally:
        del REGISTER[kind.type()]


@pytest.mark.parametrize("data", [None, [], "text", 7])
def test_a_record_that_is_no_object_is_not_told(data: Any) -> None:
    assert tell("lianzhi.elsewhere.fact-skipped.v1", data, NOON, by("zh")) is None


@pytest.mark.parametrize("type", ["", "pipe", "lianzhi.elsewhere.pipe-laid.v1", "lianzhi.elsewhere", "a.b.c.d.e"])
def test_a_kind_that_nobody_here_knows_is_not_told(type: str) -> None:
    assert tell(type, {}, NOON, by("zh")) is None


def test_what_every_service_tells_is_told_of_one_that_is_not_here_too() -> None:
    assert (
        tell("lianzhi.elsewhere.fact-skipped.v1", {"key_of": "x"}, NOON, by("en"))
        == "decided that a fact that waited has no effect"
    )


class Named(Entry):
    kind = "department"
    name_zh: str
    name_en: str


def test_a_name_is_that_of_the_time_of_the_fact_and_if_there_was_none_that_of_today() -> None:
    reference, year = Reference(), lambda number: datetime(number, 6, 1, tzinfo=UTC)
    for since, until, name in ((2020, 2021, "old"), (2021, 2022, "new")):
        days = {"valid_from": date(since, 1, 1), "valid_to": date(until, 1, 1)}
        reference.put(Named(at=NOON, by="x", code="fire", name_zh=f"{name}名", name_en=name, **days))
    asked = teller(reference, "en", year(2021))
    assert [asked.name("department", "fire", year(when)) for when in (2019, 2020, 2021, 2022)] == [
        "new",
        "old",
        "new",
        "new",
    ]
    assert teller(reference, "zh", year(2022)).name("department", "fire", year(2020)) == "old名"
    assert teller(reference, "zh", year(2022)).name("department", "fire", year(2019)) is None
    assert asked.name("department", "water", year(2021)) is None
