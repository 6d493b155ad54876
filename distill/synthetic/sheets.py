"""What is printed for one line: the VIN in its face, marks around it, and what its kind of plate shows beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from .kinds import Kind
from .layout import Setting, Sheet, SheetBuilder, set_line
from .surroundings import PREFIXES, add_barcode, add_frame, add_neighbours, draw_end_marks
from .typefaces import CAPS, Typeface, typefaces

# After which characters some makers leave a gap: WMI, VDS, model year and plant, before the serial number.
GROUPINGS = ((2,), (2, 8), (8,), (10,), (9,), (2, 8, 10), (10, 13), (5, 9))


class Printed(NamedTuple):
    """A sheet, and the text x span that a crop of it must show."""

    sheet: Sheet
    span: tuple[float, float]


def _fixed_pitch(face: Typeface, cap: int) -> float:
    """Return a common advance for all symbols, in cap heights, that fits the widest usual one."""
    return max(face.glyph(symbol, cap).advance for symbol in "08MW") / cap * 0.97


def _face_with(marks: str, default: Typeface) -> Typeface:
    """Return `default` if it has all `marks`, else the first face that has (stars are rare), else `default`."""
    wanted = set(marks)
    if wanted <= default.symbols:
        return default
    return next((face for family in typefaces().values() for face in family if wanted <= face.symbols), default)


def _setting(kind: Kind, face: Typeface, cap: int, rng: np.random.Generator, difficulty: float) -> Setting:
    return Setting(
        tracking=float(rng.uniform(-0.03, 0.08) if rng.random() < 0.6 else rng.uniform(0.05, 0.45)),
        pitch=0.0 if rng.random() < 0.6 else _fixed_pitch(face, cap),
        gaps=GROUPINGS[int(rng.integers(len(GROUPINGS)))] if rng.random() < 0.05 else (),
        jitter_x=kind.jitter * float(rng.random()) * (0.5 + difficulty),
        jitter_y=kind.jitter * float(rng.random()) * (0.5 + difficulty),
        uneven=kind.uneven * float(rng.random()) * (0.3 + difficulty),
    )


def _marks(kind: Kind, rng: np.random.Generator) -> tuple[str, str]:
    """Draw what stands before and after the VIN: end marks, or a prefix as `VIN:`."""
    before, after = draw_end_marks(rng) if rng.random() < kind.end_marks else ("", "")
    if rng.random() < kind.prefix:
        before = PREFIXES[int(rng.integers(len(PREFIXES)))] + (" " if rng.random() < 0.6 else "")
    return before, after


def print_sheet(
    vin: str, kind: Kind, faces: Sequence[Typeface], pixels: float, rng: np.random.Generator, difficulty: float
) -> Printed:
    """Print `vin` as plates of `kind` do, in one of `faces`; `pixels` is the cap height that the camera will need."""
    face = faces[int(rng.integers(len(faces)))]
    cap = next((size for size in CAPS if size >= 0.9 * pixels), CAPS[-1])
    setting = _setting(kind, face, cap, rng, difficulty)
    line = set_line(vin, face, cap, setting, rng)
    offset = float(line.boxes[0, 0])
    line.boxes[:, (0, 2)] -= offset
    length = float(line.boxes[-1, 2])
    sheet = SheetBuilder(length, cap)
    sheet.line(line, -offset, 0.0)
    span = [0.0, length]
    gap = cap * float(rng.uniform(0.05, 0.5))
    marks = _marks(kind, rng)
    mark_face = _face_with("".join(marks).replace(" ", ""), face)
    for side, mark in enumerate(marks):
        if not mark:
            continue
        piece = set_line(mark, mark_face, cap, Setting(tracking=setting.tracking), rng)
        wide = float(piece.boxes[-1, 2] - piece.boxes[0, 0])
        x = -gap - wide if side == 0 else length + gap
        sheet.line(piece, x - float(piece.boxes[0, 0]), 0.0, 1.0, float(rng.uniform(0.8, 1.0)))
        # The crop may show a mark only in part; of a long prefix no more than the sheet's margin holds.
        reach = min(wide + gap, 2.0 * cap) * (1.0 if rng.random() < 0.8 else float(rng.random()))
        span[side] = -reach if side == 0 else length + reach
    if rng.random() < kind.barcode:
        add_barcode(sheet, rng, difficulty)
    if rng.random() < kind.neighbours:
        both = rng.random()
        add_neighbours(sheet, face, both < 0.75, both > 0.25, rng)
    if rng.random() < kind.frame:
        add_frame(sheet, rng)
    return Printed(sheet.sheet(line.boxes), (span[0], span[1]))
