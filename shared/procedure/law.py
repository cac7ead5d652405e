"""What a row's `law` cites: the statute with its name in both languages, the article, and what that says."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from shared.procedure.statutes import HEADINGS, SAYS, STATUTES
from shared.refusals.words import Language

_CITATION = re.compile(r"(?P<statute>[^\s：]+)(?: (?:Art )?(?P<articles>\d[\d(), ]*))?(?:：(?P<heading>.+))?")
_ARTICLE = re.compile(r"(\d+)(?:\((\d+)\))?")


@dataclass(frozen=True, slots=True)
class Law:
    """`article`: as it is cited in that language, empty of a document without articles. `says`: in short, what it
    asks for; the text of the statute is what holds."""

    statute: str
    name: str
    article: str
    says: str


def laws(cited: str | None, language: Language) -> list[Law]:
    """Of a row's `law`; nothing of a row without one. Raises KeyError for what has no words."""
    return [_law(part, language) for part in cited.split("；")] if cited else []


def _law(cited: str, language: Language) -> Law:
    found = _CITATION.fullmatch(cited)
    if found is None:
        raise KeyError(cited)
    statute, articles, heading = found.group("statute"), found.group("articles") or "", found.group("heading")
    says = [SAYS[statute, each] for each in _each(articles)] or [HEADINGS[heading]]
    return Law(
        statute=statute,
        name=STATUTES[statute].said(language),
        article=_article(articles, language),
        says=(" " if language == "en" else "").join(word.said(language) for word in says),
    )


def _each(articles: str) -> Iterator[str]:
    return (found.group() for found in _ARTICLE.finditer(articles))


def _article(articles: str, language: Language) -> str:
    if language == "en":
        return f"Art {articles}" if articles else ""
    cited = (_ARTICLE.fullmatch(each) for each in _each(articles))
    return "、".join(_in_chinese(found) for found in cited if found)


def _in_chinese(article: re.Match[str]) -> str:
    number, paragraph = article.groups()
    return f"第{numeral(int(number))}条" + (f"第{numeral(int(paragraph))}款" if paragraph else "")


def numeral(number: int) -> str:
    """As statutes number their articles: 二十三, 一百一十八. Below one thousand."""
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{digits[hundreds]}百" if hundreds else ""
    if tens:
        text += ("" if tens == 1 and not hundreds else digits[tens]) + "十"
    elif hundreds and ones:
        text += "零"
    return text + (digits[ones] if ones or not text else "")
