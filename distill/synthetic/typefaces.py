"""Typefaces and their glyph cache: one mask per symbol and size, drawn once and reused for every line.

Always there: procedural strokes, dot matrix and OpenCV's Hershey faces. Taken when installed: the faces inside
matplotlib and Pillow, and the `font-roboto` package. Fonts of the operating system only on request, because they
differ between machines and would make the same seed draw different pictures. A face that fails to load is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache, partial

import cv2
import numpy as np

from .dot_matrix import draw_dots
from .font_files import font_faces
from .skeletons import SKELETONS
from .strokes import DRAWN, draw_glyph
from .styles import HERSHEY_FACES, MATRIX_FACES, STROKE_FACES

# Rows of every mask: from TOP cap heights above the cap line to BOTTOM below the baseline (tails, descenders).
TOP, BOTTOM = 0.28, 0.36
# Cap heights kept in the cache; a line takes the smallest one that is not magnified.
CAPS = (14, 20, 28, 40, 56)

_ASCII = frozenset(map(chr, range(33, 127)))

Draw = Callable[[str], tuple[np.ndarray, float]]


@dataclass(frozen=True)
class Glyph:
    """A mask (uint8, 255 = ink), its advance in pixels, and the ink's box x0, y0, x1, y1 inside the mask."""

    mask: np.ndarray
    advance: float
    box: tuple[float, float, float, float]


@dataclass
class Typeface:
    """A named face of a family. `draw` gives a mask at `DRAWN` px cap height; `glyph` the cached, reduced one."""

    name: str
    family: str
    symbols: frozenset[str]
    draw: Draw
    cache: dict[tuple[str, int], Glyph] = field(default_factory=dict, repr=False)

    def glyph(self, symbol: str, cap: int) -> Glyph:
        """Return the glyph at `cap` pixels cap height."""
        key = (symbol, cap)
        found = self.cache.get(key)
        if found is None:
            found = self.cache[key] = _reduced(*self.draw(symbol), cap)
        return found


def _reduced(mask: np.ndarray, advance: float, cap: int) -> Glyph:
    """Average a mask drawn at `DRAWN` down to `cap` pixels cap height."""
    rows = round((TOP + 1 + BOTTOM) * cap)
    columns = max(2, round(mask.shape[1] * cap / DRAWN))
    small = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_AREA)
    ys, xs = np.nonzero(small > 96)
    box = (float(xs.min()), float(ys.min()), xs.max() + 1.0, ys.max() + 1.0) if len(xs) else (0.0, 0.0, 1.0, 1.0)
    return Glyph(small, advance * cap, box)


def _hershey(symbol: str, face: int, weight: float, width: float) -> tuple[np.ndarray, float]:
    """Draw one of OpenCV's Hershey faces with `weight` (stroke over cap height), stretched to `width`."""
    thickness = max(1, round(weight * DRAWN))
    (_, height), _ = cv2.getTextSize("H", face, 4.0, 1)
    scale = 4.0 * (DRAWN - thickness) / height
    (length, _), _ = cv2.getTextSize(symbol, face, scale, 1)
    mask = np.zeros((round((TOP + 1 + BOTTOM) * DRAWN), length + 2 * thickness), np.uint8)
    baseline = round((TOP + 1) * DRAWN) - thickness // 2
    cv2.putText(mask, symbol, (thickness, baseline), face, scale, 255, thickness, cv2.LINE_8)
    stretched = max(2, round(mask.shape[1] * width))
    return cv2.resize(mask, (stretched, mask.shape[0]), interpolation=cv2.INTER_AREA), stretched / DRAWN


def _drawn_faces() -> Iterator[Typeface]:
    """Yield the faces that need no font file."""
    symbols = frozenset(SKELETONS)
    for name, family, style in STROKE_FACES:
        yield Typeface(name, family, symbols, partial(draw_glyph, style=style, top=TOP, bottom=BOTTOM))
    for name, family, width, dot, plain in MATRIX_FACES:
        draw = partial(draw_dots, width=width, dot=dot, plain_zero=plain, top=TOP, bottom=BOTTOM)
        yield Typeface(name, family, symbols, draw)
    for name, family, face, weight, width in HERSHEY_FACES:
        yield Typeface(name, family, _ASCII, partial(_hershey, face=face, weight=weight, width=width))


@lru_cache(maxsize=2)
def typefaces(system_fonts: bool = False) -> dict[str, tuple[Typeface, ...]]:
    """Return the faces by family, in a fixed order. Loading is lazy: a glyph is drawn when first asked for."""
    files = (Typeface(*face) for face in font_faces(TOP, BOTTOM, system_fonts))
    by_family: dict[str, list[Typeface]] = {}
    for face in (*_drawn_faces(), *files):
        by_family.setdefault(face.family, []).append(face)
    return {family: tuple(members) for family, members in by_family.items()}
