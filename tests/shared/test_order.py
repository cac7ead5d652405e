"""Facts of several offices as one story."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shared.facts.order import Told, in_order

NOON = datetime(2021, 3, 1, 4, tzinfo=UTC)


def test_of_one_moment_a_cause_comes_before_its_effect_whatever_the_sources_are_called():
    offered = Told(NOON, "z", 7, "offered", "accepted")
    received = Told(NOON, "a", 99, "received", "offered")
    accepted = Told(NOON, "m", 3, "accepted")
    assert in_order([received, offered, accepted], lambda told: told) == [accepted, offered, received]


def test_time_comes_first():
    later = Told(NOON + timedelta(seconds=1), "a", 1, "later")
    assert in_order([later, Told(NOON, "b", 9, "now")], lambda told: told)[-1] is later


@given(st.lists(st.tuples(st.integers(0, 2), st.sampled_from("abc"), st.integers(0, 30)), max_size=30, unique=True))
def test_nothing_is_lost_and_each_source_keeps_its_order(given_facts):
    facts = [
        Told(
            NOON + timedelta(seconds=second), source, place, f"{source}{place}", f"{'bca'['abc'.index(source)]}{place}"
        )
        for second, source, place in given_facts
    ]
    ordered = in_order(facts, lambda told: told)
    assert sorted(ordered, key=repr) == sorted(facts, key=repr)
    assert [told.at for told in ordered] == sorted(told.at for told in facts)
