"""A recognizer with a policy gives what the decoder's twin makes of its logits."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from vinedge.charset import SYMBOLS
from vinedge.decoder import decode
from vinedge.errors import VinEdgeError
from vinedge.policy import POLICIES, policy_from_name
from vinedge.recognizer import Recognizer
from vinedge.vin import check_digit

SPECIMEN = Path(__file__).parents[1] / "golden" / "bundle_v1"
WRONG = "1M8GDM9AXKP0427B8"


def picture_from_levels(levels: list[float]) -> np.ndarray:
    """Return the gray picture that the specimen reads: 8 px black, 8 px of a symbol's level, and so on."""
    row = np.zeros(320, np.uint8)
    for place, level in enumerate(levels):
        row[16 * place + 8 : 16 * place + 16] = round(level)
    return np.tile(row, (32, 1))


def level_of(symbol: str) -> float:
    return 255 * (SYMBOLS.index(symbol) + 1) / 33


@pytest.mark.parametrize("name", POLICIES)
def test_readings_are_the_decoders(name: str) -> None:
    recognizer, policy = Recognizer.from_bundle(SPECIMEN, policy=name), policy_from_name(name)
    rng = np.random.default_rng(5)
    pictures = [picture_from_levels([level_of(symbol) for symbol in WRONG])]
    # Levels that lie between two symbols, more or less.
    pictures += [picture_from_levels([level_of(symbol) + rng.uniform(-4, 4) for symbol in WRONG]) for _ in range(20)]
    changed = 0
    for reading, logits in zip(recognizer.read_batch(pictures), recognizer.logits(pictures), strict=True):
        wanted = decode(logits, policy)
        assert (reading.raw, reading.vin, reading.n_changed) == (wanted.raw.text, wanted.vin, wanted.n_changed)
        assert reading.char_confidences == pytest.approx(wanted.raw.char_confidences, rel=1e-4)
        confidence = wanted.raw.confidence if wanted.log_prob is None else math.exp(wanted.log_prob)
        assert reading.confidence == pytest.approx(confidence, rel=1e-3)
        assert reading.check_digit == (check_digit(reading.vin) if reading.vin else None)
        changed += reading.n_changed > 0
    assert (changed > 0) == (name != "off")


def test_an_unknown_policy_is_one_sentence() -> None:
    with pytest.raises(VinEdgeError, match=r"^there is no policy 'strict'; choose one of off, prefer, require, auto$"):
        Recognizer.from_bundle(SPECIMEN, policy="strict")
