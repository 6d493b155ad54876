"""Which teacher readings may become training labels: seventeen legal characters, sure enough, check digit not wrong.

A reading is first normalized by rules that are safe for any VIN, each recorded in the verdict; nothing is
ever edited to make a check digit fit. A random wrong VIN passes a check digit 1 time in 11, so a valid one
makes a reading about 12 times more trustworthy and lets a lower confidence do. The thresholds are for the product
of a PP-OCR teacher's character probabilities; what they keep is measured in `docs/accuracy_and_speed.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vinedge.charset import SYMBOLS, VIN_LENGTH
from vinedge.errors import VinEdgeError
from vinedge.vin import CheckDigit, check_digit

from .teachers import TeacherReading

# Why a reading is refused, in the order of the checks. Names stand in provenance files and reports.
REFUSALS = {
    "empty": "the teacher read nothing",
    "illegal_character": "a character that no VIN contains, not at an end",
    "too_short": "fewer than 17 characters",
    "too_long": "more than 17 characters",
    "check_digit_invalid": "the check digit is compulsory for this maker's region and wrong",
    "low_confidence": "the teacher is less sure than asked for",
    "low_confidence_unchecked": "no check digit vouches for it, and the teacher is less sure than such a reading needs",
}

# `VIN`, `V.I.N.`, `VIN NO.:` before the number. I is in no VIN, so a number itself never starts like this.
_PREFIX = re.compile(r"^V[.\s]*I[.\s]*N(?:[.\s]*NO(?=[^A-Z0-9]))?[^A-Z0-9]*")
# What stands around the number on strips, plates and labels: `*`, `-`, stars, brackets, spaces; letters of no alphabet.
_FRAME = re.compile(r"^[\W_]+|[\W_]+$")
# VINs are written in capitals. Of small letters, b g l q look like 6 9 1 9 as much as like B G L Q: no guess.
_CAPITALS = {ord(letter): letter.upper() for letter in "acdefhijkmnoprstuvwxyz"}
# The letters that no VIN contains, because they look like these digits (ISO 3779).
_LOOK_ALIKES = {"I": "1", "O": "0", "Q": "0"}


@dataclass(frozen=True)
class Verdict:
    """What the gate made of a reading: `vin` when it may be a label, else `refusal`, a key of `REFUSALS`.

    `normalized` is the text that was judged, `changes` what normalization did to get it, in words.
    """

    vin: str | None
    refusal: str | None
    normalized: str
    changes: tuple[str, ...]
    check_digit: CheckDigit | None


@dataclass(frozen=True)
class Gate:
    """The thresholds (0..1, inclusive) on a teacher's confidence.

    `confidence` is asked of every reading, `confidence_unchecked` of one whose check digit is `not_applicable`.
    """

    confidence: float = 0.5
    confidence_unchecked: float = 0.9

    def __post_init__(self) -> None:
        for name in ("confidence", "confidence_unchecked"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise VinEdgeError(f"the gate's {name} is {value}; it must lie from 0 to 1")

    def judge(self, reading: TeacherReading) -> Verdict:
        """Return the verdict on one reading."""
        text, changes = normalize(reading.text)
        refusal = _fault_of_form(text)
        state = None if refusal else check_digit(text)
        refusal = refusal or self._fault_of_trust(state, reading.confidence)
        return Verdict(None if refusal else text, refusal, text, changes, state)

    def _fault_of_trust(self, state: CheckDigit | None, confidence: float) -> str | None:
        if state == "invalid":
            return "check_digit_invalid"
        if not confidence >= self.confidence:  # not `<`: a teacher that answers NaN is not sure
            return "low_confidence"
        if state == "not_applicable" and not confidence >= self.confidence_unchecked:
            return "low_confidence_unchecked"
        return None


def normalize(text: str) -> tuple[str, tuple[str, ...]]:
    """Return `text` as a VIN is written, and what was changed, in words.

    Frame marks dropped at the ends, capitals, a `VIN:` before the number and spaces inside it dropped,
    I read as 1, O and Q as 0. Any other character stays where it is, and is refused later.
    """
    steps = (
        ("dropped frame marks", lambda line: _FRAME.sub("", line)),
        ("capitals", lambda line: line.translate(_CAPITALS)),
        ("dropped the prefix VIN", lambda line: _PREFIX.sub("", line)),
        ("dropped spaces inside", lambda line: "".join(line.split())),
    )
    changes = []
    for change, step in steps:
        text, before = step(text), text
        if text != before:
            changes.append(change)
    for letter, digit in _LOOK_ALIKES.items():
        if letter in text:
            changes.append(f"{letter} read as {digit} ({text.count(letter)})")
            text = text.replace(letter, digit)
    return text, tuple(changes)


def _fault_of_form(text: str) -> str | None:
    if not text:
        return "empty"
    if any(symbol not in SYMBOLS for symbol in text):
        return "illegal_character"
    if len(text) != VIN_LENGTH:
        return "too_short" if len(text) < VIN_LENGTH else "too_long"
    return None
