"""The glyphs that a page uses, as a TrueType font to be embedded in it.

The font that has all Chinese characters keeps them as PostScript outlines, which are not embedded as they are.
"""

from functools import cache
from io import BytesIO
from typing import Any

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont
from pylopdf_fonts_zh_cn import sans_path

_EXACT = 0.5
"""Units of the font, of 1000 in an em, by which a curve may differ."""


class NoGlyph(ValueError):
    """A character that the font has not got."""


def true_type(text: str) -> bytes:
    """A font of the glyphs of that text, the same for the same text. Raises NoGlyph."""
    font = _whole()
    names = {ord(sign): _name(font, sign) for sign in sorted(set(text))}
    drawn = font.getGlyphSet()
    order = [".notdef", *dict.fromkeys(names.values())]
    glyphs, widths = {}, {}
    for name in order:
        pen = TTGlyphPen(None)
        drawn[name].draw(Cu2QuPen(pen, _EXACT, reverse_direction=True))
        glyphs[name] = pen.glyph()
        widths[name] = (font["hmtx"][name][0], 0)
    return _built(order, names, glyphs, widths)


def _built(
    order: list[str], names: dict[int, str], glyphs: dict[str, Any], widths: dict[str, tuple[int, int]]
) -> bytes:
    units, ascent, descent = _whole()["head"].unitsPerEm, _whole()["hhea"].ascent, _whole()["hhea"].descent
    builder = FontBuilder(units, isTTF=True)
    builder.setupGlyphOrder(order)
    builder.setupCharacterMap(names)
    builder.setupGlyf(glyphs)
    bearings = {name: (width, getattr(glyphs[name], "xMin", 0)) for name, (width, _) in widths.items()}
    builder.setupHorizontalMetrics(bearings)
    builder.setupHorizontalHeader(ascent=ascent, descent=descent)
    builder.setupNameTable({"familyName": "Lianzhi Page", "styleName": "Regular", "psName": "LianzhiPage"})
    builder.setupOS2(sTypoAscender=ascent, sTypoDescender=descent, usWinAscent=ascent, usWinDescent=-descent)
    builder.setupPost()
    builder.font["head"].created = builder.font["head"].modified = 0
    builder.font.recalcTimestamp = False
    stream = BytesIO()
    builder.font.save(stream)
    return stream.getvalue()


def _name(font: TTFont, sign: str) -> str:
    found = font.getBestCmap().get(ord(sign))
    if found is None:
        raise NoGlyph(f"U+{ord(sign):04X}")
    name: str = found
    return name


@cache
def _whole() -> TTFont:
    return TTFont(sans_path(), lazy=True)
