"""Names beside codes, as the directory and the models have them today."""

from typing import Any

from shared.procedure.folds import Folds
from shared.procedure.standing import COLOURS
from shared.refusals.words import Words
from shared.web.call import Call


def name_of(call: Call, kind: str, code: str | None) -> str | None:
    """The code itself where the directory has none."""
    found = None if code is None else call.runtime.reference.get(kind, code, call.at)
    return code if found is None else str(found.entry[f"name_{call.language}"])


def rule_name(call: Call, code: str) -> str:
    found = call.runtime.reference.get("clock", code, call.at)
    return code if found is None else str(found.entry["rule"]["name"][call.language])


def said(call: Call, words: Words, code: str | None) -> str | None:
    return words[code].said(call.language) if code is not None and code in words else code


def colour_of(number: int | None) -> str | None:
    return None if number is None else tuple(COLOURS)[number]


def words_of(call: Call, part: bool) -> Words:
    """Of the states of what is counted; `part`: of what departments have of it."""
    found: dict[str, Any] = {}
    for _, _, model in call.runtime.extra(Folds).counted():
        for workflow in reversed(model.workflows):
            for procedure in reversed(workflow.procedures):
                if (procedure.part is not None) == part:
                    found |= procedure.words
    return found
