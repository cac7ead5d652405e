"""Receipt numbers, tracking codes and the brake, alone."""

import pytest

from services.intake.api.codes import WRONG_TRIES, Brake, check_digit, digest, fits
from shared.refusals.refusals import TooMuch


def test_a_wrong_digit_or_two_exchanged_ones_do_not_pass() -> None:
    body = "210305-000482"
    right = check_digit(body)
    assert sum(check_digit(body[:-1] + sign) == right for sign in "0123456789") == 1
    assert check_digit("210305-000842") != right


def test_a_code_fits_however_it_is_typed() -> None:
    salt = bytes(16)
    kept = digest(salt, "7K3M-9QXA-40TZ")
    assert fits("7k3m 9qxa 40tz", salt, kept)
    assert not fits("7K3M-9QXA-40TY", salt, kept)
    assert not fits("7K3M-9QXA-40TZ", None, None)


async def test_the_eleventh_wrong_code_is_stopped_and_a_right_one_begins_anew() -> None:
    brake = Brake()
    for _ in range(WRONG_TRIES):
        brake.wrong("210305-000482-7")
    with pytest.raises(TooMuch):
        brake.wrong("210305-000482-7")
    brake.wrong("210305-000483-5")
    brake.right("210305-000482-7")
    brake.wrong("210305-000482-7")
