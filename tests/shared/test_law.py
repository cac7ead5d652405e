"""What rows cite, in words: each statute and article that any procedure names is known in both languages."""

import pytest

from deploy.registry import SERVICES, load_service
from shared.procedure.law import laws, numeral

CITED = sorted(
    {
        row.law
        for name in SERVICES
        for aggregate in load_service(name).aggregates
        for flow in aggregate.model.workflows
        for procedure in flow.procedures
        for row in procedure.steps
        if row.law
    }
)


@pytest.mark.parametrize("cited", CITED)
def test_what_a_row_cites_has_words_in_both_languages(cited: str) -> None:
    for language in ("zh", "en"):
        for law in laws(cited, language):
            assert law.name, cited
            assert law.says, cited
            assert law.says.isascii() == (language == "en") or "、" in law.says, cited


def test_an_article_is_cited_as_each_language_does() -> None:
    (chinese,), (english,) = laws("信访工作条例 23(3)", "zh"), laws("信访工作条例 23(3)", "en")
    assert (chinese.name, chinese.article) == ("《信访工作条例》", "第二十三条第三款")
    assert (english.name, english.article) == ("Regulations on Petition Work", "Art 23(3)")
    assert [law.article for law in laws("治安管理处罚法 118；行政强制法 25", "zh")] == ["第一百一十八条", "第二十五条"]
    assert laws("个人信息保护法 Art 6, 34", "zh")[0].article == "第六条、第三十四条"
    assert (laws("综治中心：分流交办", "zh")[0].article, laws(None, "zh")) == ("", [])


@pytest.mark.parametrize(
    ("number", "text"),
    [
        *((1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "一百")),
        *((101, "一百零一"), (110, "一百一十"), (118, "一百一十八"), (999, "九百九十九")),
    ],
)
def test_numerals_are_those_of_statutes(number: int, text: str) -> None:
    assert numeral(number) == text
