"""Pages without a live connection: welcome, and the residents' own."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.console.look import moments
from services.console.look.templates import template
from services.console.session import Tastes
from services.console.words import WORDS
from shared.refusals.words import Language


def page(tastes: Tastes, name: str, **about: Any) -> str:
    """A whole HTML document."""
    language = tastes.language
    return template(name).render(t=speaking(language), day=day, language=language, theme=tastes.theme, **about)


def day(at: str) -> str:
    """By the minute, in the district's zone."""
    return moments.exact(datetime.fromisoformat(at))[:16]


def speaking(language: Language) -> Callable[..., str]:
    def t(key: str, **filled: Any) -> str:
        text = WORDS[key].said(language)
        return text.format(**filled) if filled else text

    return t
