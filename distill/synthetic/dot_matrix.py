"""The 5x7 dot-matrix face of ink-jet coders, label printers and dot-peen markers, as a table.

Five column bytes a symbol, bit 0 the top row: the classic LCD controller's character set (Hitachi HD44780 kind).
"""

from __future__ import annotations

import cv2
import numpy as np

from .strokes import DRAWN

_COLUMNS = {
    "0": "3E5149453E", "1": "00427F4000", "2": "4261514946", "3": "2141454B31", "4": "1814127F10",
    "5": "2745454539", "6": "3C4A494930", "7": "0171090503", "8": "3649494936", "9": "064949291E",
    "A": "7E1111117E", "B": "7F49494936", "C": "3E41414122", "D": "7F4141221C", "E": "7F49494941",
    "F": "7F09090901", "G": "3E4149497A", "H": "7F0808087F", "I": "00417F4100", "J": "2040413F01",
    "K": "7F08142241", "L": "7F40404040", "M": "7F020C027F", "N": "7F0408107F", "O": "3E4141413E",
    "P": "7F09090906", "Q": "3E4151215E", "R": "7F09192946", "S": "4649494931", "T": "01017F0101",
    "U": "3F4040403F", "V": "1F2040201F", "W": "3F4038403F", "X": "6314081463", "Y": "0708700807",
    "Z": "6151494543", "*": "14083E0814", "-": "0808080808", ".": "0060600000", ":": "0036360000",
    "/": "2010080402", "+": "08083E0808", "#": "147F147F14", "<": "0814224100", ">": "0041221408", "|": "00007F0000",
}  # fmt: skip
# A zero without the slash, for coders that print none.
_PLAIN_ZERO = "3E4141413E"


def draw_dots(
    symbol: str, width: float, dot: float, plain_zero: bool, top: float, bottom: float
) -> tuple[np.ndarray, float]:
    """Return (mask, advance) as `strokes.draw_glyph` does; `dot` is the dot's diameter over the row distance."""
    columns = bytes.fromhex(_PLAIN_ZERO if symbol == "0" and plain_zero else _COLUMNS[symbol])
    pitch_y = DRAWN / (6 + dot)
    pitch_x = width * DRAWN / (4 + dot)
    advance = width + 1.2 * pitch_x / DRAWN
    mask = np.zeros((round((top + 1 + bottom) * DRAWN), round(advance * DRAWN)), np.uint8)
    radius = max(1, round(dot * pitch_y / 2))
    for column, bits in enumerate(columns):
        for row in range(7):
            if bits >> row & 1:
                x = (column + dot / 2 + 0.6) * pitch_x
                y = top * DRAWN + (row + dot / 2) * pitch_y
                cv2.circle(mask, (round(x), round(y)), radius, 255, -1)
    return mask, advance
