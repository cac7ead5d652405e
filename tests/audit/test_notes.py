"""Notes, keys, checkpoints, tiles: by the examples of the specifications, and that nothing else is taken for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.tree import tiles
from services.audit.tree.checkpoints import Checkpoint, Proof
from services.audit.tree.notes import COSIGNS, SIGNS, BadNote, Note, SigningKey, VerifierKey, write
from services.audit.tree.tiles import BadBundle, Tile

VKEY = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
NOTE = (
    "This is an example message.\n\n— example.com/foo"
    " Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
)
LOG = SigningKey("example.com/log", SIGNS, bytes(range(32)))
WITNESS = SigningKey("example.com/witness", COSIGNS, bytes(range(1, 33)))
TEXT = Checkpoint("example.com/log", 7, bytes(32)).text()


def test_the_specifications_own_note() -> None:
    key = VerifierKey.read(VKEY)
    assert key.text() == VKEY
    assert Note.read(NOTE).signed_by([key]) == [key]


def test_what_is_signed_is_known_by_its_key() -> None:
    note = Note.read(write(TEXT, [LOG.sign(TEXT), WITNESS.sign(TEXT, 1679315147)]))
    keys = [LOG.verifier(), WITNESS.verifier()]
    assert note.text == TEXT
    assert note.signed_by(keys) == keys
    assert note.time_of(keys[1]) == 1679315147
    assert note.signed_by([VerifierKey("example.com/log", SIGNS, WITNESS.verifier().public)]) == []


def test_every_byte_of_a_note_counts() -> None:
    note = write(TEXT, [LOG.sign(TEXT), WITNESS.sign(TEXT, 1679315147)])
    keys = [LOG.verifier(), WITNESS.verifier()]
    raw = note.encode()
    for place in range(len(raw)):
        for bit in range(8):
            altered = bytearray(raw)
            altered[place] ^= 1 << bit
            try:
                found = Note.read(altered.decode()).signed_by(keys)
            except (BadNote, UnicodeDecodeError):
                continue
            assert found != keys, f"byte {place}, bit {bit}"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "no signature\n",
        "text\n\n",
        "text\n\n— name\n",
        "text\n\n— name AAAA\n",
        "text\n\n- example.com/foo Uw2QOkn8srV1\n",
        NOTE[:-1],
        NOTE + "more",
        NOTE.replace("example message", "example\tmessage"),
        NOTE.replace("QM=", "QN="),
    ],
)
def test_what_is_no_note_is_refused(note: str) -> None:
    with pytest.raises(BadNote):
        Note.read(note)


@pytest.mark.parametrize(
    "key",
    ["", "name", VKEY[:-1], VKEY.replace("530d", "530e"), VKEY.replace("+Aek", "+Bek"), "a b" + VKEY[11:]],
)
def test_what_is_no_key_is_refused(key: str) -> None:
    with pytest.raises(BadNote):
        VerifierKey.read(key)


def test_a_checkpoint_is_read_as_it_is_written() -> None:
    assert Checkpoint.read(TEXT) == Checkpoint("example.com/log", 7, bytes(32))


@pytest.mark.parametrize(
    "text",
    [
        TEXT[:-1],
        TEXT + "extension\n",
        TEXT.replace("7", "07"),
        TEXT.replace("7", "-7"),
        TEXT.replace("7", "７"),
        TEXT.replace("7", str(2**63)),
        TEXT.replace("A=", "="),
        TEXT.replace("example.com/log", ""),
    ],
)
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(BadNote):
        Checkpoint.read(text)


def test_a_proof_is_read_as_it_is_written() -> None:
    proof = Proof(3, [bytes(32), bytes(range(32))], write(TEXT, [LOG.sign(TEXT)]))
    assert Proof.read(proof.text()) == proof
    with_extra = proof.text().replace("index", "extra AAAA\nindex")
    assert Proof.read(with_extra) == proof


def test_the_specifications_own_paths() -> None:
    assert Tile(0, 1234067).path() == "0/x001/x234/067"
    assert Tile(None, 5, 17).path() == "entries/005.p/17"
    edge = {(tile.level, tile.number, tile.width) for tile in tiles.edge(70_000)}
    assert edge == {(0, 273, 112), (1, 1, 17), (2, 0, 1)}
    assert [tile.level for tile in tiles.edge(256)] == [1]


@given(st.none() | st.integers(0, 63), st.integers(0, 2**56 - 1), st.integers(1, 256))
def test_a_path_is_read_as_it_is_written(level: int | None, number: int, width: int) -> None:
    tile = Tile(level, number, width)
    assert tiles.read_path(tile.path()) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "0/0",
        "0/1000",
        "00/000",
        "64/000",
        "0/x000/001",
        "0/000.p/0",
        "0/000.p/256",
        "0/000.p/01",
        "a/000",
        "0/000/",
        "/0/000",
        "0/x1/000",
        "entries",
        "-1/0",
    ],
)
def test_what_is_no_path_is_none(path: str) -> None:
    assert tiles.read_path(path) is None


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_is_read_as_it_is_written(entries: list[bytes]) -> None:
    bundle = tiles.pack_bundle(entries)
    assert tiles.read_bundle(bundle) == entries


@pytest.mark.parametrize("bundle", [b"\x00", b"\x00\x01", b"\x00\x00\x00\x02a"])
def test_what_ends_within_an_entry_is_no_bundle(bundle: bytes) -> None:
    with pytest.raises(BadBundle):
        tiles.read_bundle(bundle)
