"""Pauses before a restart."""

from deploy.embedded.restarts import HEALTHY_AFTER, Pauses


def test_pauses_double_up_to_half_a_minute() -> None:
    pauses = Pauses()
    assert [pauses.after(lived=1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_a_long_life_makes_good_what_was_before() -> None:
    pauses = Pauses()
    for _ in range(5):
        pauses.after(lived=1)
    assert pauses.after(lived=HEALTHY_AFTER) == 0.5
    assert pauses.after(lived=1) == 1
