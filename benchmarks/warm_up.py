"""Warm-up by stability: read until the speed has stopped changing, not a fixed number of times.

Caches, frequency governors and lazy allocations settle at their own pace. Reads are grouped into windows; the
machine is warm when the medians of the last `STABLE_WINDOWS` windows lie within `TOLERANCE` of one another.
A limit ends the wait, and a run that never settled says so.
"""

from __future__ import annotations

import itertools
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

STABLE_WINDOWS = 3
TOLERANCE = 0.02
WINDOW_SECONDS = 0.1
WINDOW_READS = 10
# Every window reads the same few pictures equally often, so that its median moves with the machine alone.
_PICTURES = 10


@dataclass(frozen=True)
class WarmUp:
    """How it went: `stable` is False when the limit came first; `medians_us` holds one value a window."""

    stable: bool
    reads: int
    seconds: float
    medians_us: list[float]


def warm_up(
    read: Callable[[np.ndarray], object],
    pictures: Sequence[np.ndarray],
    limit_seconds: float,
    clock: Callable[[], float] = time.perf_counter,
) -> WarmUp:
    """Call `read` until stable or until `limit_seconds` have passed; `clock` gives seconds."""
    start = clock()
    medians: list[float] = []
    reads = 0
    while True:
        window: list[float] = []
        window_start = clock()
        for count, picture in enumerate(itertools.cycle(pictures[:_PICTURES]), start=1):
            before = clock()
            read(picture)
            after = clock()
            window.append(after - before)
            whole_rounds = count % min(len(pictures), _PICTURES) == 0
            if whole_rounds and count >= WINDOW_READS and after - window_start >= WINDOW_SECONDS:
                break
            # One slow picture set must not hold a window open beyond the limit.
            if after - start >= limit_seconds:
                break
        reads += len(window)
        medians.append(1e6 * statistics.median(window))
        seconds = clock() - start
        stable = is_stable(medians)
        if stable or seconds >= limit_seconds:
            return WarmUp(stable, reads, seconds, medians)


def is_stable(medians: Sequence[float]) -> bool:
    """Whether the last windows agree: largest over smallest median at most 1 + TOLERANCE."""
    last = medians[-STABLE_WINDOWS:]
    return len(last) == STABLE_WINDOWS and max(last) <= (1 + TOLERANCE) * min(last)
