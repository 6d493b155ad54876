"""The kinds of VIN plates: what is printed on each, in which faces, and how it is painted.

A kind is data (shares and families) and one painter of `painters.py`. `KINDS` lists the names; the mixture for
training follows `share`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from .painters import (
    paint_dashboard,
    paint_etched,
    paint_glass,
    paint_label,
    paint_laser,
    paint_peened,
    paint_stamped,
)
from .scene import Scene

Painter = Callable[[Scene, np.random.Generator, float], np.ndarray]


@dataclass(frozen=True)
class Kind:
    """One kind of plate. Numbers are probabilities unless their name says otherwise."""

    name: str
    share: float
    families: Mapping[str, float]
    paint: Painter
    prefix: float = 0.0
    end_marks: float = 0.0
    neighbours: float = 0.0
    barcode: float = 0.0
    frame: float = 0.0
    uneven: float = 0.0  # largest spread of strength between characters
    jitter: float = 0.0  # largest jitter of position, cap heights


_TABLE = (
    Kind(
        "windshield", 0.36,
        {"din": 22, "wide": 20, "square": 8, "ocr": 8, "condensed": 7, "mono": 6, "grotesque": 10, "serif": 9,
         "slab": 5, "light": 3, "dots": 2},
        paint_glass, prefix=0.02, end_marks=0.25, neighbours=0.16, barcode=0.34, frame=0.16,
    ),
    Kind(
        "label", 0.34,
        {"grotesque": 24, "mono": 12, "condensed": 18, "slab": 12, "din": 12, "ocr": 8, "serif": 5, "wide": 4,
         "square": 3, "dots": 3, "stencil": 1},
        paint_label, prefix=0.16, end_marks=0.08, neighbours=0.68, barcode=0.12, frame=0.16, jitter=0.012,
    ),
    Kind(
        "dashboard", 0.08,
        {"stamp": 22, "din": 18, "ocr": 12, "square": 10, "condensed": 10, "grotesque": 8, "slab": 8, "light": 6,
         "dots": 8},
        paint_dashboard, prefix=0.05, end_marks=0.35, neighbours=0.1, barcode=0.02, frame=0.3, uneven=0.15,
        jitter=0.02,
    ),
    Kind(
        "stamped", 0.08,
        {"stamp": 60, "din": 20, "stencil": 4, "ocr": 6, "square": 6, "slab": 4},
        paint_stamped, prefix=0.01, end_marks=0.4, neighbours=0.02, frame=0.06, uneven=0.3, jitter=0.05,
    ),
    Kind(
        "dot_peened", 0.06,
        {"dots": 100},
        paint_peened, end_marks=0.4, neighbours=0.03, frame=0.04, uneven=0.2, jitter=0.015,
    ),
    Kind(
        "laser", 0.04,
        {"light": 30, "din": 30, "ocr": 12, "grotesque": 10, "condensed": 10, "square": 8},
        paint_laser, prefix=0.1, end_marks=0.2, neighbours=0.25, barcode=0.12, frame=0.12, jitter=0.006,
    ),
    Kind(
        "etched", 0.04,
        {"din": 35, "grotesque": 15, "square": 10, "stamp": 15, "condensed": 10, "stencil": 10, "light": 5},
        paint_etched, prefix=0.03, end_marks=0.2, neighbours=0.08, frame=0.05, uneven=0.2, jitter=0.015,
    ),
)  # fmt: skip

BY_NAME = {kind.name: kind for kind in _TABLE}
KINDS = tuple(BY_NAME)
