"""The best VIN of slot posteriors against all lines of small cases, and the C++ search against the numpy one."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from decoding_cases import residue
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import NUM_CLASSES, VIN_LENGTH, encode, text_from_classes
from vinedge.ctc_forward import log_softmax
from vinedge.decoder import outcome_of
from vinedge.slots import best_of_slots
from vinedge.vin_grammar import Candidate

SEEDS = st.integers(0, 2**32 - 1)


def draw_slots(seed: int, length: int = VIN_LENGTH, classes: int = NUM_CLASSES, step: float = 1 / 16) -> np.ndarray:
    """Return float32 log probabilities, not normalized, in steps that make ties."""
    scores = np.random.default_rng(seed).normal(0, 3, (length, classes))
    return (np.round(scores / step) * step).astype(np.float32)


@given(SEEDS, st.integers(1, 4), st.integers(2, 5), st.sampled_from([2, 3, 5]), st.sampled_from([0.5, 1 / 16]))
def test_is_the_best_of_all_lines(seed: int, length: int, classes: int, modulus: int, step: float) -> None:
    grammar = residue(length, classes, modulus)
    log_probs = draw_slots(seed, length, classes, step)
    best: dict[int, Candidate] = {}
    for line in product(range(1, classes), repeat=length):  # in the order in which ties are decided
        outcome = int(grammar.outcome[grammar.walk(line)])
        log_prob = float(sum(log_probs[position, index] for position, index in enumerate(line)))
        if outcome not in best or log_prob > best[outcome].log_prob:
            best[outcome] = Candidate(text_from_classes(line), outcome, log_prob)
    found = best_of_slots(log_probs, grammar)
    assert {c.outcome: c for c in found} == best
    assert [c.log_prob for c in found] == sorted((c.log_prob for c in found), reverse=True)


@given(SEEDS)
def test_laws_of_a_vin(seed: int) -> None:
    log_probs = log_softmax(draw_slots(seed)[:, 1:])
    log_probs = np.concatenate([np.full((VIN_LENGTH, 1), -np.inf), log_probs], axis=1)
    found = best_of_slots(log_probs)
    assert len(found) == 4
    assert found[0].text == text_from_classes((log_probs[:, 1:].argmax(axis=1) + 1).tolist())
    for candidate in found:
        assert candidate.outcome == outcome_of(candidate.text)
        assert candidate.log_prob == pytest.approx(
            sum(log_probs[position, index] for position, index in enumerate(encode(candidate.text)))
        )


def test_what_cannot_be_is_left_out() -> None:
    log_probs = np.full((VIN_LENGTH, NUM_CLASSES), -np.inf, np.float32)
    log_probs[np.arange(VIN_LENGTH), encode("WVWZZZ1JZXW000001")] = 0
    only = [Candidate("WVWZZZ1JZXW000001", 0, 0.0)]
    assert best_of_slots(log_probs) == only
    assert _native.best_of_slots(log_probs) == only
    log_probs[4] = -np.inf
    assert best_of_slots(log_probs) == _native.best_of_slots(log_probs) == []


@given(SEEDS, st.sampled_from([1 / 16, 1.0, 1e-6]))
def test_cpp_agrees_to_the_last_bit(seed: int, step: float) -> None:
    log_probs = draw_slots(seed, step=step)
    assert _native.best_of_slots(log_probs) == best_of_slots(log_probs)
