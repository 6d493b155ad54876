"""Lookahead and prefix beam against every alignment of small lines, and the C++ search against the numpy one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from decoding_cases import (
    EUROPEAN,
    VALID,
    all_texts,
    doubt,
    draw_small,
    drawn_vin,
    line_logits,
    network_like,
    remembering,
    residue,
)
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import NUM_CLASSES, SYMBOLS, encode
from vinedge.ctc import decode_greedy
from vinedge.ctc_beam import possible_weights, prefix_beam
from vinedge.ctc_forward import log_probability
from vinedge.ctc_lookahead import log_normalizer, log_probability_of_length, look_ahead
from vinedge.decoder import outcome_of
from vinedge.vin import check_symbol
from vinedge.vin_grammar import VIN_GRAMMAR, Candidate

SEEDS = st.integers(0, 2**32 - 1)
EVERYTHING: dict[str, Any] = {
    "width": 10_000,
    "margin": math.inf,
    "floor": math.inf,
    "symbols": 33,
    "lowest_log_prob": -math.inf,
}


# ---- lookahead -------------------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(0, 5), st.integers(0, 3))
def test_lookahead_is_the_sum_over_all_lines_of_a_length(seed: int, frames: int, length: int) -> None:
    logits = draw_small(seed, frames)
    wanted = sum(prob for text, prob in all_texts(logits).items() if len(text) == length)
    assert math.exp(log_probability_of_length(logits, length)) == pytest.approx(wanted, rel=1e-9)


def test_a_clear_line_is_17_symbols_long() -> None:
    logits = line_logits(VALID, sharpness=20)
    assert log_probability_of_length(logits) == pytest.approx(log_probability(logits, VALID), abs=1e-6)
    assert log_probability_of_length(line_logits(VALID[:-1], sharpness=20)) < -10


# ---- beam ------------------------------------------------------------------------------------------------------------


@given(SEEDS, st.integers(1, 5), st.integers(1, 3))
def test_without_limits_it_finds_every_line(seed: int, frames: int, length: int) -> None:
    logits = draw_small(seed, frames)
    found = {c.text: math.exp(c.log_prob) for c in prefix_beam(logits, remembering(length, 3), **EVERYTHING)}
    assert found == pytest.approx({text: p for text, p in all_texts(logits).items() if len(text) == length})


def test_it_finds_a_good_line_of_every_state() -> None:
    """One prefix a state is enough for the best line of nearly every state, even where all is doubt."""
    grammar = residue(3, 4, 3)
    shares = []
    for seed in range(60):
        logits = draw_small(seed, 6, 4)
        best: dict[int, float] = {}
        for text, prob in all_texts(logits).items():
            if len(text) == 3:
                state = grammar.walk(encode(text))
                best[state] = max(best.get(state, 0.0), prob)
        found = {grammar.walk(encode(c.text)): math.exp(c.log_prob) for c in prefix_beam(logits, grammar, **EVERYTHING)}
        assert found.keys() == best.keys()
        shares += [found[state] / prob for state, prob in best.items()]
    assert max(shares) <= 1 + 1e-9
    assert np.mean(np.array(shares) > 1 - 1e-9) > 0.8
    assert min(shares) > 0.1


def test_what_is_not_tried() -> None:
    logits = np.zeros((1, NUM_CLASSES), np.float32)
    logits[0, 0], logits[0, 5:15] = 10, np.arange(10)
    tried = np.flatnonzero(possible_weights(logits, floor=4.5, symbols=3)[0])
    assert tried.tolist() == [0, 12, 13, 14]
    assert np.flatnonzero(possible_weights(logits, floor=2.5, symbols=3)[0]).tolist() == [0, 13, 14]


@given(SEEDS)
def test_candidates_are_vins_with_their_own_outcome_and_probability(seed: int) -> None:
    logits = network_like(seed)
    found = prefix_beam(logits)
    assert [c.log_prob for c in found] == sorted((c.log_prob for c in found), reverse=True)
    assert len({c.text for c in found}) == len(found) <= 12
    for candidate in found:
        assert candidate == Candidate(
            candidate.text, outcome_of(candidate.text), log_probability(logits, candidate.text)
        )


@pytest.mark.parametrize("vin", [VALID, EUROPEAN, "11111111111111111"])
def test_a_clear_line(vin: str) -> None:
    assert prefix_beam(line_logits(vin))[0].text == vin


def test_a_lost_and_a_doubled_character_are_mended() -> None:
    lost = doubt(line_logits(VALID), 4, None, -3)  # the blank is ahead of the character
    doubled = line_logits(VALID)
    doubled[38] = doubled[36]  # K, K, K, and a blank ahead of the second
    doubled[37, 0] = doubled[36].max() + 1
    for logits in (lost, doubled):
        assert len(decode_greedy(logits).text) != 17
        assert prefix_beam(logits)[0].text == VALID


def test_an_end_mark_read_as_a_character_is_dropped() -> None:
    logits = np.roll(line_logits(VALID), 6, axis=0)
    logits[1, 30] = logits[1, 0] + 2  # the star in front, read as X in one frame
    assert prefix_beam(logits)[0].text == VALID


@pytest.mark.parametrize("frames", [0, 1, 16])
def test_too_few_frames(frames: int) -> None:
    logits = np.zeros((frames, NUM_CLASSES), np.float32)
    assert prefix_beam(logits) == []
    assert _native.prefix_beam(logits) == []


def test_the_check_digit_picks_among_many_doubts() -> None:
    """Seven characters in doubt make 128 VINs; one time in three none of the best 12 fits."""
    fitting = 0
    for seed in range(20):
        logits = line_logits(drawn_vin(seed), sharpness=16)
        rng = np.random.default_rng(seed)
        for position in (1, 3, 5, 11, 13, 15):
            logits = doubt(logits, position, str(rng.choice(list(SYMBOLS))), 0.5)
        vin = drawn_vin(seed)
        logits = doubt(logits, 8, check_symbol(vin[:8] + "0" + vin[9:]), 0.5)
        fitting += any(candidate.outcome in (1, 3) for candidate in prefix_beam(logits))
    assert fitting == 20


def test_what_is_hopeless_is_not_proposed() -> None:
    logits = doubt(line_logits(VALID, sharpness=20), 3, "H", 4.5)
    found = prefix_beam(logits)
    assert [candidate.text for candidate in found] == [VALID, "1M8HDM9AXKP042788"]
    assert [c.text for c in prefix_beam(logits, lowest_log_prob=found[1].log_prob + 0.1)] == [VALID]
    assert prefix_beam(logits, lowest_log_prob=0.0) == []


# ---- C++: fixed seeds, because two searches that differ in the seventh digit may keep different ones of two equals ---


def check_same(found: list[tuple[str, int, float]], wanted: list[Candidate]) -> None:
    states = [[VIN_GRAMMAR.walk(encode(candidate[0])) for candidate in candidates] for candidates in (found, wanted)]
    assert sorted(states[0]) == sorted(states[1])
    of_state = dict(zip(states[1], wanted, strict=True))
    for state, (text, outcome, log_prob) in zip(states[0], found, strict=True):
        assert outcome == of_state[state].outcome
        if text == of_state[state].text:
            assert log_prob == pytest.approx(of_state[state].log_prob, rel=1e-5, abs=1e-4)
        else:
            assert log_prob == pytest.approx(of_state[state].log_prob, abs=0.1)


@pytest.mark.parametrize("seed", range(60))
def test_cpp_proposes_the_same(seed: int) -> None:
    logits = network_like(seed)
    check_same(_native.prefix_beam(logits), prefix_beam(logits))


@pytest.mark.parametrize("frames", [17, 33, 80, 200])
@pytest.mark.parametrize("seed", range(5))
def test_cpp_proposes_the_same_of_noise(seed: int, frames: int) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(0, 1, (frames, NUM_CLASSES)).astype(np.float32)
    logits[:, 0] += 6
    logits[rng.choice(frames, 17, replace=False), rng.integers(1, NUM_CLASSES, 17)] += 7
    check_same(_native.prefix_beam(logits), prefix_beam(logits))


@given(SEEDS)
def test_cpp_looks_ahead(seed: int) -> None:
    logits = network_like(seed)
    wanted = look_ahead(possible_weights(logits), 17).log_total - log_normalizer(logits)
    assert _native.log_probability_of_any(logits) == pytest.approx(wanted, rel=1e-5, abs=1e-4)
