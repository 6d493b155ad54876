"""The probability of a text: every alignment counted one by one, the laws of probability, and the C++ twin."""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from decoding_cases import all_texts, draw_small, drawn_vin, network_like
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import NUM_CLASSES, SYMBOLS
from vinedge.ctc import decode_greedy, softmax
from vinedge.ctc_forward import log_probability
from vinedge.errors import VinEdgeError

SEEDS = st.integers(0, 2**32 - 1)


@given(SEEDS, st.integers(0, 5))
def test_is_the_sum_over_all_alignments(seed: int, frames: int) -> None:
    logits = draw_small(seed, frames)
    texts = all_texts(logits)
    for symbols in (symbols for length in range(5) for symbols in product("01", repeat=length)):
        text = "".join(symbols)
        assert math.exp(log_probability(logits, text)) == pytest.approx(texts.get(text, 0.0), rel=1e-9)
    assert sum(texts.values()) == pytest.approx(1)


def test_one_alignment_is_the_product_of_its_frames() -> None:
    logits = draw_small(3, 4, NUM_CLASSES)
    probs = softmax(logits)
    # "1221" needs a frame for each, and a blank between the two 2: no alignment in 4 frames, one in 5.
    assert log_probability(logits, "1221") == -math.inf
    assert log_probability(logits, "1213") == pytest.approx(math.log(probs[[0, 1, 2, 3], [2, 3, 2, 4]].prod()))


def test_nothing_to_read() -> None:
    nothing = np.zeros((0, NUM_CLASSES), np.float32)
    assert log_probability(nothing, "") == 0
    assert log_probability(nothing, "1") == -math.inf
    logits = draw_small(4, 6, NUM_CLASSES)
    assert log_probability(logits, "") == pytest.approx(math.log(softmax(logits)[:, 0].prod()))


@given(SEEDS)
def test_a_text_is_at_least_as_probable_as_its_best_alignment(seed: int) -> None:
    logits = network_like(seed)
    text = decode_greedy(logits).text
    assert log_probability(logits, text) >= np.log(softmax(logits).max(axis=1)).sum() - 1e-9


def test_a_character_that_no_vin_contains() -> None:
    with pytest.raises(VinEdgeError, match="contains 'O', which no VIN contains"):
        log_probability(draw_small(0, 5, NUM_CLASSES), "1M8O")


# ---- C++ -------------------------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(0, 120), st.text(SYMBOLS, max_size=25), st.sampled_from([0.3, 2.0, 12.0]))
def test_cpp_agrees(seed: int, frames: int, text: str, scale: float) -> None:
    logits = np.random.default_rng(seed).normal(0, scale, (frames, NUM_CLASSES)).astype(np.float32)
    wanted = log_probability(logits, text)
    assert _native.log_probability(logits, text) == pytest.approx(wanted, rel=1e-5, abs=1e-4)


@given(SEEDS)
def test_cpp_agrees_on_lines_and_their_neighbours(seed: int) -> None:
    logits = network_like(seed)
    for text in (decode_greedy(logits).text, drawn_vin(seed), drawn_vin(seed + 1)):
        assert _native.log_probability(logits, text) == pytest.approx(log_probability(logits, text), rel=1e-5, abs=1e-4)


def test_cpp_knows_extreme_logits() -> None:
    """Beyond 80 below the best class all are alike; nothing overflows."""
    logits = np.full((20, NUM_CLASSES), -3e38, np.float32)
    logits[:, 0] = 3e38
    assert _native.log_probability(logits, "") == 0
    assert _native.log_probability(logits, "1") < -70


def test_cpp_refuses_with_the_same_sentence() -> None:
    with pytest.raises(VinEdgeError, match="'1M8O' contains 'O', which no VIN contains"):
        _native.log_probability(draw_small(0, 5, NUM_CLASSES), "1M8O")
