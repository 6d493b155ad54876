"""What a sensible user does with a general OCR reader's text before taking it for a VIN, in two steps.

    "VIN *1hgcm82633a0o4352"  --plain-->  "VIN1HGCM82633A0O4352"  --rules-->  "1HGCM82633A004352"

The same steps for every reader that is compared. Plain: letters and digits only, in capitals. Rules: letters
that no VIN contains become their look-alikes (I -> 1, O and Q -> 0), what is then no VIN symbol is dropped, and of
more than 17 characters the window whose check digit is valid is taken (a label's "VIN" before, a star or a bar after).
"""

from __future__ import annotations

from vinedge.charset import SYMBOLS, VIN_LENGTH
from vinedge.vin import check_digit

_LOOK_ALIKES = str.maketrans("IOQ", "100")


def plain_text(text: str) -> str:
    """Return the letters and digits of `text` in capitals: a space or a star is no misreading."""
    return "".join(symbol for symbol in text.upper() if symbol.isalnum())


def vin_from_text(text: str) -> str:
    """Return the VIN that the rules find; text of another length comes back as the rules leave it, and is wrong."""
    legal = "".join(symbol for symbol in text.upper().translate(_LOOK_ALIKES) if symbol in SYMBOLS)
    if len(legal) <= VIN_LENGTH:
        return legal
    windows = (legal[start : start + VIN_LENGTH] for start in range(len(legal) - VIN_LENGTH + 1))
    return next((window for window in windows if check_digit(window) == "valid"), legal)
