"""Greedy CTC decoding: an independent oracle, the laws of a probability, and the C++ decoder held to the numpy one."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import BLANK, NUM_CLASSES, SYMBOLS
from vinedge.ctc import decode_greedy, softmax

SEEDS = st.integers(0, 2**32 - 1)


def draw_logits(seed: int, frames: int, sharpness: float) -> np.ndarray:
    """Return float32 logits (T, 34) with runs, blanks and repeats as a network gives them, and ties now and then."""
    rng = np.random.default_rng(seed)
    classes = np.repeat(rng.integers(0, NUM_CLASSES, frames), rng.integers(1, 4, frames))[:frames]
    classes[rng.random(frames) < 0.4] = BLANK
    logits = np.round(rng.normal(size=(frames, NUM_CLASSES)) * 4) / 4
    logits[np.arange(frames), classes] += sharpness
    return logits.astype(np.float32)


def oracle(logits: np.ndarray) -> str:
    """Group equal neighbours, drop blanks: the definition of Graves et al. 2006 in one line."""
    runs = groupby(int(np.flatnonzero(row == row.max())[0]) for row in logits)
    return "".join(SYMBOLS[index - 1] for index, _ in runs if index != BLANK)


@given(SEEDS, st.integers(0, 100), st.sampled_from([0.0, 2.0, 12.0]))
def test_text_is_the_oracles(seed: int, frames: int, sharpness: float) -> None:
    if frames:
        logits = draw_logits(seed, frames, sharpness)
        assert decode_greedy(logits).text == oracle(logits)


@given(SEEDS, st.integers(1, 60))
def test_confidences_are_those_of_the_named_frames(seed: int, frames: int) -> None:
    logits = draw_logits(seed, frames, 3.0)
    decoded = decode_greedy(logits)
    probs = softmax(logits)
    assert sorted(decoded.frames) == decoded.frames
    for symbol, confidence, frame in zip(decoded.text, decoded.char_confidences, decoded.frames, strict=True):
        assert confidence == probs[frame].max() == probs[frame, SYMBOLS.index(symbol) + 1]
    if decoded.text:
        assert decoded.confidence == pytest.approx(np.prod(decoded.char_confidences))
    else:
        assert decoded.confidence == 0


@given(SEEDS)
def test_doubling_every_frame_changes_nothing_but_frame_numbers(seed: int) -> None:
    logits = draw_logits(seed, 40, 6.0)
    once, twice = decode_greedy(logits), decode_greedy(np.repeat(logits, 2, axis=0))
    assert (twice.text, twice.char_confidences) == (once.text, once.char_confidences)
    assert twice.frames == [2 * frame for frame in once.frames]


@given(SEEDS, st.floats(-50, 50, width=32))
def test_a_constant_added_to_a_frame_changes_nothing(seed: int, constant: float) -> None:
    logits = draw_logits(seed, 30, 6.0)
    shifted = decode_greedy(logits + np.float32(constant))
    assert shifted.char_confidences == pytest.approx(decode_greedy(logits).char_confidences, rel=1e-4)


@given(SEEDS, st.integers(0, 120), st.sampled_from([0.0, 2.0, 12.0, 80.0]))
def test_cpp_agrees(seed: int, frames: int, sharpness: float) -> None:
    logits = draw_logits(seed, max(frames, 1), sharpness)[:frames]
    text, confidences, at = _native.decode_greedy(logits)
    wanted = decode_greedy(logits)
    assert text == wanted.text
    assert confidences == pytest.approx(wanted.char_confidences, rel=1e-12)
    # Two frames of a run that differ in the last bit of exp may change places; their confidence is the same.
    probs = softmax(logits)
    for ours, theirs in zip(at, wanted.frames, strict=True):
        assert ours == theirs or probs[ours].max() == pytest.approx(probs[theirs].max(), rel=1e-12)


@pytest.mark.parametrize("shape", [(80, 33), (80,), (1, 80, 34)])
def test_cpp_takes_34_classes_only(shape: tuple[int, ...]) -> None:
    with pytest.raises(TypeError):
        _native.decode_greedy(np.zeros(shape, np.float32))
