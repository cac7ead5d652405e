"""A row as the request that registers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import ValidationError

from services.intake.api.registering import NewReport
from shared.sheets.columns import CHANNELS, DEFAULT_CHANNEL
from shared.sheets.dates import ACCEPTED, occurred

REASONS: Mapping[str, str] = {
    "category": "没有这一类别 / no such category",
    "area": "没有这一网格 / no such grid",
    "text": "内容为空、过长或含控制字符 / empty, longer than 5000 characters, or with control characters",
    "reporter": "姓名和电话须同时填写 / name and phone go together",
    "phone": "电话格式不符 / not a telephone number",
    "name": "姓名过长 / the name is too long",
    "address": "地址过长 / the address is too long",
    "complained_of": "没有这一单位 / no such department",
    "meeting": "会议编号格式不符 / not the code of a meeting",
}


class Faulty(Exception):
    """All that is wrong with a row; says where, never what was written."""

    def __init__(self, *faults: str) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Names:
    """Codes by code and by Chinese name."""

    categories: Mapping[str, str]
    grids: Mapping[str, str]
    departments: Mapping[str, str]


def report_of(values: Mapping[str, str], names: Names) -> dict[str, Any]:
    """The body for `POST /v1/reports`. Raises Faulty with every fault of the row."""
    faults: dict[str, str] = {}
    body: dict[str, Any] = {
        "category": _code(names.categories, values, "category", faults),
        "area": _code(names.grids, values, "area", faults),
        "text": _text(values, faults),
        "channel": _channel(values, faults),
    }
    if "complained_of" in values:
        body["complained_of"] = _code(names.departments, values, "complained_of", faults)
    if "meeting" in values:
        body["meeting"] = values["meeting"].lower()
    if reporter := _reporter(values, faults):
        body["reporter"] = reporter
    try:
        NewReport.model_validate(body)
    except ValidationError as wrong:
        for error in wrong.errors():
            field = str(next((part for part in reversed(error["loc"]) if part in REASONS), error["loc"][-1]))
            faults.setdefault(field, REASONS.get(field, "不能接受 / cannot be taken"))
    if faults:
        raise Faulty(*(f"{field}: {reason}" for field, reason in faults.items()))
    return body


def _code(known: Mapping[str, str], values: Mapping[str, str], field: str, faults: dict[str, str]) -> str:
    """A word that holds a place where there is none: only the faults are told then."""
    code = known.get(values.get(field, ""))
    if code is None:
        faults[field] = REASONS[field]
    return code or "unknown"


def _channel(values: Mapping[str, str], faults: dict[str, str]) -> str:
    given = values.get("channel", DEFAULT_CHANNEL)
    code = CHANNELS.get(given, given.lower())
    if code not in CHANNELS.values():
        accepted = "、".join(CHANNELS), ", ".join(dict.fromkeys(CHANNELS.values()))
        faults["channel"] = f"没有这一渠道，可填：{accepted[0]} / no such channel; accepted: {accepted[1]}"
        return DEFAULT_CHANNEL
    return code


def _text(values: Mapping[str, str], faults: dict[str, str]) -> str:
    """With the time of the event, for which a report has no field of its own."""
    text, when = values.get("text", ""), values.get("occurred")
    if not text:
        faults["text"] = REASONS["text"]
    try:
        return f"{text}\n发生时间：{occurred(when)}" if when else text
    except ValueError:
        faults["occurred"] = f"时间格式不符，可填：{ACCEPTED} / not a time in one of these forms"
        return text


def _reporter(values: Mapping[str, str], faults: dict[str, str]) -> dict[str, str]:
    fields = ("name", "phone", "address")
    told = {name: values[f"reporter_{name}"] for name in fields if f"reporter_{name}" in values}
    if told and not {"name", "phone"} <= told.keys():
        faults["reporter"] = REASONS["reporter"]
        return {}
    return told


class Keys:
    """Idempotency-Keys from what a row says: rows may be moved, added and corrected between two imports.

    Equal rows are told apart by their order among themselves.
    """

    def __init__(self) -> None:
        self._seen: dict[bytes, int] = {}

    def of(self, body: Mapping[str, Any]) -> str:
        digest = sha256(orjson.dumps(body, option=orjson.OPT_SORT_KEYS)).digest()
        self._seen[digest] = ordinal = self._seen.get(digest, 0) + 1
        return f"import:{digest.hex()[:40]}:{ordinal}"
