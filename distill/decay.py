"""How the learning rate falls after the warm-up: pure functions of the step, so that nothing needs saving.

    cosine         (1 + cos(pi * s / S)) / 2
    warm restarts  (1 + cos(pi * c / C)) / 2,   c steps into a cycle of C = first * factor^k steps, k = 0, 1, ...
    linear         1 - s / S
    piecewise      values[k],   k boundaries passed

Each returns what the rate is multiplied with, `s` being the steps done since the warm-up and `S` all steps after it.
Cosine and its restarts: Loshchilov and Hutter 2017, "SGDR: Stochastic gradient descent with warm restarts". The
numbers are those of Paddle's `CosineAnnealingDecay`, `CosineAnnealingWarmRestarts`, `PolynomialDecay` with power 1
and `PiecewiseDecay`, each within `LinearWarmup`: a first cycle begins where the warm-up ends.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence


def cosine(step: float, steps: float) -> float:
    """Fall from 1 to 0 in `steps`, and stay there."""
    return (1 + math.cos(math.pi * _share(step, steps))) / 2


def warm_restarts(step: float, first: float, factor: int = 1) -> float:
    """Fall from 1 to 0 in `first` steps (above 0) and begin anew; every cycle is `factor` times as long."""
    if factor == 1:
        return cosine(step % first, first)
    cycle = first
    while step >= cycle:
        step, cycle = step - cycle, cycle * factor
    return cosine(step, cycle)


def linear(step: float, steps: float) -> float:
    """Fall from 1 to 0 in `steps` along a straight line, and stay there."""
    return 1 - _share(step, steps)


def piecewise(step: float, boundaries: Sequence[float], values: Sequence[float]) -> float:
    """Return the value between the boundaries around `step`; there is one value more than boundaries, which rise."""
    return values[bisect_right(boundaries, step)]


def _share(step: float, steps: float) -> float:
    return min(1.0, step / steps) if steps > 0 else 1.0
