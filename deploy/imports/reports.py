"""A row as the request that registers it."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import orjson
from pydantic import ValidationError

from deploy.imports.columns import CHANNELS, DEFAULT_CHANNEL
from services.intake.api.registering import NewReport

REASONS: Mapping[str, str] = {
    "category": "没有这一类别 / no such category",
    "area": "没有这一网格 / no such grid",
    "text": "内容为空、过长或含控制字符 / empty, longer than 5000 characters, or with control characters",
    "channel": "没有这一渠道 / no such channel",
    "reporter": "姓名和电话须同时填写 / name and phone go together",
    "phone": "电话格式不符 / not a telephone number",
    "name": "姓名过长 / the name is too long",
    "address": "地址过长 / the address is too long",
    "complained_of": "没有这一单位 / no such department",
    "meeting": "会议编号格式不符 / not the code of a meeting",
}


class Faulty(Exception):
    """What is wrong with a row; says where, never what was written."""


@dataclass(frozen=True)
class Names:
    """Codes by code and by Chinese name."""

    categories: Mapping[str, str]
    grids: Mapping[str, str]
    departments: Mapping[str, str]


def report_of(values: Mapping[str, str], names: Names) -> dict[str, Any]:
    """The body for `POST /v1/reports`. Raises Faulty."""
    body: dict[str, Any] = {
        "category": _code(names.categories, values, "category"),
        "area": _code(names.grids, values, "area"),
        "text": _text(values),
        "channel": CHANNELS.get(values.get("channel", ""), values.get("channel", DEFAULT_CHANNEL)),
    }
    if "complained_of" in values:
        body["complained_of"] = _code(names.departments, values, "complained_of")
    if "meeting" in values:
        body["meeting"] = values["meeting"].lower()
    if reporter := _reporter(values):
        body["reporter"] = reporter
    try:
        NewReport.model_validate(body)
    except ValidationError as wrong:
        raise Faulty(_place(wrong.errors()[0]["loc"])) from None
    return body


def _place(location: tuple[int | str, ...]) -> str:
    field = str(location[-1])
    return f"{field}: {REASONS.get(field, '不能接受 / cannot be taken')}"


def _code(known: Mapping[str, str], values: Mapping[str, str], field: str) -> str:
    code = known.get(values.get(field, ""))
    if code is None:
        raise Faulty(f"{field}: {REASONS[field]}")
    return code


def _text(values: Mapping[str, str]) -> str:
    """With the time of the event, for which a report has no field of its own."""
    if not values.get("text"):
        raise Faulty(f"text: {REASONS['text']}")
    when = values.get("occurred")
    return f"{values['text']}\n发生时间：{when}" if when else values["text"]


def _reporter(values: Mapping[str, str]) -> dict[str, str]:
    fields = ("name", "phone", "address")
    told = {name: values[f"reporter_{name}"] for name in fields if f"reporter_{name}" in values}
    if told and not {"name", "phone"} <= told.keys():
        raise Faulty(f"reporter: {REASONS['reporter']}")
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
