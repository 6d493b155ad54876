"""Policies: their weights, whom they choose, and when a reading is settled."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vinedge import _native
from vinedge.errors import VinEdgeError
from vinedge.policy import POLICIES, policy_from_name
from vinedge.vin_grammar import OUTCOMES, Candidate

ELSEWHERE, ELSEWHERE_CONFORMING, COMPULSORY, COMPULSORY_CONFORMING = range(len(OUTCOMES))


def candidate(outcome: int, log_prob: float) -> Candidate:
    return Candidate("1M8GDM9AXKP042788", outcome, log_prob)


def test_weights() -> None:
    assert policy_from_name("off").log_weights == (0, 0, 0, 0)
    assert policy_from_name("prefer").log_weights == (0, 2.5, 0, 2.5)
    assert policy_from_name("prefer", margin=1).log_weights == (0, 1, 0, 1)
    assert policy_from_name("require").log_weights == (-math.inf, 0, -math.inf, 0)
    # Even odds and 11 check symbols: 1/2 + 1/22 against 1/22, which is 12 to 1.
    weights = policy_from_name("auto", elsewhere=0.5, compulsory=0.0).log_weights
    assert weights[1] - weights[0] == pytest.approx(math.log(12))
    assert weights[3] - weights[2] == pytest.approx(0)
    assert np.exp(weights[:2]) == pytest.approx([1 / 22, 12 / 22])


@given(st.floats(0, 0.999), st.floats(0, 0.999))
def test_auto_is_a_probability_model(compulsory: float, elsewhere: float) -> None:
    """Given the other characters, position 9 is one of eleven: ten that do not fit and one that does."""
    weights = np.exp(policy_from_name("auto", compulsory=compulsory, elsewhere=elsewhere).log_weights)
    assert 10 * weights[0] + weights[1] == pytest.approx(1)
    assert 10 * weights[2] + weights[3] == pytest.approx(1)


@pytest.mark.parametrize(
    ("policy", "outcome", "reluctance", "corrected"),
    [
        ("prefer", ELSEWHERE, 2.4, True),
        ("prefer", ELSEWHERE, 2.6, False),
        ("prefer", COMPULSORY, 2.6, False),
        ("auto", ELSEWHERE, 1.5, True),
        ("auto", ELSEWHERE, 1.6, False),
        ("auto", COMPULSORY, 6.9, True),
        ("auto", COMPULSORY, 7.1, False),
        ("require", ELSEWHERE, 7.8, True),
    ],
)
def test_how_reluctant_a_picture_may_be(policy: str, outcome: int, reluctance: float, corrected: bool) -> None:
    reading, conforming = candidate(outcome, -0.1), candidate(outcome + 1, -0.1 - reluctance)
    assert policy_from_name(policy).choose([reading, conforming]) == (conforming if corrected else reading)


@pytest.mark.parametrize("policy", POLICIES)
def test_nothing_comes_of_nothing(policy: str) -> None:
    chosen = policy_from_name(policy)
    assert chosen.choose([]) is None
    assert chosen.choose([candidate(COMPULSORY_CONFORMING, -8.1)]) is None
    assert chosen.choose([candidate(COMPULSORY_CONFORMING, -7.9)]) is not None
    assert (chosen.choose([candidate(COMPULSORY, -0.1)]) is None) == (policy == "require")


@given(
    st.sampled_from(POLICIES),
    st.lists(st.tuples(st.integers(0, 3), st.floats(1e-6, 1)), min_size=2, max_size=6),
    st.floats(0, 1),
)
def test_what_is_settled_cannot_be_outdone(policy: str, lines: list[tuple[int, float]], junk: float) -> None:
    """Whatever the other lines are: together with the first, their probabilities add up to no more than 1."""
    total = sum(weight for _, weight in lines) + junk
    candidates = [candidate(outcome, math.log(weight / total)) for outcome, weight in lines]
    chosen = policy_from_name(policy)
    if chosen.settles(candidates[0]):
        assert max(map(chosen.score, candidates)) == chosen.score(candidates[0])


def test_settled_by_example() -> None:
    auto = policy_from_name("auto")
    assert auto.settles(candidate(COMPULSORY_CONFORMING, math.log(0.51)))
    assert not auto.settles(candidate(COMPULSORY_CONFORMING, math.log(0.49)))
    assert auto.settles(candidate(ELSEWHERE, math.log(0.94)))
    assert not auto.settles(candidate(ELSEWHERE, math.log(0.93)))
    assert not auto.settles(candidate(COMPULSORY, math.log(0.999)))
    assert not policy_from_name("require").settles(candidate(COMPULSORY, 0.0))


REFUSED = [
    ("strict", {}, "there is no policy 'strict'; choose one of off, prefer, require, auto"),
    ("prefer", {"margin": -1.0}, "policy margin must be a number of nats, 0 or more, got -1; 2.5 is the default"),
    ("prefer", {"margin": math.inf}, "policy margin must be a number of nats, 0 or more, got inf; 2.5 is the default"),
    ("auto", {"compulsory": 1.0}, "policy probability 'compulsory' must be at least 0 and below 1, got 1"),
    ("auto", {"elsewhere": -0.5}, "policy probability 'elsewhere' must be at least 0 and below 1, got -0.5"),
]


@pytest.mark.parametrize(("name", "options", "sentence"), REFUSED)
def test_both_refuse_with_the_same_sentence(name: str, options: dict[str, float], sentence: str) -> None:
    for make in (policy_from_name, _native.Decoder):
        with pytest.raises(VinEdgeError) as refusal:
            make(name, **options)
        assert str(refusal.value) == sentence


@given(st.sampled_from(POLICIES), st.floats(0, 9), st.floats(0, 0.999), st.floats(0, 0.999))
def test_cpp_weighs_the_same(name: str, margin: float, compulsory: float, elsewhere: float) -> None:
    weights = policy_from_name(name, margin=margin, compulsory=compulsory, elsewhere=elsewhere).log_weights
    native = _native.Decoder(name, margin=margin, compulsory=compulsory, elsewhere=elsewhere).log_weights
    assert native == pytest.approx(list(weights), rel=1e-12, abs=1e-12)
    assert _native.Decoder(name).log_weights == pytest.approx(list(policy_from_name(name).log_weights))
