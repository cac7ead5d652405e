"""A certificate set on one page A4: Chinese, with English beneath it, a QR code, and every glyph embedded."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from re import compile as pattern
from threading import Lock

import segno
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from services.audit.paper.claims import Claim, moment
from services.audit.paper.letters import true_type

_TITLE, _TITLE_EN = "存证证明", "Certificate of Record"
_BODY = (
    "兹证明：下列案件的办理记录，截至下述检查点，均已逐条存入审计日志。该日志为哈希树（RFC 6962），由日志运行方签名，"
    "并经见证方联署；日志中任何一条被改动、删除、插入或者调换次序，均不能再得出下列根哈希。"
)
_BODY_EN = (
    "This certifies that the records of the case below, up to the checkpoint below, are entries of the audit log. It is"
    " a Merkle tree (RFC 6962), signed by whoever runs it and cosigned by a witness: with any entry altered, removed,"
    " inserted or moved, the root hash below could not be had again."
)
_CHECK = (
    "核验：凭本证明和证明包（按下列地址或者二维码取得，须有查阅权限），离线运行“lianzhi verify 证明包 --certificate"
    " 本证明”。二者不符，或者证明包被改动的，均会指出。"
)
_CHECK_EN = (
    "To check: get the bundle at the address below or in the QR code (it needs leave to read the case) and run"
    " `lianzhi verify BUNDLE --certificate THIS-FILE`, offline. What does not belong together or was altered is named."
)
_LIMIT = "本证明证明记录存入日志后未被改动，不证明所记内容属实。"
_LIMIT_EN = "It certifies that the record has not been changed since, not that what was recorded is true."
_SEAL, _NUMBER = "（盖章） Seal", "证明编号 No."
_FONT = "page"
_LEFT, _WIDTH, _VALUE = 62.0, A4[0] - 124.0, 200.0
_TOKENS = pattern(r"[\u2e80-\uffef“”]|[^\s\u2e80-\uffef“”]+|\s+")
_NEVER_FIRST = "，。；：、）”"
_one_at_a_time = Lock()


@dataclass(frozen=True, slots=True)
class Certificate:
    """`address`: of the bundle, with its digest; `offices` and `office`, who had it made, by name in both languages."""

    number: str
    claims: Sequence[Claim]
    offices: Sequence[str]
    office: str
    at: datetime
    address: str

    def rows(self) -> list[Claim]:
        """Of the table: offices stand behind the times."""
        told = Claim("办理单位", "Offices", "；".join(self.offices) or "—")
        return [*self.claims[:4], told, *self.claims[4:]]

    def signed(self) -> list[Claim]:
        return [Claim("出具单位", "Issued for", self.office), Claim("出具时间", "Issued at", moment(self.at))]

    def texts(self) -> str:
        """Every character on the page."""
        said = "".join(line.zh + line.en + line.said for line in (*self.rows(), *self.signed()))
        fixed = (_TITLE, _TITLE_EN, _NUMBER, _BODY, _BODY_EN, _CHECK, _CHECK_EN, _LIMIT, _LIMIT_EN, _SEAL)
        return said + "".join(fixed) + self.number + self.address + " "


def set_page(certificate: Certificate) -> bytes:
    """A PDF; the same for the same certificate. Raises NoGlyph."""
    stream = BytesIO()
    with _lettering(certificate.texts()):
        canvas = Canvas(stream, A4, invariant=1, initialFontName=_FONT)
        canvas.setTitle(f"{_TITLE} {_TITLE_EN} {certificate.number}")
        _Sheet(canvas).draw(certificate)
        canvas.save()
    return stream.getvalue()


@contextmanager
def _lettering(text: str) -> Iterator[None]:
    """A font of these glyphs. The library keeps fonts by name for the whole process, and the first one of a name."""
    with _one_at_a_time:
        font = TTFont(_FONT, BytesIO(true_type(text)))
        pdfmetrics.registerFont(font)
        try:
            yield
        finally:
            for known in (pdfmetrics._fonts, pdfmetrics._dynFaceNames):
                for name in [name for name, each in known.items() if each is font]:
                    del known[name]


class _Sheet:
    """From the top down: `y` is where the next line goes."""

    def __init__(self, canvas: Canvas) -> None:
        self._canvas, self._y = canvas, A4[1] - 84.0

    def draw(self, certificate: Certificate) -> None:
        self._centred(_TITLE, 24, 20)
        self._centred(_TITLE_EN, 11, 18)
        self._centred(f"{_NUMBER} {certificate.number}", 8.5, 26)
        self._paragraph(_BODY, 10.5)
        self._paragraph(_BODY_EN, 8)
        self._rule()
        for row in certificate.rows():
            self._row(row)
        self._rule()
        below = self._y
        self._code(certificate.address)
        width = _WIDTH - 118
        self._paragraph(_CHECK, 8.5, width)
        self._paragraph(_CHECK_EN, 7, width)
        self._paragraph(certificate.address, 7, width)
        self._y = min(self._y, below - 112)
        for row in certificate.signed():
            self._row(row)
        self._canvas.drawRightString(_LEFT + _WIDTH, self._y + 26, _SEAL)
        self._y = 60
        self._paragraph(_LIMIT, 8)
        self._paragraph(_LIMIT_EN, 7)

    def _centred(self, text: str, size: float, below: float) -> None:
        self._canvas.setFont(_FONT, size)
        self._canvas.drawCentredString(A4[0] / 2, self._y, text)
        self._y -= below

    def _paragraph(self, text: str, size: float, width: float = _WIDTH) -> None:
        self._canvas.setFont(_FONT, size)
        for line in _wrapped(text, size, width):
            self._canvas.drawString(_LEFT, self._y, line)
            self._y -= size * 1.55
        self._y -= 3

    def _rule(self) -> None:
        self._canvas.setLineWidth(0.6)
        self._canvas.line(_LEFT, self._y + 4, _LEFT + _WIDTH, self._y + 4)
        self._y -= 12

    def _row(self, row: Claim) -> None:
        self._canvas.setFont(_FONT, 9)
        self._canvas.drawString(_LEFT, self._y, row.zh)
        self._canvas.setFont(_FONT, 7)
        self._canvas.drawString(_LEFT, self._y - 9, row.en)
        self._canvas.setFont(_FONT, 8.5)
        y = self._y
        for line in _wrapped(row.said, 8.5, _WIDTH - _VALUE + 80):
            self._canvas.drawString(_LEFT + _VALUE - 80, y, line)
            y -= 11
        self._y = min(self._y - 23, y - 6)

    def _code(self, text: str) -> None:
        """On the right, of a width of 104 points."""
        rows = segno.make(text, error="m", micro=False).matrix
        side = 104 / len(rows)
        for down, row in enumerate(rows, 1):
            for across, dark in enumerate(row):
                if dark:
                    x = _LEFT + _WIDTH - 104 + across * side
                    self._canvas.rect(x, self._y + 6 - down * side, side, side, stroke=0, fill=1)


def _wrapped(text: str, size: float, width: float) -> list[str]:
    """Between Chinese characters and between words; a word that is too long by itself is cut."""
    lines = [""]
    for token in _TOKENS.findall(text):
        parts = [token] if pdfmetrics.stringWidth(token, _FONT, size) <= width else list(token)
        for part in parts:
            fits = pdfmetrics.stringWidth(lines[-1] + part, _FONT, size) <= width
            if fits or part in _NEVER_FIRST:
                lines[-1] += part
            else:
                lines.append(part.lstrip())
    return [line.rstrip() for line in lines]
