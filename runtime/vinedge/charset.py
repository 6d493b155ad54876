"""The VIN alphabet and its class indices: 33 symbols and the CTC blank.

ISO 3779:2009 clause 4.2 and 49 CFR 565.13: digits and capital letters without I, O and Q.
Class 0 is the CTC blank (PaddleOCR's convention), class k > 0 is `SYMBOLS[k - 1]`.
"""

from __future__ import annotations

from collections.abc import Iterable

from .errors import VinEdgeError

SYMBOLS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"
BLANK = 0
NUM_CLASSES = len(SYMBOLS) + 1
VIN_LENGTH = 17
# 17 characters plus 16 blanks: a VIN made of one repeated character needs a blank between any two.
MIN_FRAMES = 2 * VIN_LENGTH - 1

_CLASS_OF = {symbol: index for index, symbol in enumerate(SYMBOLS, start=1)}


def encode(text: str) -> list[int]:
    """Return the class index (1..33) of every character; `VinEdgeError` names one that is not a VIN symbol."""
    try:
        return [_CLASS_OF[symbol] for symbol in text]
    except KeyError as unknown:
        raise VinEdgeError(
            f"{text!r} contains {unknown.args[0]!r}, which no VIN contains (A-Z without I, O, Q and 0-9)"
        ) from None


def text_from_classes(classes: Iterable[int]) -> str:
    """Return the text of class indices 1..33; blanks must have been removed."""
    return "".join(SYMBOLS[index - 1] for index in classes)
