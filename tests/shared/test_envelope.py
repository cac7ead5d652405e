"""The envelope: CloudEvents in Kafka's binary mode, there and back."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.facts.envelope import (
    LANES,
    Trail,
    attributes,
    lane_of,
    read_envelope,
    read_fact,
    to_headers,
)
from shared.facts.packing import pack_headers, unpack_headers
from shared.facts.upcast import NotUnderstood
from tests.kit.toys.toy.facts import Added

NOW = datetime(2021, 5, 6, 16, 30, tzinfo=timezone(timedelta(hours=8)))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=50)


def headers(counter: str = "c1", trail: Trail | None = None, **changed: bytes | None) -> dict[str, bytes]:
    fact = Added(at=NOW, by="user:1", by_department="police", counter_id=counter, amount=3, total=3)
    named = attributes(fact, "f1", ("counter", counter, 7), trail or Trail())
    found = dict(to_headers(named, 41, lane_of(counter), 9))
    for name, value in changed.items():
        if value is None:
            del found[f"ce_{name}"]
        else:
            found[f"ce_{name}"] = value
    return found


def test_the_headers_are_those_of_the_standard() -> None:
    assert headers() == {
        "ce_specversion": b"1.0",
        "ce_id": b"f1",
        "ce_source": b"/services/toy",
        "ce_type": b"lianzhi.toy.added.v2",
        "ce_subject": b"c1",
        "ce_time": b"2021-05-06T08:30:00Z",
        "content-type": b"application/json",
        "ce_dataschema": b"urn:lianzhi:schema:lianzhi.toy.added.v2",
        "ce_partitionkey": b"c1",
        "ce_aggregate": b"counter",
        "ce_aggregateid": b"c1",
        "ce_aggregateversion": b"7",
        "ce_actor": b"user:1",
        "ce_department": b"police",
        "ce_correlationid": b"c1",
        "ce_sequence": b"41",
        "ce_lane": b"%d" % lane_of("c1"),
        "ce_lanesequence": b"9",
    }


@given(TEXT)
def test_any_key_comes_back_as_it_was(counter: str) -> None:
    read = read_envelope(headers(counter).items(), b'{"counter_id":"c","amount":3,"total":3}')
    assert (read.key, read.subject, read.position, read.sequence, read.version) == (counter, counter, 41, 9, 7)
    assert 0 <= read.lane == lane_of(counter) < LANES
    fact = read_fact(read)
    assert isinstance(fact, Added)
    assert (fact.at, fact.by, fact.by_department) == (NOW.astimezone(UTC), "user:1", "police")


def test_the_trail_travels() -> None:
    trail = Trail("case-1", "fact-0", "00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    assert read_envelope(headers(trail=trail).items(), b"{}").trail == trail


def test_extensions_that_nobody_here_knows_are_passed_over() -> None:
    assert read_envelope({**headers(), "ce_later": b"x", "other": b"\xff"}.items(), b"{}").id == "f1"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, None) for name in ("id", "source", "type", "partitionkey", "lane", "lanesequence", "sequence")),
        *((name, None) for name in ("time", "specversion", "actor", "aggregate", "aggregateid", "aggregateversion")),
        ("specversion", b"1.1"),
        ("sequence", b"x"),
        ("sequence", b"-1"),
        ("sequence", b"9223372036854775808"),
        ("lanesequence", b"1.5"),
        ("aggregateversion", b"2147483648"),
        ("lane", b"256"),
        ("lane", b"%d" % ((lane_of("c1") + 1) % LANES)),
        ("time", b"never"),
        ("time", b"2021-05-06T08:30:00"),
        ("partitionkey", b"c\x001"),
        ("partitionkey", b"\xff\xfe"),
        ("source", b"\xc3\x28"),
    ],
)
def test_an_attribute_that_is_missing_or_malformed_is_not_understood(name: str, value: bytes | None) -> None:
    with pytest.raises(NotUnderstood):
        read_envelope(headers(**{name: value}).items(), b"{}")


@given(st.lists(st.tuples(st.text(st.characters(exclude_categories=["Cs"])), st.binary())))
def test_headers_are_kept_to_the_byte(given_headers: list[tuple[str, bytes]]) -> None:
    assert unpack_headers(pack_headers(given_headers)) == given_headers


@given(st.dictionaries(st.sampled_from([name[3:] for name in headers() if name.startswith("ce_")]), st.binary()))
def test_no_garbage_is_worse_than_not_understood(changed: dict[str, bytes]) -> None:
    with suppress(NotUnderstood):
        read_envelope(headers(**changed).items(), b"{}")
