"""Signatures of facts: each can be checked alone, and none survives any change of what it signs."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.facts.envelope import LONGEST_ATTRIBUTE
from shared.facts.packing import pack_headers
from shared.signing.facts import HEADER, MOST, BadKey, Judge, Judgement, PublicKey, Signer

SOURCE = "/services/toy"
SIGNER, OTHER = Signer(SOURCE, bytes(range(32))), Signer(SOURCE, bytes(range(1, 33)))
JUDGE = Judge([SIGNER.key])
Fact = tuple[list[tuple[str, bytes]], bytes]


def facts(count: int) -> list[Fact]:
    return [([("ce_source", SOURCE.encode()), ("ce_sequence", b"%d" % n)], b'{"amount":%d}' % n) for n in range(count)]


def signed(signer: Signer, given: list[Fact]) -> list[Fact]:
    return [
        ([*headers, (HEADER, value.encode())], data)
        for (headers, data), value in zip(given, signer.sign(given), strict=True)
    ]


def judged(judge: Judge, source: str, headers: list[tuple[str, bytes]], data: bytes) -> Judgement:
    return judge.judge(source, pack_headers(headers), data)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, MOST - 1, MOST, MOST + 1, 1000])
def test_each_fact_of_a_batch_is_known_alone(count: int) -> None:
    for headers, data in signed(SIGNER, facts(count)):
        assert judged(Judge([SIGNER.key]), SOURCE, headers, data) is Judgement.HOLDS


@pytest.mark.parametrize("count", [2, 3, 37, MOST, MOST + 5])
def test_in_whatever_order_they_come_and_again_each_is_known_beside_the_others(count: int) -> None:
    judge, batch = Judge([SIGNER.key]), signed(SIGNER, facts(count))
    shuffled = random.Random(count).sample(batch, count)
    for headers, data in [*batch, *shuffled, *batch[::-1]]:
        assert judged(judge, SOURCE, headers, data) is Judgement.HOLDS
        assert judged(judge, SOURCE, headers, data + b" ") is Judgement.BROKEN
    for (headers, data), (others, _) in zip(batch, shuffled, strict=True):
        if headers != others:
            assert judged(judge, SOURCE, [*headers[:-1], others[-1]], data) is Judgement.BROKEN


def test_a_signature_is_no_longer_than_an_attribute_may_be() -> None:
    assert max(map(len, SIGNER.sign(facts(MOST)))) <= LONGEST_ATTRIBUTE


def test_signing_again_gives_the_same() -> None:
    assert SIGNER.sign(facts(20)) == SIGNER.sign(facts(20))


@given(st.integers(1, 40), st.data())
def test_no_bit_of_a_fact_or_its_signature_can_be_changed(count: int, data: st.DataObject) -> None:
    headers, value = data.draw(st.sampled_from(signed(SIGNER, facts(count))))
    part = data.draw(st.integers(0, len(headers)))
    raw = bytearray(value if part == len(headers) else headers[part][1])
    place = data.draw(st.integers(0, len(raw) * 8 - 1))
    raw[place // 8] ^= 1 << place % 8
    if part == len(headers):
        value = bytes(raw)
    else:
        headers = [*headers[:part], (headers[part][0], bytes(raw)), *headers[part + 1 :]]
    judged(JUDGE, SOURCE, *signed(SIGNER, facts(count))[0])
    assert judged(JUDGE, SOURCE, headers, value) in (Judgement.BROKEN, Judgement.UNKNOWN)


def test_what_is_not_its_sources_is_told_apart() -> None:
    [(headers, data)] = signed(SIGNER, facts(1))
    assert judged(JUDGE, SOURCE, headers[:-1], data) is Judgement.MISSING
    assert judged(JUDGE, "/services/echo", headers, data) is Judgement.UNKNOWN
    [(stranger, data)] = signed(OTHER, facts(1))
    assert judged(JUDGE, SOURCE, stranger, data) is Judgement.UNKNOWN
    assert judged(Judge([]), SOURCE, stranger, data) is Judgement.UNJUDGED
    [first, second] = signed(SIGNER, facts(2))
    assert judged(JUDGE, SOURCE, [*first[0][:-1], second[0][-1]], first[1]) is Judgement.BROKEN


def test_two_keys_of_a_source_are_known_while_one_replaces_the_other() -> None:
    judge = Judge([SIGNER.key, OTHER.key])
    for signer in (SIGNER, OTHER):
        [(headers, data)] = signed(signer, facts(1))
        assert judged(judge, SOURCE, headers, data) is Judgement.HOLDS


def test_a_public_key_is_read_as_it_is_written() -> None:
    assert PublicKey.read(SIGNER.key.text()) == SIGNER.key
    for wrong in ("", "a+b", SIGNER.key.text()[:-4], SIGNER.key.text().replace("toy", "boy")):
        with pytest.raises(BadKey):
            PublicKey.read(wrong)


def test_a_text_that_looks_like_a_signature_is_none() -> None:
    """Inside of another header, or before the last one."""
    [(headers, data)] = signed(SIGNER, facts(1))
    inside = [*headers[:-1], ("ce_actor", b'x,["signature","' + headers[-1][1] + b'"]]')]
    assert judged(JUDGE, SOURCE, inside, data) is Judgement.MISSING
    assert judged(JUDGE, SOURCE, [*headers, ("ce_actor", b"x")], data) is Judgement.BROKEN
