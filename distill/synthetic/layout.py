"""A sheet: the VIN and everything printed beside it, as one flat ink mask before any camera looks at it.

Coordinates are those of the text: x 0 at the left edge of the VIN's first advance, y 0 at the cap line and `cap`
at the baseline. The mask holds a margin around them (`origin` is where (0, 0) lies). Everything later (perspective,
curvature, crop) is one mapping from these coordinates to the picture, so boxes stay right by construction.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .typefaces import BOTTOM, TOP, Typeface

# Bars and gaps of Code 39 and Code 128, in modules.
_BAR_WIDTHS = np.array((1, 1, 2, 3))
# Room around the text in cap heights: what a loose crop may show of the neighbourhood.
MARGIN_X, MARGIN_ABOVE, MARGIN_BELOW = 2.2, 2.2, 2.2


@dataclass
class Line:
    """One set line: its mask (rows from `TOP` above the cap line) and one box x0, y0, x1, y1 a character."""

    mask: np.ndarray
    boxes: np.ndarray


@dataclass
class Sheet:
    """The flat ink mask (uint8), where the text's (0, 0) lies in it, the VIN's boxes (17, 4), its length and cap."""

    mask: np.ndarray
    origin: tuple[float, float]
    boxes: np.ndarray
    length: float
    cap: int


@dataclass(frozen=True)
class Setting:
    """How a line is set: extra space and jitters in cap heights; `pitch` > 0 fixes the advance (monospaced)."""

    tracking: float = 0.0
    pitch: float = 0.0
    jitter_x: float = 0.0
    jitter_y: float = 0.0
    gaps: tuple[int, ...] = ()  # symbols after which the line is spaced by about half a character
    uneven: float = 0.0  # spread of the ink's strength between characters: uneven depth, worn ribbon


def set_line(text: str, face: Typeface, cap: int, setting: Setting, rng: np.random.Generator) -> Line:
    """Set `text` in `face`; symbols that the face lacks become spaces."""
    count = len(text)
    shifts = rng.standard_normal((3, count))
    pad = round(2.5 * setting.jitter_y * cap)
    rows = round((TOP + 1 + BOTTOM) * cap)
    space = 0.55 * cap
    advances = np.empty(count)
    glyphs = [face.glyph(symbol, cap) if symbol in face.symbols else None for symbol in text]
    for index, glyph in enumerate(glyphs):
        natural = glyph.advance if glyph else space
        advances[index] = (setting.pitch * cap if setting.pitch else natural) + setting.tracking * cap
    for index in setting.gaps:
        advances[index] += 0.45 * cap
    starts = np.concatenate([[0.0], np.cumsum(advances)])
    spill = 2 * cap
    mask = np.zeros((rows + 2 * pad, int(starts[-1]) + 2 * spill), np.uint8)
    boxes = np.zeros((count, 4), np.float32)
    top = TOP * cap
    for index, glyph in enumerate(glyphs):
        if glyph is None:
            boxes[index] = (starts[index], 0, starts[index] + space, cap)
            continue
        width = glyph.mask.shape[1]
        room = advances[index] - (0.45 * cap if index in setting.gaps else 0.0)
        x = spill + starts[index] + (room - width) / 2 + setting.jitter_x * cap * shifts[0, index]
        left = min(max(0, round(x)), mask.shape[1] - width)
        down = min(2 * pad, max(0, pad + round(setting.jitter_y * cap * shifts[1, index])))
        ink = glyph.mask
        if setting.uneven:
            ink = cv2.convertScaleAbs(ink, alpha=min(1.0, max(0.25, 1.0 - setting.uneven * abs(shifts[2, index]))))
        target = mask[down : down + rows, left : left + width]
        np.maximum(target, ink, out=target)
        x0, y0, x1, y1 = glyph.box
        x, y = left - spill, down - pad - top
        boxes[index] = (x + x0, y + y0, x + x1, y + y1)
    return Line(mask, boxes)


class SheetBuilder:
    """Collects lines, bars and rules into one mask around a VIN line of known length."""

    def __init__(self, length: float, cap: int) -> None:
        self.cap = cap
        self.length = length
        self.origin = (MARGIN_X * cap, (MARGIN_ABOVE + TOP) * cap)
        rows = round((MARGIN_ABOVE + TOP + 1 + BOTTOM + MARGIN_BELOW) * cap)
        self.mask = np.zeros((rows, round(length + 2 * MARGIN_X * cap)), np.uint8)

    def paste(self, mask: np.ndarray, x: float, y: float, strength: float = 1.0) -> None:
        """Lay `mask` with its top left corner at text coordinates (x, y), clipped to the sheet; inks do not add up."""
        left, top = round(self.origin[0] + x), round(self.origin[1] + y)
        rows = slice(max(0, -top), min(mask.shape[0], self.mask.shape[0] - top))
        columns = slice(max(0, -left), min(mask.shape[1], self.mask.shape[1] - left))
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return
        part = mask[rows, columns]
        if strength < 1.0:
            part = cv2.convertScaleAbs(part, alpha=strength)
        target = self.mask[top + rows.start : top + rows.stop, left + columns.start : left + columns.stop]
        np.maximum(target, part, out=target)

    def line(self, line: Line, x: float, y: float, scale: float = 1.0, strength: float = 1.0) -> None:
        """Lay a set line with its cap line at y and its first advance at x, its size times `scale`."""
        mask = line.mask
        if scale != 1.0:
            size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
            mask = cv2.resize(mask, size, interpolation=cv2.INTER_AREA)
        pad = (line.mask.shape[0] - round((TOP + 1 + BOTTOM) * self.cap)) / 2
        self.paste(mask, x - 2 * self.cap * scale, y - (TOP * self.cap + pad) * scale, strength)

    def bar(self, x0: float, y0: float, x1: float, y1: float, strength: float = 1.0) -> None:
        """Fill a rectangle."""
        wide, high = max(1, round(x1 - x0)), max(1, round(y1 - y0))
        self.paste(np.full((high, wide), 255, np.uint8), x0, y0, strength)

    def barcode(self, x0: float, x1: float, y0: float, y1: float, module: float, rng: np.random.Generator) -> None:
        """Fill a rectangle with the bars of a one-dimensional code; widths 1, 2, 3 modules as in Code 39 and 128."""
        count = max(4, int((x1 - x0) / module / 1.7))
        widths = _BAR_WIDTHS[rng.integers(4, size=count)] * module
        edges = np.minimum(np.rint(np.cumsum(widths)).astype(int), round(x1 - x0))
        row = np.zeros(max(1, round(x1 - x0)), np.uint8)
        for left, right in zip(edges[0:-1:2], edges[1::2], strict=False):
            row[left:right] = 255
        self.paste(np.repeat(row[None], max(1, round(y1 - y0)), axis=0), x0, y0)

    def sheet(self, boxes: np.ndarray) -> Sheet:
        return Sheet(self.mask, self.origin, boxes, self.length, self.cap)
