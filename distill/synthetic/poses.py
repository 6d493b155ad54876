"""How large, from where and how loosely cut a line is photographed: the ranges behind every `Pose`.

They follow what detectors' crops look like: text fills half of the crop's height, slopes across it, sits off-centre,
and one picture in a few was squeezed or enlarged from very few pixels.
"""

from __future__ import annotations

import numpy as np

from vinedge.charset import VIN_LENGTH

from .geometry import Pose, View, view_of
from .layout import Sheet

# Pitch over cap height as faces of a family are met in pictures (a crop stretched sideways included): low, high.
PITCHES = {
    "din": (0.42, 0.85), "wide": (0.62, 1.6), "square": (0.55, 1.4), "ocr": (0.45, 0.95), "condensed": (0.36, 0.62),
    "mono": (0.42, 0.95), "grotesque": (0.44, 1.6), "serif": (0.5, 1.4), "slab": (0.42, 1.1), "stencil": (0.48, 0.9),
    "stamp": (0.44, 0.95), "dots": (0.46, 1.0), "light": (0.42, 1.0),
}  # fmt: skip
# Pixels a character must have along the line, in easy and in hard sets; the narrowest real crops have six.
NARROWEST_PITCH = (8.0, 5.0)
# Wider pictures only cost time: readers see a few hundred columns.
WIDEST = 560
# Usual widths of the text in pixels, low and high: crops of distant plates have little more than a hundred columns.
WIDTHS = (120, 520)


def draw_height(rng: np.random.Generator, family: str, difficulty: float) -> float:
    """Draw the cap height in the picture, px: small ones are the more frequent the harder the set.

    A wide face is drawn lower, so that the text's length stays within the usual widths.
    """
    low, high = max(7.0, 20 - 16 * difficulty), 54 - 18 * difficulty
    height = low * (high / low) ** (rng.random() ** (0.9 + 1.1 * difficulty))
    width = WIDTHS[0] * (WIDTHS[1] / WIDTHS[0]) ** float(rng.random() ** (0.4 + 0.9 * difficulty))
    usual_pitch = float(np.sqrt(PITCHES[family][0] * PITCHES[family][1]))
    return float(max(7.0, min(height, width / (VIN_LENGTH * usual_pitch))))


def _stretch(natural_pitch: float, family: str, rng: np.random.Generator) -> float:
    """Draw the horizontal over the vertical scale for a line whose face has `natural_pitch` cap heights a character."""
    low, high = PITCHES[family]
    pitch = low * (high / low) ** float(rng.random())
    stretch = float(np.clip(0.8 * pitch / natural_pitch + 0.2, 0.6, 2.2) if rng.random() < 0.85 else 1.0)
    if rng.random() < 0.4:  # a picture squeezed to a square by its exporter, or a plate seen from the side
        stretch = max(0.5, stretch * float(rng.uniform(0.6, 0.95)))
    return stretch


def _margins(rng: np.random.Generator, d: float) -> tuple[float, float, float, float]:
    """Draw how far the crop reaches beyond the text, in text heights: left, top, right, bottom."""
    looseness = rng.random()
    if looseness < 0.18:
        tight, loose = -0.07 * d, 0.12
    elif looseness < 0.55:
        tight, loose = 0.0, 0.45
    elif looseness < 0.92:
        tight, loose = 0.15, 0.95
    else:  # the box holds whole lines above and below
        tight, loose = 0.6, 0.9 + 1.2 * d
    above, below = (float(v) for v in rng.uniform(tight, loose, 2))
    if looseness < 0.55 and rng.random() < 0.2:  # off-centre
        above, below = (above, 1.1) if rng.random() < 0.5 else (1.1, below)
    left, right = np.where(rng.random(2) < 0.8, rng.uniform(-0.05 * d, 0.65, 2), rng.uniform(0.1, 1.3, 2))
    return float(left), above, float(right), below


def _angle(pitch: float, rng: np.random.Generator, d: float) -> float:
    """Draw the tilt in degrees for a line of `pitch` cap heights a character.

    A third of the lines is level, a third tilted as hands hold cameras, and a third slopes across its loose crop:
    it rises by up to two of its own heights, which is what detectors' boxes around a tilted strip show.
    """
    style = rng.random()
    if style < 0.35:
        return float(rng.normal(0, 0.5))
    steepest = 5 + 7 * d
    if style < 0.68:
        return float(np.clip(rng.normal(0, 1.5 + 3 * d) / max(1.0, pitch), -steepest, steepest))
    rise = float(rng.uniform(0.3, 0.8 + 1.6 * d)) * (1 if rng.random() < 0.65 else -1)
    return float(np.clip(np.rad2deg(np.arctan(rise / (VIN_LENGTH * pitch))), -steepest, steepest))


def draw_pose(sheet: Sheet, family: str, text_height: float, rng: np.random.Generator, difficulty: float) -> Pose:
    """Draw the pose for a sheet set in a face of `family`."""
    d = difficulty
    natural = sheet.length / (VIN_LENGTH * sheet.cap)
    stretch = _stretch(natural, family, rng)
    curved = rng.random() < 0.2
    return Pose(
        text_height=text_height,
        stretch=stretch,
        angle=_angle(stretch * natural, rng, d),
        slant=float(rng.normal(0, 0.04 + 0.1 * d)),
        taper=float(np.clip(rng.standard_t(3) * (0.03 + 0.08 * d), -0.5, 0.5)),
        lean=float(rng.normal(0, 0.01 + 0.015 * d)),
        bend=float(rng.normal(0, 0.1 + 0.25 * d)) if curved else 0.0,
        margins=_margins(rng, d),
    )


def draw_view(
    sheet: Sheet,
    span: tuple[float, float],
    family: str,
    text_height: float,
    rng: np.random.Generator,
    difficulty: float,
) -> View:
    """Draw the view of a sheet whose text x `span` the crop shows, at a size that can be read."""
    pose = draw_pose(sheet, family, text_height, rng, difficulty)
    view = view_of(sheet, span, pose)
    low, high = NARROWEST_PITCH
    readable = VIN_LENGTH * (low + (high - low) * difficulty) / view.line_length
    zoom = min(WIDEST / view.width, max(1.0, readable))
    return view if zoom == 1.0 else view_of(sheet, span, pose.scaled(zoom))
