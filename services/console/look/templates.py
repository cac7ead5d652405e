"""Pieces of screens that are read: Jinja templates that escape everything, with the words and times of one person."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from services.console.look import moments
from services.console.words import WORDS
from shared.refusals.words import ROLES

if TYPE_CHECKING:
    from services.console.desk import Desk

FOLDER = Path(__file__).parents[1] / "templates"
COLOURS = ("green", "yellow", "red", "lapsed")


@cache
def _environment() -> Environment:
    found = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["colour"] = colour
    found.filters["marked"] = marked
    return found


@cache
def template(name: str) -> Template:
    """`name`: of a file in `templates`, without its ending."""
    return _environment().get_template(f"{name}.html")


def render(desk: "Desk", name: str, **about: Any) -> str:
    """`name`: of a file in `templates`, without its ending."""
    return template(name).render(_own(desk), **about)


def _own(desk: "Desk") -> Mapping[str, Any]:
    """What every template may use: `t` words, `when` and `until` of times, `desk`."""
    language, now = desk.language, desk.now()

    def t(key: str, **filled: Any) -> str:
        return WORDS[key].said(language).format(**filled) if filled else WORDS[key].said(language)

    def when(at: Any) -> Markup:
        moment = read(at)
        if moment is None:
            return Markup('<span class="quiet">—</span>')
        return Markup('<time datetime="{}" title="{}">{}</time>').format(
            moment.isoformat(), moments.exact(moment), moments.said(moment, now, language)
        )

    def until(at: Any, colour_: str = "none") -> Markup:
        moment = read(at)
        if moment is None:
            return Markup('<span class="clock none">—</span>')
        return Markup('<span class="clock {}"><time datetime="{}" title="{}">{}</time></span>').format(
            colour_, moment.isoformat(), moments.exact(moment), moments.until(moment, now, language)
        )

    def ends(at: Any) -> Markup:
        moment = read(at)
        if moment is None:
            return Markup("")
        shown = moment.isoformat(), moments.exact(moment), moments.ends(moment, now, language)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(*shown)

    def exact(at: Any) -> str:
        moment = read(at)
        return moments.exact(moment) if moment else ""

    def role(code: str) -> str:
        return ROLES[code].said(language) if code in ROLES else code

    def word(key: str, code: str) -> str:
        """For codes of which a district may have others than are known here."""
        found = WORDS.get(f"{key}.{code}")
        return found.said(language) if found else code

    said = {"t": t, "word": word, "role": role, "when": when, "ends": ends, "until": until, "exact": exact}
    return {**said, "desk": desk, "language": language, "now": now}


def read(at: Any) -> datetime | None:
    if at is None or isinstance(at, datetime):
        return at
    return datetime.fromisoformat(str(at))


def colour(number: Any, lapsed: bool = False) -> str:
    """Of a row's number, or of its word."""
    if lapsed:
        return "lapsed"
    if isinstance(number, int):
        return COLOURS[min(number, 3)]
    return str(number) if number in COLOURS else "none"


def marked(text: str, words: Sequence[str]) -> Markup:
    """With the words that were asked for made to stand out."""
    wanted = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    parts = re.split(f"({wanted})", text, flags=re.IGNORECASE) if wanted else [text]
    return Markup("").join(
        Markup("<mark>{}</mark>").format(part) if at % 2 else escape(part) for at, part in enumerate(parts)
    )


def ahead(due: Any, now: datetime) -> str:
    """A colour for what has none of its own: late, within a day, within three, or not yet."""
    moment = read(due)
    if moment is None:
        return "none"
    if moment <= now:
        return "lapsed"
    return "red" if moment - now < timedelta(days=1) else "yellow" if moment - now < timedelta(days=3) else "green"
