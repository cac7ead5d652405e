"""Receipt numbers, tracking codes, and the brake on guessing them."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest

from services.intake.tables import RECEIPTS
from shared.clocks.zone import DISTRICT_ZONE
from shared.record.database import Database
from shared.record.rows import Row
from shared.refusals.refusals import TooMuch
from shared.web.runtime import Runtime
from shared.world.world import random_bytes, secret_code

BLOCK = 1000
WRONG_TRIES = 10
CALM = 900.0
_REMEMBERED = 20_000
_NOBODY = (bytes(16), bytes(32))


class Numbers:
    """Receipt numbers: day, running number, check digit, all digits, as `210305-000482-7`.

    Taken from the database in blocks of 1000, so that registering asks for nothing.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.database: Database = runtime.database
        self._next = self._end = 0
        self._taking = asyncio.Lock()

    async def take(self, at: datetime) -> str:
        if self._next == self._end:
            await self._refill()
        self._next += 1
        body = f"{at.astimezone(DISTRICT_ZONE):%y%m%d}-{self._next - 1:06d}"
        return f"{body}-{check_digit(body)}"

    async def _refill(self) -> None:
        async with self._taking:
            if self._next < self._end:
                return
            async with self.database.plain() as connection:
                first = await connection.fetchval("SELECT nextval('receipt_blocks')")
            self._next, self._end = first, first + BLOCK


def check_digit(body: str) -> int:
    """Luhn's: one wrong digit or two exchanged neighbours are noticed while still on the phone."""
    digits = [int(sign) for sign in body if sign != "-"]
    doubled = [sum(divmod(2 * d, 10)) if i % 2 == 0 else d for i, d in enumerate(reversed(digits))]
    return -sum(doubled) % 10


def new_receipt(receipt_no: str, report_id: str) -> tuple[str, Row]:
    """The tracking code for the reporter, and the row that knows it again."""
    code, salt = secret_code(), random_bytes(16)
    values = {"receipt_no": receipt_no, "report_id": report_id, "salt": salt, "digest": digest(salt, code)}
    return code, Row(RECEIPTS, values)


def digest(salt: bytes, code: str) -> bytes:
    """A code as a person types it: case, hyphens and spaces do not matter."""
    plain = code.upper().replace("-", "").replace(" ", "")
    return sha256(salt + plain.encode(errors="replace")).digest()


def fits(code: str, salt: bytes | None, expected: bytes | None) -> bool:
    """Takes the same time for a receipt that does not exist."""
    if salt is None or expected is None:
        compare_digest(digest(_NOBODY[0], code), _NOBODY[1])
        return False
    return compare_digest(digest(salt, code), expected)


@dataclass(slots=True)
class Brake:
    """After ten wrong codes for a receipt number, existing or not, wrong ones are put off for a quarter of an hour.

    The right code always passes, so that nobody locks a reporter out: guessing has its 60 bits against it.
    """

    _wrong: OrderedDict[str, tuple[int, float]] = field(default_factory=OrderedDict)

    def wrong(self, receipt_no: str) -> None:
        """Raises TooMuch."""
        count, last = self._wrong.get(receipt_no, (0, 0.0))
        now = asyncio.get_running_loop().time()
        left = last + CALM - now
        if left <= 0:
            count = 0
        elif count >= WRONG_TRIES:
            raise TooMuch(int(left) + 1)
        self._wrong[receipt_no] = (count + 1, now)
        self._wrong.move_to_end(receipt_no)
        if len(self._wrong) > _REMEMBERED:
            self._wrong.popitem(last=False)

    def right(self, receipt_no: str) -> None:
        self._wrong.pop(receipt_no, None)
