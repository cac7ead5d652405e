"""What residents read."""

from shared.refusals.words import Words

WORDS: Words = {}
