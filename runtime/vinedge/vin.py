"""VIN rules: legal form, check digit, and whether a check digit applies at all.

Sources: ISO 3779:2009 (structure), 49 CFR 565.15(c) and GB 16735 (check digit, compulsory
in the USA, Canada and China). ISO 3779 itself does not require one, and about half of the
world's VINs carry none, so the answer has three values.
"""

from __future__ import annotations

from typing import Literal

from .charset import SYMBOLS, VIN_LENGTH

CheckDigit = Literal["valid", "invalid", "not_applicable"]

# 49 CFR 565.15(c)(4), table IV: weight of each of the 17 positions; position 9 is the check digit.
WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# 49 CFR 565.15(c)(2), table III: value of each symbol.
VALUES = {
    **{digit: int(digit) for digit in "0123456789"},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    "P": 7,
    "R": 9,
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
CHECK_SYMBOLS = "0123456789X"
# First character of the WMI for the USA (1, 4, 5), Canada (2) and China (L): there a check digit is law. Mexico (3) is
# not among them: its plants build for Europe too, without one (3VWZZZ...).
COMPULSORY_REGIONS = "1245L"


def is_legal(text: str) -> bool:
    """Whether `text` has 17 characters, all of the VIN alphabet."""
    return len(text) == VIN_LENGTH and all(symbol in SYMBOLS for symbol in text)


def check_symbol(vin: str) -> str:
    """Return the check symbol (0-9 or X) that position 9 of a legal `vin` should hold."""
    residue = sum(weight * VALUES[symbol] for weight, symbol in zip(WEIGHTS, vin, strict=True)) % 11
    return CHECK_SYMBOLS[residue]


def check_digit(vin: str) -> CheckDigit:
    """Return the state of the check digit of a legal `vin`.

    `valid`: position 9 fits (a random VIN fits by chance 1 time in 11).
    `invalid`: it does not fit although the WMI's region makes it compulsory.
    `not_applicable`: it does not fit, and no law says that it must.
    """
    if vin[8] == check_symbol(vin):
        return "valid"
    return "invalid" if vin[0] in COMPULSORY_REGIONS else "not_applicable"
