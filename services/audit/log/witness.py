"""Asking a witness (C2SP tlog-witness) and, if it keeps a copy, a mirror (C2SP tlog-mirror)."""

from base64 import b64encode
from collections.abc import Sequence
from hashlib import sha256

import httpx

from services.audit.log.settings import WitnessAddress
from services.audit.tree.checkpoints import Checkpoint, read_size
from services.audit.tree.notes import BadNote, Note, VerifierKey, read_signatures, write
from services.audit.tree.tiles import WIDTH, Tile, split_hashes

PATIENCE = 5.0
"""Seconds for one answer."""


class Refused(Exception):
    """The witness will not cosign: what is offered does not follow from what it has seen."""


class NotAdmitted(Exception):
    """The witness knows none of the keys that sign: its operator has yet to admit one."""


class Elsewhere(Exception):
    """It has seen another size than the one offered to follow on."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.size = size


class Witness:
    """`held`: the last checkpoint that it is known to have, None before the first; `note`: as it showed it last."""

    def __init__(self, address: WitnessAddress, origin: str, http: httpx.AsyncClient) -> None:
        self.url = address.url.rstrip("/")
        self.key = VerifierKey.read(address.key)
        self.mirror_key = None if address.mirror is None else VerifierKey.read(address.mirror)
        self.held: Checkpoint | None = None
        self.note: Note | None = None
        self.known = False
        self.mirrored = 0
        self.failing_since: float | None = None
        self._origin, self._http = origin, http

    async def learn(self, keys: Sequence[VerifierKey]) -> None:
        """What it has seen last of this log. Raises httpx.HTTPError, BadNote."""
        self.note = await self._read("", [self.key, *keys], self.key)
        self.held, self.known = None if self.note is None else Checkpoint.read(self.note.text), True
        if self.mirror_key is not None:
            mirrored = await self._read("/mirror", [self.mirror_key, *keys], self.mirror_key)
            self.mirrored = 0 if mirrored is None else Checkpoint.read(mirrored.text).size

    async def _read(self, below: str, keys: Sequence[VerifierKey], needed: VerifierKey) -> Note | None:
        hashed = sha256(self._origin.encode()).hexdigest()
        answer = await self._http.get(f"{self.url}{below}/{hashed}/checkpoint", timeout=PATIENCE)
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        note = Note.read(answer.content.decode())
        if needed not in note.signed_by(keys):
            raise BadNote(f"{needed.name} does not sign what it shows")
        return note

    async def read_tile(self, tile: Tile) -> bytes | None:
        """Hashes from its copy; None if it has not got them. Raises httpx.HTTPError."""
        hashed = sha256(self._origin.encode()).hexdigest()
        answer = await self._http.get(f"{self.url}/mirror/{hashed}/tile/{tile.path()}", timeout=PATIENCE)
        return answer.content if answer.status_code == 200 else None

    async def cosign(self, proof: Sequence[bytes], checkpoint: Checkpoint, note: str) -> str:
        """Its signature line on a note of ours. Raises Elsewhere, Refused, NotAdmitted, BadNote, httpx.HTTPError."""
        old = self.held.size if self.held else 0
        lines = "".join(f"{b64encode(hash).decode()}\n" for hash in proof)
        body = f"old {old}\n{lines}\n{note}"
        answer = await self._http.post(f"{self.url}/add-checkpoint", content=body.encode(), timeout=PATIENCE)
        if answer.status_code == 409:
            raise Elsewhere(read_size(answer.text.removesuffix("\n")))
        if answer.status_code == 403:
            raise NotAdmitted(answer.text[:200])
        if answer.status_code in (404, 422):
            raise Refused(f"{answer.status_code}: {answer.text[:200]}")
        answer.raise_for_status()
        self.held = checkpoint
        return self._own_line(checkpoint, answer.text)

    def _own_line(self, checkpoint: Checkpoint, lines: str) -> str:
        """Raises BadNote."""
        for line in lines.splitlines(keepends=True):
            [signature] = read_signatures(line)
            if (signature.name, signature.id) == (self.key.name, self.key.id):
                Note.read(write(checkpoint.text(), [line])).signed_by([self.key])
                return line
        raise BadNote(f"{self.key.name} answers without its signature")

    async def send_entries(self, start: int, size: int, packages: bytes) -> int:
        """To a mirror; answers how many entries it has then. Raises httpx.HTTPError, Refused."""
        origin = self._origin.encode()
        head = len(origin).to_bytes(2) + origin + start.to_bytes(8) + size.to_bytes(8) + (0).to_bytes(2)
        answer = await self._http.post(
            f"{self.url}/add-entries",
            content=head + packages,
            headers={"Content-Type": "application/octet-stream"},
            timeout=PATIENCE * 6,
        )
        if answer.status_code == 422:
            raise Refused(answer.text[:200])
        if answer.status_code in (202, 409):
            self.mirrored = read_size(answer.text.split("\n")[1])
        else:
            answer.raise_for_status()
            self.mirrored = size
        return self.mirrored


class Copy:
    """What a witness holds of the log, for comparing (`inspect.Held`)."""

    def __init__(self, witness: Witness, keys: Sequence[VerifierKey]) -> None:
        self.name = witness.key.name
        self._witness, self._keys = witness, keys

    async def note(self) -> Note | None:
        """As it is now: what was published before, it has seen. Raises httpx.HTTPError, BadNote."""
        await self._witness.learn(self._keys)
        return self._witness.note

    async def leaves(self, tile: Tile) -> list[bytes] | None:
        """The copy's own tile may be wider by now, or not yet as wide."""
        width = min(WIDTH, self._witness.mirrored - tile.number * WIDTH)
        if width <= 0:
            return None
        hashes = await self._witness.read_tile(Tile(0, tile.number, width))
        return None if hashes is None else split_hashes(hashes)[: tile.width]
