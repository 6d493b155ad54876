"""Percentiles and bootstrap intervals: what a latency table may claim, and how surely.

    samples (n,), in the order they were taken  ->  percentile, 95 % interval, resolved or not

A percentile is the nearest rank (an observed sample, no interpolation): p99 is the smallest observed
latency that at least 99 % of the samples do not exceed.

Intervals come from the moving-block bootstrap (Kuensch 1989): latencies on a machine are not independent,
because a disturbance lasts many reads, and a bootstrap of single samples would claim too narrow an interval.
Blocks of sqrt(n) successive samples keep a disturbance together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

RESAMPLES = 1000
CONFIDENCE = 0.95
# Resampling is reproducible: the same samples always give the same interval.
_SEED = 1989
# Resamples are drawn many at a time, within some megabytes.
_INDICES_AT_ONCE = 500_000


@dataclass(frozen=True)
class Estimate:
    """A value with the ends of its 95 % interval, in the unit of the samples."""

    value: float
    low: float
    high: float


def _ranks(percents: Sequence[float], n: int) -> list[int]:
    """Return the 0-based nearest rank of each percentile among n samples."""
    # round: 99.9 / 100 * 1000 is 999.0000000000001 in floating point, which is rank 999, not 1000.
    return [min(n, max(1, math.ceil(round(percent / 100 * n, 9)))) - 1 for percent in percents]


def percentiles(samples: np.ndarray, percents: Sequence[float]) -> list[float]:
    """Return the nearest-rank percentiles of `samples` (n,), n >= 1."""
    found: list[float] = _row_percentiles(samples[None], percents)[0].tolist()
    return found


def _row_percentiles(rows: np.ndarray, percents: Sequence[float]) -> np.ndarray:
    """Return the percentiles of each row: (rows, n) -> (rows, percents)."""
    ranks = _ranks(percents, rows.shape[1])
    return np.asarray(np.partition(rows, sorted(set(ranks)), axis=1)[:, ranks])


def samples_needed(percent: float) -> int:
    """Return how many samples resolve a percentile: 6 for p50, 36 for p90, 368 for p99, 3688 for p99.9.

    With fewer, even the largest (or smallest) sample is not surely beyond the percentile: the distribution-free
    95 % interval from order statistics has no end. It has one when max(q, 1 - q)^n <= 2.5 %.
    """
    tail = max(percent, 100 - percent) / 100
    return math.ceil(math.log((1 - CONFIDENCE) / 2) / math.log(tail))


def _block_indices(n: int, count: int, rng: np.random.Generator) -> np.ndarray:
    """Return `count` resamples (count, n) of 0..n-1, each of blocks of sqrt(n) successive indices that wrap around."""
    length = max(1, math.isqrt(n))
    starts = rng.integers(0, n, (count, -(-n // length)))
    return np.asarray(((starts[:, :, None] + np.arange(length)) % n).reshape(count, -1)[:, :n])


def percentile_estimates(samples: np.ndarray, percents: Sequence[float]) -> list[Estimate | None]:
    """Return each percentile with its interval, or None where n samples do not resolve it."""
    n = len(samples)
    resolved = [percent for percent in percents if n >= samples_needed(percent)]
    if not resolved:
        return [None] * len(percents)
    rng = np.random.default_rng(_SEED)
    at_once = max(1, _INDICES_AT_ONCE // n)
    counts = [min(at_once, RESAMPLES - done) for done in range(0, RESAMPLES, at_once)]
    draws = np.concatenate([_row_percentiles(samples[_block_indices(n, count, rng)], resolved) for count in counts])
    ends = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0).T.tolist()
    values = percentiles(samples, resolved)
    found = {percent: Estimate(value, *two) for percent, value, two in zip(resolved, values, ends, strict=True)}
    return [found.get(percent) for percent in percents]


def bootstrap(rows: np.ndarray, statistic: Callable[[np.ndarray], float]) -> Estimate:
    """Return `statistic(rows)` with its interval when whole rows (n, ...) are resampled independently.

    What stands in one row stays together: a picture's times by two readers (paired), or one slice of a run.
    """
    rng = np.random.default_rng(_SEED)
    n = len(rows)
    draws = [statistic(rows[rng.integers(0, n, n)]) for _ in range(RESAMPLES)]
    low, high = np.quantile(draws, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]).tolist()
    return Estimate(statistic(rows), low, high)


def paired_ratio(times: np.ndarray, reference: np.ndarray) -> Estimate:
    """Return how many times as long `times` are as `reference`, picture by picture; both (pictures,).

    The geometric mean of the ratios: every picture weighs the same, and swapping the two gives the reciprocal.
    """
    logs = bootstrap(np.log(times / reference), lambda drawn: float(drawn.mean()))
    return Estimate(math.exp(logs.value), math.exp(logs.low), math.exp(logs.high))
