"""Every text of the screens, in both languages, by key: one file for each part of the screens."""

from collections.abc import Mapping

from services.console.words import (
    administering,
    auditing,
    dispatching,
    figures,
    finding,
    handling,
    overseeing,
    residents,
    steps,
    window,
)
from shared.refusals.words import Word

PARTS = (
    window.WORDS,
    handling.WORDS,
    steps.WORDS,
    overseeing.WORDS,
    dispatching.WORDS,
    finding.WORDS,
    figures.WORDS,
    auditing.WORDS,
    administering.WORDS,
    residents.WORDS,
)
WORDS: Mapping[str, Word] = {key: word for part in PARTS for key, word in part.items()}
