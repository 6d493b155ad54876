"""Outline fonts as typefaces: those inside matplotlib, Pillow and font-roboto, and the system's on request.

Pillow rasterizes them; without Pillow there are none and the procedural faces remain. Variants (condensed,
widened, lighter, bolder) come from stretching, eroding and dilating the large drawing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from vinedge.charset import SYMBOLS

from .strokes import DRAWN

# Beyond the VIN alphabet: what neighbouring lines hold.
EXTRA_SYMBOLS = "IOQabcdefghijklmnopqrstuvwxyz*-.:/+#<>|☆★АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЫЬЮЯабвгдеиклмнопрстуы№"

# package, folder inside it, file, family, width stretch, pen change in pixels at DRAWN
_BUNDLED: tuple[tuple[str, str, str, str, float, int], ...] = (
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans.ttf", "grotesque", 0.9, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans.ttf", "condensed", 0.62, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans-Bold.ttf", "grotesque", 0.9, -3),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSans-Bold.ttf", "grotesque", 0.78, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSansMono.ttf", "mono", 1.0, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSansMono.ttf", "condensed", 0.72, 3),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSansMono-Bold.ttf", "mono", 0.95, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSansMono-Bold.ttf", "mono", 0.8, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSerif-Bold.ttf", "serif", 0.95, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "DejaVuSerif.ttf", "serif", 0.9, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "STIXGeneral.ttf", "serif", 1.05, 3),
    ("matplotlib", "mpl-data/fonts/ttf", "STIXGeneralBol.ttf", "serif", 1.1, 0),
    ("matplotlib", "mpl-data/fonts/ttf", "cmtt10.ttf", "slab", 0.95, 2),
    ("matplotlib", "mpl-data/fonts/ttf", "cmtt10.ttf", "slab", 0.95, 7),
    ("matplotlib", "mpl-data/fonts/ttf", "cmss10.ttf", "grotesque", 1.0, 3),
    ("matplotlib", "mpl-data/fonts/ttf", "cmb10.ttf", "serif", 0.95, 0),
    ("font_roboto", "files", "Roboto-Regular.ttf", "grotesque", 1.0, 0),
    ("font_roboto", "files", "Roboto-Medium.ttf", "grotesque", 1.08, 0),
    ("font_roboto", "files", "Roboto-Bold.ttf", "grotesque", 1.0, 0),
    ("font_roboto", "files", "Roboto-Bold.ttf", "grotesque", 1.15, 0),
    ("font_roboto", "files", "Roboto-Black.ttf", "grotesque", 1.05, 0),
    ("font_roboto", "files", "Roboto-Regular.ttf", "condensed", 0.72, 0),
    ("font_roboto", "files", "Roboto-Light.ttf", "light", 0.9, 0),
    ("font_roboto", "files", "Roboto-Bold.ttf", "condensed", 0.76, 0),
)
_SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "C:/Windows/Fonts",
)
# A system may hold thousands of faces; this many are enough, taken in the order of their names.
_SYSTEM_LIMIT = 60

Face = tuple[str, str, frozenset[str], Callable[[str], tuple[np.ndarray, float]]]


def _drawer(
    font: Any, stretch: float, pen: int, top: float, bottom: float
) -> Callable[[str], tuple[np.ndarray, float]]:
    """Return the drawing function of one PIL font whose capital H is `DRAWN` px high."""
    from PIL import Image, ImageDraw

    def draw(symbol: str) -> tuple[np.ndarray, float]:
        pad = 6
        length = font.getlength(symbol)
        picture = Image.new("L", (max(1, round(length)) + 2 * pad, round((top + 1 + bottom) * DRAWN)))
        ImageDraw.Draw(picture).text((pad, round((top + 1) * DRAWN)), symbol, fill=255, font=font, anchor="ls")
        mask = np.asarray(picture)
        if pen:
            kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (abs(pen) + 1, abs(pen) + 1))
            mask = cv2.dilate(mask, kernel) if pen > 0 else cv2.erode(mask, kernel)
        width = max(2, round(mask.shape[1] * stretch))
        return cv2.resize(mask, (width, mask.shape[0]), interpolation=cv2.INTER_AREA), length * stretch / DRAWN

    return draw


def _loaded(source: Any) -> Any | None:
    """Return the PIL font of `source` (a path, or None for Pillow's own) at `DRAWN` px cap height, or None."""
    from PIL import ImageFont

    def at(size: int) -> Any:
        return ImageFont.load_default(size) if source is None else ImageFont.truetype(str(source), size)

    try:
        box = at(200).getbbox("H", anchor="ls")
        return at(round(200 * DRAWN / (box[3] - box[1])))
    except (OSError, ImportError, AttributeError, ZeroDivisionError, TypeError, ValueError):
        return None  # no such file, Pillow without FreeType, or a symbol font without an H: that face is left out


def _covered(font: Any) -> frozenset[str]:
    """Return the symbols whose drawing differs from the font's mark for a missing glyph."""
    missing = bytes(font.getmask("\uffff"))
    return frozenset(symbol for symbol in SYMBOLS + EXTRA_SYMBOLS if bytes(font.getmask(symbol)) not in (missing, b""))


def _package_folder(package: str) -> Path | None:
    spec = find_spec(package)
    return Path(spec.origin).parent if spec is not None and spec.origin else None


def _system_files() -> list[Path]:
    found = {
        file.name: file
        for folder in _SYSTEM_FOLDERS
        for file in sorted(Path(folder).expanduser().rglob("*.[to]tf"))
        if not any(word in file.name.lower() for word in ("italic", "oblique", "symbol", "emoji", "math"))
    }
    return [found[name] for name in sorted(found)][:_SYSTEM_LIMIT]


def _family_of(name: str) -> str:
    """Guess the family of a system font from its file name."""
    lowered = name.lower()
    for word, family in (("mono", "mono"), ("courier", "slab"), ("serif", "serif"), ("condensed", "condensed")):
        if word in lowered.replace("sansserif", ""):
            return family
    return "grotesque"


def font_faces(top: float, bottom: float, system_fonts: bool = False) -> Iterator[Face]:
    """Yield (name, family, symbols, draw) of every outline font that loads."""
    if find_spec("PIL") is None:
        return
    wanted: list[tuple[str, Any, str, float, int]] = []
    for package, folder, file, family, stretch, pen in _BUNDLED:
        root = _package_folder(package)
        if root is not None:
            wanted.append((f"{file}:{family}:{stretch}:{pen}", root / folder / file, family, stretch, pen))
    wanted += [("pillow", None, "grotesque", 1.0, 0), ("pillow_bold", None, "grotesque", 1.1, 8)]
    if system_fonts:
        wanted += [(file.name, file, _family_of(file.name), 1.0, 0) for file in _system_files()]
    for name, source, family, stretch, pen in wanted:
        font = _loaded(source)
        if font is None:
            continue
        symbols = _covered(font)
        if symbols.issuperset(SYMBOLS):
            yield name, family, symbols, _drawer(font, stretch, pen, top, bottom)
