"""Decisions: what is corrected, what is left alone, and the C++ decoder held to the numpy one."""

from __future__ import annotations

import numpy as np
import pytest
from decoding_cases import EUROPEAN, VALID, doubt, drawn_vin, line_logits, network_like
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.charset import NUM_CLASSES, encode
from vinedge.ctc import decode_greedy
from vinedge.ctc_beam import prefix_beam
from vinedge.ctc_forward import log_probability, log_softmax
from vinedge.decoder import Decision, decode, decode_slots
from vinedge.policy import POLICIES, policy_from_name
from vinedge.vin import check_symbol, is_legal

SEEDS = st.integers(0, 2**32 - 1)
WRONG = "1M8GDM9AXKP0427B8"  # VALID with B for the last 8 but one: the check digit sees it


def vin_under(policy: str, logits: np.ndarray) -> str | None:
    return decode(logits, policy_from_name(policy)).vin


@pytest.mark.parametrize(("gap", "corrected"), [(1.0, {"prefer", "require", "auto"}), (3.0, {"require", "auto"})])
def test_a_compulsory_check_digit_repairs_a_visible_error(gap: float, corrected: set[str]) -> None:
    logits = doubt(line_logits(WRONG), 15, "8", gap)
    for policy in POLICIES:
        decision = decode(logits, policy_from_name(policy))
        assert decision.raw.text == WRONG
        assert (decision.vin, decision.n_changed) == ((VALID, 1) if policy in corrected else (WRONG, 0))


def test_a_clear_reading_stands_even_if_it_does_not_fit() -> None:
    logits = line_logits(WRONG, sharpness=25)
    assert [vin_under(policy, logits) for policy in POLICIES] == [WRONG, WRONG, None, WRONG]


@pytest.mark.parametrize("gap", [1.0, 3.0, 6.0])
def test_a_european_vin_is_left_alone(gap: float) -> None:
    """Position 9 could be the fitting 0 instead of Z, at e^-2 and less: that is more than chance gives it away."""
    logits = doubt(line_logits(EUROPEAN), 8, check_symbol(EUROPEAN), gap)
    assert vin_under("auto", logits) == EUROPEAN


def test_a_european_vin_that_nearly_fits_is_repaired_when_the_picture_hardly_minds() -> None:
    logits = doubt(line_logits(EUROPEAN), 8, check_symbol(EUROPEAN), 0.5)
    decision = decode(logits, policy_from_name("auto"))
    assert (decision.raw.text, decision.vin, decision.n_changed) == (EUROPEAN, "WVWZZZ1J0XW000001", 1)


def test_the_model_year_counts_where_it_is_law_only() -> None:
    """0 or D at position 10, D a little behind: both VINs fit, and a European one is left as it is."""
    for region, corrected in (("1", True), ("W", False)):
        vins = []
        for year in "0D":
            open_vin = f"{region}M8GDM9A0{year}P042788"
            vins.append(f"{open_vin[:8]}{check_symbol(open_vin)}{open_vin[9:]}")
        with_zero, with_year = vins
        logits = doubt(line_logits(with_zero), 9, "D", 1.5)
        logits = doubt(logits, 8, with_year[8], 0.0)  # either check character
        assert vin_under("auto", logits) == (with_year if corrected else with_zero)


@pytest.mark.parametrize("symbol_lost", [0, 8, 16])
def test_a_lost_character_comes_back(symbol_lost: int) -> None:
    logits = doubt(line_logits(VALID), symbol_lost, None, -1.0)
    decision = decode(logits, policy_from_name("auto"))
    assert len(decision.raw.text) == 16
    assert (decision.vin, decision.n_changed) == (VALID, 1)


@pytest.mark.parametrize("text", ["", "ABC123", VALID[:14], VALID + "88"])
def test_where_no_17_characters_stand_no_vin_is_made_up(text: str) -> None:
    logits = line_logits(text, sharpness=20)
    for policy in POLICIES:
        decision = decode(logits, policy_from_name(policy))
        assert decision.raw.text == text
        assert (decision.vin, decision.log_prob, decision.n_changed) == (None, None, 0)


@given(SEEDS, st.sampled_from(POLICIES))
def test_laws_of_a_decision(seed: int, policy: str) -> None:
    logits = network_like(seed)
    decision = decode(logits, policy_from_name(policy))
    assert decision.raw == decode_greedy(logits)
    if decision.vin is None:
        assert decision.log_prob is None
        assert decision.n_changed == 0
    else:
        assert is_legal(decision.vin)
        assert (decision.n_changed == 0) == (decision.vin == decision.raw.text)
        if policy != "off":
            assert decision.log_prob == pytest.approx(log_probability(logits, decision.vin))
            assert decision.log_prob >= -8
    if policy == "require" and decision.vin:
        assert decision.vin[8] == check_symbol(decision.vin)


@given(SEEDS, st.sampled_from(["prefer", "require", "auto"]))
def test_the_easy_case_is_what_the_search_would_choose(seed: int, name: str) -> None:
    logits = line_logits(drawn_vin(seed), sharpness=8.5, noise=1.0, seed=seed)
    policy = policy_from_name(name)
    decision = decode(logits, policy)
    if [candidate.text for candidate in decision.candidates] == [decision.raw.text] == [decision.vin]:
        best = policy.choose([*decision.candidates, *prefix_beam(logits)])
        assert best is not None
        assert best.text == decision.vin


# ---- slots -----------------------------------------------------------------------------------------------------------


def slots_of(vin: str, sharpness: float) -> np.ndarray:
    logits = np.zeros((17, NUM_CLASSES), np.float32)
    logits[np.arange(17), encode(vin)] = sharpness
    return log_softmax(logits).astype(np.float32)


def test_slots() -> None:
    log_probs = slots_of(WRONG, 12)
    log_probs[15, encode("8")[0]] = log_probs[15].max() - 2
    assert [decode_slots(log_probs, policy_from_name(name)).vin for name in POLICIES] == [WRONG, VALID, VALID, VALID]
    decision = decode_slots(log_probs, policy_from_name("auto"))
    assert (decision.raw.text, decision.n_changed) == (WRONG, 1)
    assert decision.raw.char_confidences == pytest.approx(np.exp(log_probs.max(axis=1)))
    assert decode_slots(slots_of(EUROPEAN, 12), policy_from_name("auto")).vin == EUROPEAN
    # As likely as any other: nothing stands there.
    assert decode_slots(slots_of(VALID, 0), policy_from_name("auto")).vin is None


# ---- C++: fixed seeds for the searches, see test_ctc_beam.py ---------------------------------------------------------


def check_same(
    found: tuple[str, str | None, float | None, int, list[tuple[str, int, float]]], wanted: Decision
) -> None:
    raw, vin, log_prob, n_changed, candidates = found
    assert (raw, vin, n_changed) == (wanted.raw.text, wanted.vin, wanted.n_changed)
    assert log_prob == (None if wanted.log_prob is None else pytest.approx(wanted.log_prob, abs=1e-4))
    assert len(candidates) == len(wanted.candidates)
    for (_, _, ours), theirs in zip(candidates, wanted.candidates, strict=True):
        assert ours == pytest.approx(theirs.log_prob, abs=0.1)


@pytest.mark.parametrize("name", POLICIES)
def test_cpp_decides_the_same(name: str) -> None:
    decoder, policy = _native.Decoder(name), policy_from_name(name)
    for seed in range(40):
        logits = network_like(seed)
        check_same(decoder.run(logits), decode(logits, policy))


@given(SEEDS, st.sampled_from(POLICIES), st.floats(0, 8))
def test_cpp_decides_the_same_on_slots(seed: int, name: str, sharpness: float) -> None:
    logits = np.random.default_rng(seed).normal(0, 2, (17, NUM_CLASSES))
    logits[np.arange(17), encode(drawn_vin(seed))] += sharpness
    log_probs = log_softmax(logits).astype(np.float32)
    check_same(_native.Decoder(name).run_slots(log_probs), decode_slots(log_probs, policy_from_name(name)))


@pytest.mark.parametrize("shape", [(80, 33), (80,), (1, 80, 34)])
def test_cpp_takes_34_classes_only(shape: tuple[int, ...]) -> None:
    with pytest.raises(TypeError):
        _native.Decoder("auto").run(np.zeros(shape, np.float32))
    with pytest.raises(TypeError):
        _native.Decoder("auto").run_slots(np.zeros((16, 34), np.float32))
