"""一案一码: a case's code, the same whenever it is computed."""

from datetime import datetime
from hashlib import sha256

from shared.clocks.zone import DISTRICT_ZONE

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def case_code(area: str, opened_at: datetime, case_id: str) -> str:
    """District, day and eight signs from the case id: `500104-210305-7K3M9QXA`.

    It tells nothing about how many cases there are; 40 bits a day keep two cases of a district apart.
    """
    number = int.from_bytes(sha256(case_id.encode()).digest()[:5], "big")
    signs = "".join(_SIGNS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{area[:6]}-{opened_at.astimezone(DISTRICT_ZONE):%y%m%d}-{signs}"
