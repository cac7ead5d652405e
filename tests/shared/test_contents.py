"""Contents: kept encrypted beside the fact, opened by the owner, erased for good."""

import base64
from hashlib import sha256

import pytest

from shared.contents.contents import NewContent, erase, keep, keep_text, open_content, open_contents
from shared.contents.refs import Erased
from shared.contents.vault import SealedBytes, Vault
from shared.facts.envelope import Trail
from shared.procedure.actor import RESIDENT
from shared.record.aggregate import Write
from shared.record.recorder import Request
from shared.record.rows import Row
from shared.refusals.refusals import NotFound, Unavailable
from tests.kit.toys.toy.model import Add
from tests.kit.toys.toy.tables import COUNTERS
from tests.kit.voice import NOW
from tests.kit.world import World

TEXT = "消防通道被占,夜里十一点还停着三辆车"


async def stored(world: World, about: str, row: Row) -> None:
    command = Add(at=NOW, actor=RESIDENT, counter_id=about, amount=1)
    await world.runtime("toy").recorder.record(Request((Write(COUNTERS, about, [command], also=(row,)),), Trail()))


async def test_a_text_is_stored_encrypted_and_opened_by_its_owner(toys: World) -> None:
    runtime = toys.runtime("toy")
    ref, row = keep_text(runtime.vault, "case1", "narrative", TEXT, NOW)
    await stored(toys, "case1", row)
    [kept] = await toys.fetch("toy", "SELECT * FROM contents WHERE id = $1", ref.id)
    assert TEXT.encode() not in b"".join(value for value in kept.values() if isinstance(value, bytes))
    content = await open_content(runtime.database, runtime.vault, ref.id)
    assert (content.data.decode(), content.about, content.kind) == (TEXT, "case1", "narrative")
    assert ref.commitment == sha256(kept["salt"] + TEXT.encode()).hexdigest()
    assert ref.size == len(TEXT.encode())


async def test_the_same_text_twice_cannot_be_recognised(toys: World) -> None:
    vault = toys.runtime("toy").vault
    (one, first), (two, second) = (keep_text(vault, "c", "narrative", TEXT, NOW) for _ in range(2))
    assert one.commitment != two.commitment
    assert first.values["sealed"] != second.values["sealed"]


async def test_erasing_leaves_nothing_that_could_be_opened_or_guessed(toys: World) -> None:
    runtime = toys.runtime("toy")
    ref, row = keep_text(runtime.vault, "erased", "narrative", TEXT, NOW)
    await stored(toys, "erased", row)
    await erase(runtime.database, [ref.id], NOW)
    [kept] = await toys.fetch("toy", "SELECT * FROM contents WHERE id = $1", ref.id)
    assert kept["salt"] is kept["wrapped_key"] is kept["sealed"] is None
    assert kept["commitment"] == ref.commitment
    with pytest.raises(Erased):
        await open_content(runtime.database, runtime.vault, ref.id)
    assert await open_contents(runtime.database, runtime.vault, [ref.id]) == {}


async def test_a_content_that_is_not_there_is_not_found(toys: World) -> None:
    runtime = toys.runtime("toy")
    with pytest.raises(NotFound):
        await open_content(runtime.database, runtime.vault, "never")


async def test_bytes_are_kept_as_they_are(toys: World) -> None:
    runtime, data = toys.runtime("toy"), bytes(range(256)) * 40
    ref, row = keep(runtime.vault, "photo", NewContent("photo", data, "image/png", "desk"), NOW)
    await stored(toys, "photo", row)
    content = await open_content(runtime.database, runtime.vault, ref.id)
    assert (content.data, content.media_type, content.visibility) == (data, "image/png", "desk")


def test_a_sealed_text_opens_in_its_own_place_only() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(b"secret", "here")
    assert vault.open(sealed, "here") == b"secret"
    with pytest.raises(Unavailable):
        vault.open(sealed, "there")
    with pytest.raises(Unavailable):
        Vault(b"x" * 32).open(sealed, "here")


@pytest.mark.parametrize("place", range(0, 60, 7))
def test_a_changed_byte_is_noticed(place: int) -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal(b"secret" * 8, "here")
    broken = bytearray(sealed.sealed)
    broken[place] ^= 1
    with pytest.raises(Unavailable):
        vault.open(SealedBytes(sealed.wrapped_key, bytes(broken)), "here")


def test_a_master_key_is_32_bytes_in_base64() -> None:
    key = base64.b64encode(b"m" * 32).decode()
    sealed = Vault.from_text(key).seal(b"x", "a")
    assert Vault.from_text(key).open(sealed, "a") == b"x"
    with pytest.raises(ValueError, match=r"[Aa][Ee][Ss]"):
        Vault.from_text(base64.b64encode(b"short").decode())


def test_what_is_sealed_in_brief_opens_in_its_own_place_only() -> None:
    vault = Vault(b"k" * 32)
    sealed = vault.seal_brief(b"secret", "here")
    assert vault.open_brief(sealed, "here") == b"secret"
    assert sealed != vault.seal_brief(b"secret", "here")
    for other, place in ((vault, "there"), (Vault(b"x" * 32), "here")):
        with pytest.raises(Unavailable):
            other.open_brief(sealed, place)


def test_a_fingerprint_is_the_same_under_the_same_master_key_only() -> None:
    assert Vault(b"k" * 32).fingerprint(b"a") == Vault(b"k" * 32).fingerprint(b"a")
    assert Vault(b"k" * 32).fingerprint(b"a") != Vault(b"x" * 32).fingerprint(b"a")
