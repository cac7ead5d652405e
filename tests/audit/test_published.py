"""What is published of the log: checkpoints that a witness has cosigned, tiles, entries, proofs, and a second copy."""

from base64 import b64decode
from pathlib import Path

import httpx

from services.audit.tree import tiles
from services.audit.tree.checkpoints import Checkpoint, Proof
from services.audit.tree.notes import Note, VerifierKey
from services.audit.tree.tiles import Tile
from shared.signing import merkle
from tests.audit.publishing import Published
from tests.kit.witness import LOG_KEY, ORIGIN


async def test_a_checkpoint_is_signed_by_the_log_and_by_its_witness(published: Published) -> None:
    checkpoint = await published.grown("signed")
    async with published.world.client("audit") as nobody:
        note = Note.read((await nobody.get("/log/checkpoint")).text)
        [key] = (await nobody.get("/log/key")).text.splitlines()
        [beside] = (await nobody.get("/log/witnesses")).text.splitlines()
    assert key == LOG_KEY.verifier().text()
    assert VerifierKey.read(beside) == published.witness.key
    assert note.signed_by([LOG_KEY.verifier(), published.witness.key]) == [LOG_KEY.verifier(), published.witness.key]
    assert checkpoint.origin == ORIGIN


async def test_tiles_give_the_published_root_and_bundles_the_tiles(published: Published) -> None:
    checkpoint = await published.grown(*[f"many-{n % 30}" for n in range(600)])
    assert checkpoint.size > 1000
    leaves = await published.leaves(checkpoint.size)
    assert merkle.root_of(leaves) == checkpoint.root
    above = await published.tile(Tile(1, 0, checkpoint.size // 256).path())
    assert tiles.split_hashes(above.content) == [
        merkle.root_of(leaves[start : start + 256]) for start in range(0, checkpoint.size // 256 * 256, 256)
    ]
    for number in range(checkpoint.size // 256):
        bundle = await published.tile(Tile(None, number).path(), "audit.yan")
        entries = tiles.read_bundle(bundle.content)
        assert [merkle.leaf_hash(entry) for entry in entries] == leaves[number * 256 : number * 256 + 256]


async def test_only_auditors_read_entries_and_nobody_what_is_not_published(published: Published) -> None:
    checkpoint = await published.grown("read")
    full = checkpoint.size // 256
    assert (await published.tile("entries/000")).status_code == 401
    assert (await published.tile("entries/000", "dispatch.cheng")).status_code == 403
    assert (await published.tile(Tile(0, full, 255).path())).status_code in (200, 404)
    for path in (Tile(0, full + 1, 1).path(), Tile(2, 0, 200).path(), Tile(9, 0).path(), "nothing", "0/0", "entries"):
        assert (await published.tile(path)).status_code == 404, path


async def test_a_bundle_with_what_the_auditor_may_not_see_is_withheld_as_a_whole(published: Published) -> None:
    """Their own office is complained of in one case: bytes cannot be blacked out without breaking the proof."""
    await published.grown(*["withheld"] * 300)
    async with published.world.admin("audit") as database:
        index = await database.fetchval("SELECT min(index) FROM entries WHERE key = 'withheld'")
        office = "political_legal_committee"
        await database.execute("INSERT INTO barred VALUES ('withheld', $1)", office)
        hidden = await published.tile(Tile(None, index // 256).path(), "audit.yan")
        await database.execute("DELETE FROM barred WHERE department = $1", office)
        shown = await published.tile(Tile(None, index // 256).path(), "audit.yan")
    assert (hidden.status_code, hidden.json()["type"]) == (403, "urn:lianzhi:problem:entries-withheld")
    assert shown.status_code == 200


async def test_every_entry_can_be_proved_to_be_there(published: Published) -> None:
    checkpoint = await published.grown("proved")
    async with published.world.client("audit", "audit.yan") as auditor:
        for index in (0, 1, 255, 256, checkpoint.size - 1):
            answer = await auditor.get("/v1/proofs/inclusion", params={"index": index})
            assert answer.status_code == 200, answer.text
            found = answer.json()
            of = Checkpoint.read(Note.read(found["checkpoint"]).text)
            leaf, hashes = b64decode(found["leaf"]), [b64decode(hash) for hash in found["hashes"]]
            assert merkle.is_included(index, of.size, leaf, hashes, of.root)
            text = await auditor.get("/v1/proofs/inclusion", params={"index": index}, headers={"Accept": "text/plain"})
            proof = Proof.read(text.text)
            of = Checkpoint.read(Note.read(proof.checkpoint).text)
            assert merkle.is_included(index, of.size, leaf, proof.hashes, of.root)
        [fact] = (await auditor.get("/v1/facts", params={"limit": 1})).json()["items"]
        by_place = {"source": fact["source"], "position": fact["position"]}
        await published.grown()
        assert (await auditor.get("/v1/proofs/inclusion", params=by_place)).json()["index"] == fact["index"]
        for wrong, status in ((checkpoint.size + 10**6, 404), (-1, 422)):
            assert (await auditor.get("/v1/proofs/inclusion", params={"index": wrong})).status_code == status
        nowhere = {"source": "/services/toy", "position": 10**9}
        assert (await auditor.get("/v1/proofs/inclusion", params=nowhere)).status_code == 404
        assert (await auditor.get("/v1/proofs/inclusion")).status_code == 422


async def test_a_later_log_is_proved_to_begin_with_the_earlier(published: Published) -> None:
    before = await published.grown("before")
    after = await published.grown("after")
    assert after.size > before.size
    async with published.world.client("audit") as nobody:
        answer = await nobody.get("/v1/proofs/consistency", params={"old": before.size, "size": after.size})
        found = answer.json()
        hashes = [b64decode(hash) for hash in found["hashes"]]
        assert (b64decode(found["old_root"]), b64decode(found["root"])) == (before.root, after.root)
        assert merkle.is_consistent(before.size, after.size, hashes, before.root, after.root)
        wrong = await nobody.get("/v1/proofs/consistency", params={"old": after.size, "size": before.size})
        beyond = await nobody.get("/v1/proofs/consistency", params={"old": 1, "size": after.size + 10**6})
    assert (wrong.status_code, beyond.status_code) == (422, 404)


async def test_the_mirror_has_the_same_log_in_files(published: Published) -> None:
    checkpoint = await published.grown(*[f"mirrored-{n}" for n in range(300)])
    folder = next(Path(published.witness.folder).iterdir()) / "mirror"

    async def mirrored() -> Checkpoint | None:
        if not (folder / "checkpoint").exists():
            return None
        note = Note.read((folder / "checkpoint").read_text())
        assert published.witness.mirror_key in note.signed_by([published.witness.mirror_key, LOG_KEY.verifier()])
        found = Checkpoint.read(note.text)
        return found if found.size >= checkpoint.size else None

    size = (await published.world.until(mirrored, 10, "the mirror has it all")).size
    rows = await published.world.fetch("audit", "SELECT headers, value FROM entries ORDER BY index LIMIT $1", size)
    entries = []
    for number in range((size + 255) // 256):
        tile = Tile(None, number, min(256, size - number * 256))
        entries += tiles.read_bundle((folder / "tile" / tile.path()).read_bytes())
    assert entries == [row["headers"] + b"\n" + row["value"] for row in rows]
    async with httpx.AsyncClient(base_url=published.witness.url) as http:
        served = await http.get(f"/mirror/{folder.parent.name}/tile/0/000")
        hidden = await http.get(f"/mirror/{folder.parent.name}/tile/entries/000")
    assert served.content == (await published.tile("0/000")).content
    assert hidden.status_code == 404
