"""Receipt numbers, tracking codes, and the brake on guessing them."""

import asyncio
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from hmac import compare_digest

from services.intake.tables import RECEIPTS
from shared.clocks.zone import DISTRICT_ZONE
from shared.record.database import TRANSIENT, Database
from shared.record.rows import Row
from shared.refusals.refusals import TooMuch
from shared.web.runtime import Runtime
from shared.world.world import random_bytes, secret_code

SMALLEST, LARGEST = 10, 1000
"""Numbers in a block."""
_TAKE = """
INSERT INTO receipt_numbers AS days (day, next) VALUES ($1, 1 + $2::integer)
ON CONFLICT (day) DO UPDATE SET next = days.next + $2::integer RETURNING next
"""
_GIVE_BACK = "UPDATE receipt_numbers SET next = $2 WHERE day = $1 AND next = $3"
WRONG_TRIES = 10
CALM = 900.0
_REMEMBERED = 20_000
_NOBODY = (bytes(16), bytes(32))


@dataclass(slots=True)
class _Block:
    """Numbers in hand: from `next` up to `end`, not included."""

    next: int
    end: int


class Numbers:
    """Receipt numbers: day, running number of that day, check digit, all digits, as `210305-000482-7`.

    Taken from the database in blocks, so that most registrations ask for nothing. A block is small, so that a crash
    leaves a small gap, and grows while many report. A clean stop gives back what is left.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.database: Database = runtime.database
        self._blocks: dict[date, _Block] = {}
        self._size, self._refilled = SMALLEST, 0.0
        self._taking = asyncio.Lock()

    async def take(self, at: datetime) -> str:
        day = at.astimezone(DISTRICT_ZONE).date()
        while (block := self._in_hand(day)) is None:
            await self._refill(day)
        block.next += 1
        body = f"{day:%y%m%d}-{block.next - 1:06d}"
        return f"{body}-{check_digit(body)}"

    async def give_back(self) -> None:
        """What is left, unless another process has taken behind it."""
        blocks, self._blocks = self._blocks, {}
        async with self.database.plain() as connection:
            for day, block in blocks.items():
                await connection.execute(_GIVE_BACK, day, block.next, block.end)

    def _in_hand(self, day: date) -> _Block | None:
        block = self._blocks.get(day)
        return block if block is not None and block.next < block.end else None

    async def _refill(self, day: date) -> None:
        async with self._taking:
            if self._in_hand(day) is not None:
                return
            size = self._fitting()
            async with self.database.plain() as connection:
                end = await connection.fetchval(_TAKE, day, size)
            # The day before is kept: around midnight requests of both are in hand.
            near = {other: block for other, block in self._blocks.items() if abs((other - day).days) == 1}
            self._blocks = near | {day: _Block(end - size, end)}

    def _fitting(self) -> int:
        """Twice as many when the last lasted less than a second."""
        now = asyncio.get_running_loop().time()
        self._size = min(self._size * 2, LARGEST) if now - self._refilled < 1 else SMALLEST
        self._refilled = now
        return self._size


async def give_back_at_the_end(runtime: Runtime) -> None:
    """A background task that does nothing until the service stops."""
    try:
        await asyncio.Event().wait()
    finally:
        # Without the database the numbers are lost, as they are in a crash.
        with suppress(*TRANSIENT):
            await runtime.extra(Numbers).give_back()


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
