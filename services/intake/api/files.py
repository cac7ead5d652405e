"""Files from outside: what they really are, without the traces that cameras leave in images.

PDFs are kept as they are, with whatever their makers wrote into them.
"""

import re
from collections.abc import Callable, Iterator

from shared.refusals.refusals import Invalid

LARGEST = 10 * 1024 * 1024
_PNG = b"\x89PNG\r\n\x1a\n"
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def _is_text(data: bytes) -> bool:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return _CONTROL.search(text) is None


_MAGIC: dict[str, Callable[[bytes], bool]] = {
    "image/jpeg": lambda data: data.startswith(b"\xff\xd8\xff"),
    "image/png": lambda data: data.startswith(_PNG),
    "image/webp": lambda data: data.startswith(b"RIFF") and data[8:12] == b"WEBP",
    "application/pdf": lambda data: data.startswith(b"%PDF-"),
    "text/plain": _is_text,
}
_ANY = frozenset({"", "application/octet-stream"})
_MARK, _SCAN, _END = 0xFF, 0xDA, b"\xff\xd9"
_BEHIND_SCAN = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
"""The next marker; zeros and restarts belong to the scan."""
_JPEG_TRACES = frozenset({0xE1, 0xED, 0xFE})
"""APP1 (Exif, XMP: place and camera), APP13 (IPTC), comments."""
_PNG_TRACES = frozenset({b"eXIf", b"tEXt", b"zTXt", b"iTXt"})
_WEBP_TRACES = frozenset({b"EXIF", b"XMP "})
_WEBP_TRACE_FLAGS = 0x08 | 0x04
"""In the first byte of VP8X: there is an EXIF, an XMP chunk."""


def examine(data: bytes, declared: str) -> tuple[str, bytes]:
    """Media type and what is to be kept. Raises Invalid for a kind not taken, or not the declared one."""
    if not 0 < len(data) <= LARGEST:
        raise Invalid("file", "1 byte to 10 MB", "文件大小应在 1 字节至 10 MB 之间")
    kind = next((kind for kind, fits in _MAGIC.items() if fits(data)), None)
    named = declared.partition(";")[0].strip().lower()
    if kind is None or named not in (kind, *_ANY):
        raise Invalid(
            "file",
            "JPEG, PNG, WebP, PDF or plain UTF-8 text, and what it is declared to be",
            "仅接受 JPEG、PNG、WebP、PDF 或 UTF-8 文本，且内容须与声明的类型一致",
        )
    try:
        return kind, _without_traces(kind, data)
    except (IndexError, ValueError):
        raise Invalid("file", "the image is damaged", "图片已损坏") from None


def _without_traces(kind: str, data: bytes) -> bytes:
    if kind == "image/jpeg":
        return b"".join(_jpeg_parts(data))
    if kind == "image/png":
        return _PNG + b"".join(_png_chunks(data))
    if kind == "image/webp":
        chunks = b"WEBP" + b"".join(_webp_chunks(data))
        return b"RIFF" + len(chunks).to_bytes(4, "little") + chunks
    return data


def _jpeg_parts(data: bytes) -> Iterator[bytes]:
    """Segments and scans to the end of the image; what follows it goes."""
    yield data[:2]
    at = 2
    while data[at : at + 2] != _END:
        if data[at] != _MARK:
            raise ValueError
        if data[at + 1] == _MARK:
            at += 1
            continue
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
        if not at + 4 <= end < len(data):
            raise ValueError
        if data[at + 1] == _SCAN:
            end = _scan_end(data, end)
        if data[at + 1] not in _JPEG_TRACES:
            yield data[at:end]
        at = end
    yield _END


def _scan_end(data: bytes, at: int) -> int:
    """Raises ValueError."""
    found = _BEHIND_SCAN.search(data, at)
    if found is None:
        raise ValueError
    return found.start()


def _png_chunks(data: bytes) -> Iterator[bytes]:
    at = len(_PNG)
    while at < len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data):
            raise ValueError
        if data[at + 4 : at + 8] not in _PNG_TRACES:
            yield data[at:end]
        at = end


def _webp_chunks(data: bytes) -> Iterator[bytes]:
    """Up to the length that the file states for itself."""
    at, stop = 12, 8 + int.from_bytes(data[4:8], "little")
    if stop > len(data):
        raise ValueError
    while at < stop:
        kind, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if end > stop:
            raise ValueError
        if kind == b"VP8X" and size:
            yield data[at : at + 8] + bytes((data[at + 8] & ~_WEBP_TRACE_FLAGS,)) + data[at + 9 : end]
        elif kind not in _WEBP_TRACES:
            yield data[at:end]
        at = end
