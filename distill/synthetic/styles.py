"""The procedural typefaces by name: what each imitates, as parameters.

Families are what a scene chooses by: `din` (narrow rounded lines: VW, Hyundai, Renault windshields), `wide` and
`square` (the stretched square faces of newer VW and Skoda strips), `ocr`, `condensed` (Mercedes, Opel labels),
`slab` (typewriters), `stencil`, `stamp` (hand and roll stamping), `dots` (peening, ink jet), `light` (engraving).
"""

from __future__ import annotations

import cv2

from .strokes import StrokeStyle as S

STROKE_FACES: tuple[tuple[str, str, S], ...] = (
    ("din", "din", S(0.56, 0.13, 1.0)),
    ("din_light", "din", S(0.55, 0.095, 1.0, monospaced=True)),
    ("din_bold", "din", S(0.6, 0.17, 1.0, alternates=("3^", "6^", "9^"))),
    ("din_mono", "din", S(0.54, 0.12, 1.0, 0.2, monospaced=True, alternates=("1_", "J_"))),
    ("din_ellipse", "din", S(0.6, 0.12, 1.0, 0.7, alternates=("4h", "W|"))),
    ("din_open", "din", S(0.58, 0.11, 0.8, monospaced=True, alternates=("4^", "Ww", "Mv", "7_"))),
    ("din_slash", "din", S(0.55, 0.11, 0.9, monospaced=True, alternates=("0/", "Z-", "1|"))),
    ("wide", "wide", S(0.8, 0.14, 0.75)),
    ("wide_light", "wide", S(0.82, 0.1, 0.7, 0.3)),
    ("wide_bold", "wide", S(0.9, 0.19, 0.8, 0.4)),
    ("wide_mono", "wide", S(0.72, 0.13, 0.7, monospaced=True)),
    ("wide_contrast", "wide", S(0.84, 0.18, 0.8, 0.6, contrast=0.62)),
    ("wide_round", "wide", S(0.85, 0.13, 1.0, 0.9, alternates=("Ww", "R|"))),
    ("square", "square", S(0.72, 0.13, 0.45, square_pen=True, alternates=("Mv", "W|"))),
    ("square_wide", "square", S(0.86, 0.13, 0.4, contrast=0.85)),
    ("square_thin", "square", S(0.7, 0.09, 0.35, monospaced=True)),
    ("square_bold", "square", S(0.8, 0.18, 0.5, contrast=0.8, alternates=("Aq", "Mv"))),
    ("eurostile", "square", S(0.78, 0.12, 0.6, 0.3, alternates=("G-", "J_"))),
    ("ocr_a", "ocr", S(0.6, 0.1, 0.25, square_pen=True, monospaced=True, alternates=("0/", "1_", "4h", "Aq", "Mv"))),
    ("ocr_a_round", "ocr", S(0.58, 0.1, 0.4, monospaced=True, alternates=("1_", "4h", "7|", "J_", "Mv", "G-"))),
    ("ocr_b", "ocr", S(0.56, 0.1, 1.0, 0.6, monospaced=True, alternates=("1_", "J_", "3^", "6^", "9^", "4^"))),
    ("ocr_b_bold", "ocr", S(0.58, 0.14, 1.0, 0.6, monospaced=True, alternates=("1_", "J_", "0.", "Ww"))),
    ("ocr_dot_zero", "ocr", S(0.6, 0.11, 0.9, 0.4, monospaced=True, alternates=("0.", "1_", "R|", "K<"))),
    ("condensed", "condensed", S(0.42, 0.1, 1.0)),
    ("condensed_bold", "condensed", S(0.46, 0.14, 1.0)),
    ("condensed_mono", "condensed", S(0.42, 0.09, 1.0, monospaced=True, alternates=("1_",))),
    ("condensed_square", "condensed", S(0.44, 0.12, 0.6, square_pen=True)),
    ("condensed_heavy", "condensed", S(0.5, 0.17, 0.9, contrast=0.75)),
    ("condensed_slash", "condensed", S(0.44, 0.1, 1.0, monospaced=True, alternates=("0/", "3^", "J_"))),
    ("slab", "slab", S(0.58, 0.1, 1.0, 0.8, slab=0.3, monospaced=True, alternates=("1_", "J_"))),
    ("slab_bold", "slab", S(0.62, 0.15, 1.0, 0.6, slab=0.34, monospaced=True, alternates=("1_", "Ww"))),
    ("slab_condensed", "slab", S(0.48, 0.13, 0.9, slab=0.26, contrast=0.8, monospaced=True, alternates=("0/", "1_"))),
    ("slab_wide", "slab", S(0.8, 0.14, 1.0, 0.9, slab=0.36, contrast=0.6, alternates=("1_", "J_"))),
    ("typewriter", "slab", S(0.56, 0.09, 1.0, 0.9, slab=0.28, monospaced=True, alternates=("0.", "1_", "4^"))),
    ("stencil", "stencil", S(0.6, 0.15, 0.9, 0.4, stencil=0.09)),
    ("stencil_square", "stencil", S(0.56, 0.16, 0.4, square_pen=True, stencil=0.1)),
    ("stamp", "stamp", S(0.58, 0.11, 0.9, chamfer=True)),
    ("stamp_bold", "stamp", S(0.62, 0.16, 0.8, chamfer=True, alternates=("3^", "4^"))),
    ("stamp_narrow", "stamp", S(0.46, 0.11, 0.7, chamfer=True, alternates=("6^", "9^", "1|"))),
    ("stamp_round", "stamp", S(0.58, 0.12, 1.0, 0.3, alternates=("1|", "M/", "A^"))),
    ("stamp_sharp", "stamp", S(0.6, 0.1, 0.5, chamfer=True, monospaced=True, alternates=("Mv", "Ww", "K<", "S/"))),
    ("peen_fine", "dots", S(0.58, 0.09, 0.9, 0.3, dots=0.085)),
    ("peen", "dots", S(0.6, 0.11, 0.9, dots=0.13)),
    ("peen_coarse", "dots", S(0.62, 0.12, 0.6, chamfer=True, dots=0.165)),
    ("peen_narrow", "dots", S(0.48, 0.1, 0.9, dots=0.12, monospaced=True, alternates=("0/",))),
    ("light", "light", S(0.58, 0.06, 1.0, 0.3)),
    ("light_wide", "light", S(0.75, 0.06, 0.7)),
    ("light_mono", "light", S(0.54, 0.07, 0.9, monospaced=True, alternates=("0/", "1_"))),
    ("round_bold", "grotesque", S(0.68, 0.18, 1.0, 0.8, contrast=0.85, alternates=("R|", "Ww"))),
    ("round_regular", "grotesque", S(0.66, 0.13, 1.0, 0.9, contrast=0.9)),
)

# name, family, width over cap height, dot diameter over row distance, zero without slash
MATRIX_FACES = (
    ("matrix", "dots", 0.62, 0.8, False),
    ("matrix_plain", "dots", 0.6, 0.95, True),
    ("matrix_touching", "dots", 0.66, 1.2, True),
    ("matrix_narrow", "dots", 0.48, 1.05, False),
)

# name, family, OpenCV face, weight, stretch
HERSHEY_FACES = (
    ("hershey_simplex", "din", cv2.FONT_HERSHEY_SIMPLEX, 0.09, 0.8),
    ("hershey_simplex_bold", "grotesque", cv2.FONT_HERSHEY_SIMPLEX, 0.17, 0.95),
    ("hershey_plain", "light", cv2.FONT_HERSHEY_PLAIN, 0.07, 0.9),
    ("hershey_duplex", "grotesque", cv2.FONT_HERSHEY_DUPLEX, 0.1, 0.85),
    ("hershey_triplex", "serif", cv2.FONT_HERSHEY_TRIPLEX, 0.07, 0.9),
    ("hershey_complex", "serif", cv2.FONT_HERSHEY_COMPLEX, 0.06, 0.9),
)
