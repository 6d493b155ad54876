"""Procedural stroke typefaces: a skeleton, a way to turn corners, and a pen.

The same few parameters give DIN-like rounded lines, the wide square faces of windshield strips, OCR-B, stencils,
slab typewriters, stamping fonts with cut corners and dot-peened letters. Drawn once at `DRAWN` pixels
cap height and averaged down by the glyph cache, so drawing speed does not matter here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from .skeletons import ALTERNATES, SKELETONS, WIDTHS, Path, Point

# Cap height, in pixels, at which glyphs are drawn before they are averaged down.
DRAWN = 112
_KAPPA_STEPS = np.linspace(0.0, 1.0, 9)[:, None]


@dataclass(frozen=True)
class StrokeStyle:
    """How skeletons become glyphs. Lengths are fractions of the cap height."""

    width: float = 0.6
    weight: float = 0.12
    roundness: float = 1.0  # 0 sharp corners, 1 the largest radius that fits
    ellipse: float = 0.0  # 0 stadium-shaped bowls, 1 elliptical ones
    chamfer: bool = False  # corners cut straight instead of rounded
    contrast: float = 1.0  # horizontal pen height over weight: below 1 thins horizontal strokes
    square_pen: bool = False
    slab: float = 0.0  # length of the serifs on open vertical ends
    stencil: float = 0.0  # height of the bridges
    dots: float = 0.0  # distance between dots along the stroke; 0 draws a line
    monospaced: bool = False
    alternates: tuple[str, ...] = ()


def _corner(before: Point, at: Point, after: Point, style: StrokeStyle, scale: np.ndarray) -> np.ndarray:
    """Return the points (n, 2) that replace a rounded corner, in units of the cap height."""
    here: np.ndarray = np.array([at.x, at.y]) * scale
    ways = [np.array([p.x, p.y]) * scale - here for p in (before, after)]
    lengths = [float(np.hypot(*way)) for way in ways]
    if min(lengths) == 0.0:
        return here[None]
    common = min(lengths) / 2
    cuts = [style.roundness * (style.ellipse * length / 2 + (1 - style.ellipse) * common) for length in lengths]
    start, end = (here + way / length * cut for way, length, cut in zip(ways, lengths, cuts, strict=True))
    if style.chamfer:
        return np.stack([start, end])
    t = _KAPPA_STEPS
    near, far = start + 0.552 * (here - start), end + 0.552 * (here - end)
    curve: np.ndarray = (1 - t) ** 3 * start + 3 * (1 - t) ** 2 * t * near + 3 * (1 - t) * t**2 * far + t**3 * end
    return curve


def _outline(path: Path, style: StrokeStyle, scale: np.ndarray) -> np.ndarray:
    """Return the polyline (n, 2) of one path in units of the cap height; a closed path repeats its first point."""
    points = path.points
    pieces = []
    for index, point in enumerate(points):
        inner = path.closed or 0 < index < len(points) - 1
        if point.rounded and inner and style.roundness > 0:
            pieces.append(_corner(points[index - 1], point, points[(index + 1) % len(points)], style, scale))
        else:
            pieces.append(np.array([[point.x, point.y]]) * scale)
    line = np.concatenate(pieces)
    return np.concatenate([line, line[:1]]) if path.closed else line


def _slabs(path: Path, style: StrokeStyle, scale: np.ndarray) -> list[np.ndarray]:
    """Return a horizontal serif for each open end that meets the cap line or the baseline steeply."""
    if path.closed:
        return []
    slabs = []
    for end, inner in ((path.points[0], path.points[1]), (path.points[-1], path.points[-2])):
        if end.y in (0.0, 1.0) and abs(end.y - inner.y) > 0.6 * abs(end.x - inner.x):
            x, half = end.x * scale[0], style.slab / 2
            slabs.append(np.array([[x - half, end.y], [x + half, end.y]]))
    return slabs


def _dotted(line: np.ndarray, spacing: float) -> np.ndarray:
    """Return points along `line` at most `spacing` apart, ends included."""
    steps = np.hypot(*np.diff(line, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, round(along[-1] / spacing) + 1)
    where = np.linspace(0.0, along[-1], count)
    return np.stack([np.interp(where, along, line[:, axis]) for axis in (0, 1)], axis=1)


def _skeleton(symbol: str, style: StrokeStyle) -> tuple[Path, ...]:
    for name in style.alternates:
        if name[0] == symbol:
            return ALTERNATES[name]
    return SKELETONS[symbol]


def draw_glyph(symbol: str, style: StrokeStyle, top: float, bottom: float) -> tuple[np.ndarray, float]:
    """Return (mask, advance) of `symbol`: uint8 at `DRAWN` px cap height, rows from `top` above the cap line to
    `bottom` below the baseline (in cap heights), and the advance in cap heights, side bearings included."""
    factor = WIDTHS.get(symbol, 1.0)
    if style.monospaced:
        factor = {"0": 0.9, "1": 0.8, "I": 0.6, "M": 1.06, "W": 1.1}.get(symbol, 1.0)
    if symbol == "0":  # else it is a D in square faces
        style = replace(style, roundness=max(style.roundness, 0.8))
    pen = style.weight
    inner = np.array([max(0.02, style.width * factor - pen), 1.0 - pen * style.contrast])
    bearing = 0.14 * style.width
    paths = _skeleton(symbol, style)
    lines = [_outline(path, style, inner) for path in paths]
    if style.slab and symbol.isalnum():
        lines += [slab for path in paths for slab in _slabs(path, style, inner)]
    box = (style.width if style.monospaced else style.width * factor) + 2 * bearing
    offset = np.array([(box - inner[0]) / 2, top + pen * style.contrast / 2])
    height, width = round((top + 1 + bottom) * DRAWN), round(box * DRAWN)
    mask: np.ndarray = np.zeros((height, width), np.uint8)
    thickness = max(2, round(pen * DRAWN))
    fixed = [np.rint((line + offset) * DRAWN * 16).astype(np.int32) for line in lines]
    if style.dots:
        for line in lines:
            for x, y in np.rint((_dotted(line, style.dots) + offset) * DRAWN).astype(int):
                cv2.circle(mask, (int(x), int(y)), thickness // 2, 255, -1)
    elif style.square_pen or style.contrast != 1.0:
        cv2.polylines(mask, fixed, False, 255, 2, cv2.LINE_8, 4)
        shape = cv2.MORPH_RECT if style.square_pen else cv2.MORPH_ELLIPSE
        size = (max(1, thickness - 1), max(1, round(thickness * style.contrast) - 1))
        mask = cv2.dilate(mask, cv2.getStructuringElement(shape, size))
    else:
        cv2.polylines(mask, fixed, False, 255, thickness, cv2.LINE_8, 4)
    if style.stencil and symbol in "0468ABDOPQR9":
        row, half = round((top + 0.5) * DRAWN), max(1, round(style.stencil * DRAWN / 2))
        if symbol in "0DOQ8B":
            middle = width // 2
            mask[:, middle - half : middle + half] = 0
        else:
            mask[row - half : row + half] = 0
    return mask, box
