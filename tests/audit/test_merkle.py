"""The tree against RFC 6962's own words, written down as slowly as they stand there."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.signing import merkle
from shared.signing.merkle import Range

# The test entries and roots that certificate transparency's implementations share.
ENTRIES = [bytes.fromhex(text) for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657")]
ENTRIES.append(bytes.fromhex("606162636465666768696a6b6c6d6e6f"))
ROOTS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
SIZES = st.integers(1, 700)


def mth(entries: list[bytes]) -> bytes:
    """Section 2.1."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    half = largest_power_below(len(entries))
    return sha256(b"\x01" + mth(entries[:half]) + mth(entries[half:])).digest()


def audit_path(index: int, entries: list[bytes]) -> list[bytes]:
    """Section 2.1.1."""
    if len(entries) == 1:
        return []
    half = largest_power_below(len(entries))
    if index < half:
        return [*audit_path(index, entries[:half]), mth(entries[half:])]
    return [*audit_path(index - half, entries[half:]), mth(entries[:half])]


def subproof(old: int, entries: list[bytes], whole: bool) -> list[bytes]:
    """Section 2.1.2."""
    if old == len(entries):
        return [] if whole else [mth(entries)]
    half = largest_power_below(len(entries))
    if old <= half:
        return [*subproof(old, entries[:half], whole), mth(entries[half:])]
    return [*subproof(old - half, entries[half:], False), mth(entries[:half])]


def largest_power_below(size: int) -> int:
    power = 1
    while power * 2 < size:
        power *= 2
    return power


def made(size: int) -> list[bytes]:
    return [b"entry %d" % number for number in range(size)]


def looked_up(entries: list[bytes], ranges: list[Range]) -> list[bytes]:
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    return merkle.hashes_of(ranges, lambda node: merkle.root_of(leaves[node[1] << node[0] : (node[1] + 1) << node[0]]))


@pytest.mark.parametrize("size", range(9))
def test_the_shared_roots(size: int) -> None:
    leaves = [merkle.leaf_hash(entry) for entry in ENTRIES[:size]]
    assert merkle.root_of(leaves).hex() == ROOTS[size]


@given(SIZES)
def test_a_root_is_that_of_the_definition_however_it_is_put_together(size: int) -> None:
    entries = made(size)
    assert merkle.root_of([merkle.leaf_hash(entry) for entry in entries]) == mth(entries)
    assert looked_up(entries, [(0, size)]) == [mth(entries)]


@given(SIZES, st.data())
def test_an_inclusion_proof_is_the_defined_one_and_holds_for_nothing_else(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    entries, other = made(size), data.draw(st.integers(0, size - 1))
    proof = looked_up(entries, merkle.inclusion(index, size))
    leaf, root = merkle.leaf_hash(entries[index]), mth(entries)
    assert proof == audit_path(index, entries)
    assert merkle.is_included(index, size, leaf, proof, root)
    assert merkle.is_included(other, size, leaf, proof, root) == (other == index)
    assert not merkle.is_included(index, size, leaf, [*proof, leaf], root)
    assert not merkle.is_included(index, size, leaf, proof[:-1], root) or not proof
    assert not merkle.is_included(size, size, leaf, proof, root)
    for place in range(len(proof)):
        altered = [*proof[:place], sha256(proof[place]).digest(), *proof[place + 1 :]]
        assert not merkle.is_included(index, size, leaf, altered, root)


@given(SIZES, st.data())
def test_a_consistency_proof_is_the_defined_one_and_holds_for_nothing_else(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size))
    entries = made(size)
    proof = looked_up(entries, merkle.consistency(old, size))
    old_root, root = mth(entries[:old]), mth(entries)
    assert proof == subproof(old, entries, True)
    assert merkle.is_consistent(old, size, proof, old_root, root)
    forked = mth([*entries[: old - 1], b"another"])
    assert not merkle.is_consistent(old, size, proof, forked, root)
    assert not merkle.is_consistent(old, size, proof, old_root, sha256(root).digest())
    assert not merkle.is_consistent(old, size, [*proof, root], old_root, root)
    assert not merkle.is_consistent(old, size, proof[:-1], old_root, root) or not proof
    assert not merkle.is_consistent(size + 1, size, proof, old_root, root)
    for place in range(len(proof)):
        altered = [*proof[:place], sha256(proof[place]).digest(), *proof[place + 1 :]]
        assert not merkle.is_consistent(old, size, altered, old_root, root)


def test_from_the_empty_tree_nothing_is_to_be_proved() -> None:
    assert merkle.consistency(0, 5) == []
    assert merkle.is_consistent(0, 5, [], merkle.EMPTY, mth(made(5)))
    assert not merkle.is_consistent(0, 5, [], mth(made(5)), mth(made(5)))
    assert merkle.is_consistent(0, 0, [], merkle.EMPTY, merkle.EMPTY)


@pytest.mark.parametrize("index", [-1, 5, 6])
def test_what_is_not_in_the_tree_has_no_proof(index: int) -> None:
    with pytest.raises(ValueError, match=str(index)):
        merkle.inclusion(index, 5)


@given(SIZES, st.data())
def test_a_tile_is_a_node_that_can_be_proved(size: int, data: st.DataObject) -> None:
    """As a mirror checks what it is sent, 256 entries at a time."""
    first = data.draw(st.integers(0, (size - 1) // 256)) * 256
    whole = (first, min(size, first + 256))
    entries = made(size)
    proof = looked_up(entries, merkle.path(whole, size))
    assert merkle.is_on_path(whole, size, mth(entries[whole[0] : whole[1]]), proof, mth(entries))
    assert not merkle.is_on_path(whole, size, mth(entries[1:2]), proof, mth(entries)) or whole == (1, 2)


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_a_tree_grows_from_the_fewest_subtrees_beside_a_range(first: int, width: int, more: int) -> None:
    """What an archive has: hashes to the left, the leaves of its range, hashes to the right."""
    size = first + width + more
    leaves = [merkle.leaf_hash(str(number).encode()) for number in range(size)]
    tree = merkle.Growing()

    def fill(whole: Range) -> None:
        nodes = merkle.cover(whole)
        assert len(nodes) <= 2 * size.bit_length()
        for level, place in nodes:
            tree.add(merkle.root_of(leaves[place << level : (place + 1) << level]), level)

    fill((0, first))
    for leaf in leaves[first : first + width]:
        tree.add(leaf)
    fill((first + width, size))
    assert (tree.size, tree.root()) == (size, merkle.root_of(leaves))


def test_a_subtree_stands_only_where_it_fits() -> None:
    tree = merkle.Growing()
    tree.add(b"a" * 32)
    with pytest.raises(ValueError, match="1"):
        tree.add(b"b" * 32, 1)
