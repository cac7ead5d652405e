"""一案一码: a case's code, the same whenever it is computed."""

import re
from datetime import datetime, timedelta
from hashlib import sha256

from shared.clocks.zone import DISTRICT_ZONE

_DATED = re.compile(r"\d{6}-(\d\d)(\d\d)?(\d\d)?")
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def case_code(area: str, opened_at: datetime, case_id: str) -> str:
    """District, day and eight signs from the case id: `500104-210305-7K3M9QXA`.

    It tells nothing about how many cases there are; 40 bits a day keep two cases of a district apart.
    """
    number = int.from_bytes(sha256(case_id.encode()).digest()[:5], "big")
    signs = "".join(_SIGNS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{area[:6]}-{opened_at.astimezone(DISTRICT_ZONE):%y%m%d}-{signs}"


def opened_within(beginning: str) -> tuple[datetime, datetime] | None:
    """From when until when a case was opened whose code begins so: a day, a month or a year. None: it tells nothing."""
    dated = _DATED.match(beginning)
    if dated is None:
        return None
    year, month, day = (int(part) if part else None for part in dated.groups())
    try:
        first = datetime(2000 + (year or 0), month or 1, (day if month else None) or 1, tzinfo=DISTRICT_ZONE)
    except ValueError:
        return None
    if day:
        return first, first + timedelta(days=1)
    if month:
        return first, (first + timedelta(days=31)).replace(day=1)
    return first, first.replace(year=first.year + 1)
