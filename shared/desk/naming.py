"""What states, steps and codes are called on a desk."""

from shared.desk.desk import Desk
from shared.web.call import Call


def word(desk: Desk, call: Call, code: str) -> str:
    """What a state or a step is called on this desk."""
    words = next(p.words for p in desk.aggregate.model.procedures if code in p.words)
    return words[code].said(call.language)


def named(call: Call, kind: str, code: str) -> dict[str, str]:
    """As `Named`."""
    version = call.runtime.reference.get(kind, code, call.at)
    if version is None:
        return {"code": code, "zh": code, "en": code}
    return {"code": code, "zh": version.entry["name_zh"], "en": version.entry["name_en"]}
