"""A certificate read back: whether the page says of a bundle what the bundle proves."""

from io import BytesIO
from re import compile as pattern

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from services.audit.paper.claims import Claim, claims_of

_DIGEST = pattern(r"[0-9a-f]{64}")


class NoCertificate(ValueError):
    """A file that is no certificate at all; says why."""


def differing(page: bytes, bundle: bytes) -> list[Claim]:
    """What the page should say of this bundle and does not. Raises NoCertificate, NotCertifiable, BadFile."""
    printed = _lines(page)
    claims, _ = claims_of(bundle)
    return [claim for claim in claims if claim.said not in printed]


def _lines(page: bytes) -> set[str]:
    try:
        pages = PdfReader(BytesIO(page)).pages
        texts = [each.extract_text() for each in pages]
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as wrong:
        raise NoCertificate("it is no PDF that can be read") from wrong
    if len(texts) != 1:
        raise NoCertificate("a certificate has one page")
    lines = {line.strip() for line in texts[0].splitlines()}
    if len({line for line in lines if _DIGEST.fullmatch(line)}) != 1:
        raise NoCertificate("it does not name just one digest")
    return lines
