"""An open font (Noto Sans CJK, SIL Open Font License) cut down to the letters that are used."""

import base64
import io
from pathlib import Path

from fontTools.pens.cu2quPen import Cu2QuPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTCollection, TTFont, newTable

FOLDER = Path("/usr/share/fonts/opentype/noto")  # Debian's fonts-noto-cjk
_FACES = (  # family, weight, collection, the face's name in it
    ("Guide Sans", 400, "NotoSansCJK-Regular.ttc", "Noto Sans CJK KR"),
    ("Guide Sans", 700, "NotoSansCJK-Bold.ttc", "Noto Sans CJK KR"),
    ("Guide Mono", 400, "NotoSansCJK-Regular.ttc", "Noto Sans Mono CJK KR"),
    ("Guide Mono", 700, "NotoSansCJK-Bold.ttc", "Noto Sans Mono CJK KR"),
)
_LIMITS = (
    "maxZones", "maxTwilightPoints", "maxStorage", "maxFunctionDefs", "maxInstructionDefs",
    "maxStackElements", "maxSizeOfInstructions", "maxPoints", "maxContours", "maxCompositePoints",
    "maxCompositeContours", "maxComponentElements", "maxComponentDepth",
)  # fmt: skip


def embedded(letters: str, folder: Path = FOLDER) -> str:
    """Give the style sheet's font faces, the fonts inside."""
    wanted = letters + "".join(map(chr, range(0x20, 0x7F)))
    return "".join(
        f'@font-face{{font-family:"{family}";font-weight:{weight};'
        f"src:url(data:font/woff2;base64,{_cut(_face(folder / file, name), wanted)})}}\n"
        for family, weight, file, name in _FACES
    )


def _face(path: Path, name: str) -> TTFont:
    collection = TTCollection(path, lazy=True)
    return next(font for font in collection if font["name"].getDebugName(1) == name)


def _cut(font: TTFont, letters: str) -> str:
    options = Options(layout_features=["kern", "liga", "locl"], name_IDs=[0, 1, 2, 4, 6, 13, 14])
    subsetter = Subsetter(options)
    subsetter.populate(text=letters)
    subsetter.subset(font)
    _quadratic(font)
    font.flavor = "woff2"
    made = io.BytesIO()
    font.save(made)
    return base64.b64encode(made.getvalue()).decode()


def _quadratic(font: TTFont) -> None:
    """Turn the outlines into TrueType's: of others, Chromium makes nameless Type 3 fonts in PDF."""
    drawn = {}
    glyphs = font.getGlyphSet()
    for name in font.getGlyphOrder():
        pen = TTGlyphPen(None)
        glyphs[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction=True))
        drawn[name] = pen.glyph()
    for table in ("CFF ", "VORG", "vhea", "vmtx"):
        if table in font:
            del font[table]
    font["loca"], font["glyf"] = newTable("loca"), newTable("glyf")
    font["glyf"].glyphOrder, font["glyf"].glyphs = font.getGlyphOrder(), drawn
    maxp = font["maxp"] = newTable("maxp")
    maxp.tableVersion, maxp.numGlyphs = 0x00010000, len(drawn)
    for limit in _LIMITS:
        setattr(maxp, limit, 2 if limit == "maxZones" else 0)
    font["post"].formatType = 3.0
    font.sfntVersion = "\000\001\000\000"
