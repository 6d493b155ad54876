"""Percentiles against numpy, intervals against distributions whose truth is known."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinedge.benchmarks.estimates import (
    bootstrap,
    paired_ratio,
    percentile_estimates,
    percentiles,
    samples_needed,
)

Draw = Callable[[np.random.Generator], np.ndarray]
SAMPLES = st.lists(st.floats(0, 1e6), min_size=1, max_size=200)


@given(SAMPLES, st.sampled_from([1, 25, 50, 75, 90, 95, 99, 99.9]))
def test_a_percentile_is_numpys_inverted_cdf(samples: list[float], percent: float) -> None:
    # numpy computes the rank from percent / 100 * n as well, but does not forgive a rounding error in it.
    expected = float(np.quantile(samples, percent / 100, method="inverted_cdf"))
    exact = percent * len(samples) / 100
    if abs(exact - round(exact)) > 1e-6 or exact == percent / 100 * len(samples):
        assert percentiles(np.array(samples), [percent]) == [expected]


@given(SAMPLES, st.integers(1, 99))
def test_a_percentile_is_the_smallest_sample_with_that_share_at_or_below_it(samples: list[float], percent: int) -> None:
    (found,) = percentiles(np.array(samples), [percent])
    enough = [s for s in samples if 100 * sum(other <= s for other in samples) >= percent * len(samples)]
    assert found == min(enough)


def test_a_rank_that_is_whole_is_not_rounded_up() -> None:
    # 0.999 * 1000 is 999.0000000000001 in some orders of multiplication.
    values = np.arange(1, 1001, dtype=float)
    assert percentiles(values, [99.9, 50, 7]) == [999, 500, 70]


def test_how_many_samples_resolve_a_percentile() -> None:
    assert [samples_needed(percent) for percent in (50, 90, 99, 99.9)] == [6, 36, 368, 3688]


@given(st.floats(0.5, 99.99))
def test_samples_needed_is_the_first_count_whose_order_statistics_enclose_the_percentile(percent: float) -> None:
    tail = max(percent, 100 - percent) / 100
    n = samples_needed(percent)
    assert tail**n <= 0.025 + 1e-9
    assert tail ** (n - 1) > 0.025 - 1e-9


@pytest.mark.parametrize("percent", [50, 90, 99])
def test_a_percentile_is_resolved_from_exactly_that_many_samples(percent: float) -> None:
    samples = np.random.default_rng(1).exponential(size=samples_needed(percent))
    (found,) = percentile_estimates(samples, [percent])
    assert found is not None
    assert found.low <= found.value <= found.high
    assert percentile_estimates(samples[1:], [percent]) == [None]


def test_unresolved_and_resolved_percentiles_stay_in_their_places() -> None:
    found = percentile_estimates(np.random.default_rng(1).exponential(size=100), [99, 50, 99.9, 90])
    assert [estimate is not None for estimate in found] == [False, True, False, True]
    assert found[1].value < found[3].value


def test_the_same_samples_give_the_same_interval() -> None:
    samples = np.random.default_rng(2).exponential(size=500)
    assert percentile_estimates(samples, [50, 99]) == percentile_estimates(samples.copy(), [50, 99])


def coverage(draw: Draw, truths: list[float], percents: list[float], trials: int) -> np.ndarray:
    """Return how often the intervals of `trials` independent samples hold the truth, for each percentile."""
    rng = np.random.default_rng(3)
    hits = np.zeros(len(percents))
    for _ in range(trials):
        found = percentile_estimates(draw(rng), percents)
        hits += [e.low <= truth <= e.high for e, truth in zip(found, truths, strict=True)]
    return hits / trials


def test_intervals_cover_the_truth_of_independent_samples() -> None:
    # 95 % is the aim. A percentile bootstrap of 500 samples reaches a little less in the tail; two-sided bounds at
    # three standard errors of 150 trials around what it should reach.
    found = coverage(lambda rng: rng.exponential(size=500), [math.log(2), math.log(10)], [50, 90], trials=150)
    assert np.all(found >= 0.86)
    (tail,) = coverage(lambda rng: rng.exponential(size=1000), [math.log(100)], [99], trials=100)
    assert tail >= 0.80


def bursts(rng: np.random.Generator, n: int) -> np.ndarray:
    """Latencies on a disturbed machine: a sixth of the time, in stretches of 20 reads, each takes 5 longer."""
    flips = rng.random(n)
    slow = np.zeros(n, bool)
    for place in range(1, n):
        slow[place] = flips[place] > 0.05 if slow[place - 1] else flips[place] < 0.01
    return rng.exponential(size=n) + 5 * slow


def test_intervals_allow_for_disturbances_that_last_many_reads() -> None:
    truth = float(np.quantile(bursts(np.random.default_rng(4), 300_000), 0.9))
    (blocks,) = coverage(lambda rng: bursts(rng, 1500), [truth], [90], trials=60)
    # Shuffling the samples destroys what the blocks keep together: this is the interval that most tools report.
    (shuffled,) = coverage(lambda rng: rng.permutation(bursts(rng, 1500)), [truth], [90], trials=60)
    assert blocks >= 0.75
    assert shuffled <= blocks - 0.2


def test_the_bootstrap_covers_a_mean() -> None:
    rng = np.random.default_rng(5)
    trials = [bootstrap(rng.normal(7, 2, size=20), lambda rows: float(rows.mean())) for _ in range(150)]
    assert 0.86 <= np.mean([found.low <= 7 <= found.high for found in trials]) <= 0.99


TIMES = st.lists(st.floats(0.1, 1e4), min_size=2, max_size=30)


@settings(max_examples=20, deadline=None)
@given(TIMES, st.floats(0.01, 100))
def test_a_constant_ratio_is_found_exactly_whatever_the_pictures(times: list[float], factor: float) -> None:
    reference = np.array(times)
    found = paired_ratio(factor * reference, reference)
    assert [found.value, found.low, found.high] == pytest.approx([factor] * 3, rel=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 1e3), st.floats(0.1, 1e3)), min_size=2, max_size=30))
def test_swapping_the_readers_gives_the_reciprocal(pairs: list[tuple[float, float]]) -> None:
    a, b = np.array(pairs).T
    there, back = paired_ratio(a, b), paired_ratio(b, a)
    assert there.value * back.value == pytest.approx(1, rel=1e-6)
    assert there.low * back.high == pytest.approx(1, rel=1e-6)


def test_pairing_keeps_what_pictures_have_in_common_out_of_the_interval() -> None:
    rng = np.random.default_rng(6)
    size = rng.lognormal(sigma=1.0, size=50)
    ours, theirs = size * rng.lognormal(sigma=0.01, size=50), 20 * size * rng.lognormal(sigma=0.01, size=50)
    paired, unpaired = paired_ratio(theirs, ours), paired_ratio(rng.permutation(theirs), ours)
    assert paired.low <= 20 <= paired.high
    assert paired.high - paired.low < 0.1 * (unpaired.high - unpaired.low)
