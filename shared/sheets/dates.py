"""When something happened, as people write it into a table."""

import re
from datetime import datetime

ACCEPTED = "2021-03-05, 2021/3/5, 2021.3.5, 2021年3月5日, 20210305; 时刻 / time of day: 09:30, 9时30分"
_DAY = re.compile(r"(?P<year>\d{4})\s*([-/.年])\s*(?P<month>\d{1,2})\s*(?:\2|月)\s*(?P<day>\d{1,2})\s*日?")
_PLAIN = re.compile(r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})")
_TIME = re.compile(
    r"(?P<half>上午|下午|晚上)?\s*(?P<hour>\d{1,2})\s*(?:[:：](?P<minute>\d{1,2})(?:[:：]\d{1,2}(?:\.\d+)?)?|[时点](?:(?P<also>\d{1,2})分?)?)"
)


def occurred(text: str) -> str:
    """`2021-03-05` or `2021-03-05 09:30`. Raises ValueError for anything else."""
    day = _DAY.match(text) or _PLAIN.match(text)
    if day is None:
        raise ValueError(text)
    year, month, number = (int(day[part]) for part in ("year", "month", "day"))
    rest = re.sub(r"^T|(?:Z|[+-]\d\d:?\d\d)$", "", text[day.end() :].strip()).strip()
    if not rest:
        return f"{datetime(year, month, number):%Y-%m-%d}"  # noqa: DTZ001 (a day, wherever it was)
    time = _TIME.fullmatch(rest)
    if time is None:
        raise ValueError(text)
    hour, minute = int(time["hour"]), int(time["minute"] or time["also"] or 0)
    afternoon = time["half"] in ("下午", "晚上") and hour < 12
    moment = datetime(year, month, number, hour + 12 * afternoon, minute)  # noqa: DTZ001
    return f"{moment:%Y-%m-%d %H:%M}"
