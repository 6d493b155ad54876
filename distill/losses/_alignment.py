"""Which frames a label's characters stand on: the occupancies of CTC's forward-backward recursion, in numpy.

    z = blank l_1 blank l_2 ... l_L blank                                             states s = 0 .. 2L
    alpha_t(s) = y_t(z_s) * (alpha_t-1(s) + alpha_t-1(s-1) + [z_s is no blank and z_s != z_s-2] alpha_t-1(s-2))
    beta_t(s)  = the same from the end, without y_t
    gamma_t(u) = alpha_t(2u-1) * beta_t(2u-1) / P(label)

Graves et al. 2006, "Connectionist Temporal Classification", section 4.1 (there beta includes y_t). `gamma_t(u)` is
the probability that frame t belongs to character u, given that the line reads as the label. All of it is in
logarithms and float64. It is numpy because no gradient goes through it: 2 T steps on arrays of (N, 35).
"""

from __future__ import annotations

import numpy as np

from vinedge.charset import BLANK

from ._divergence import LOG_ZERO


def occupancies(log_probs: np.ndarray, labels: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return gamma float64 `(N, L, T)` of `log_probs` `(N, T, C)`, `labels` `(N, L)` and `lengths` `(N,)`.

    It is 0 at places beyond the end of a label, and all 0 for a label that T frames cannot spell.
    """
    lines, places = labels.shape
    states = np.full((lines, 2 * places + 1), BLANK, np.int64)
    states[:, 1::2] = labels
    emitted = np.maximum(log_probs.astype(np.float64), LOG_ZERO)
    emitted = np.take_along_axis(emitted, states[:, None, :], axis=2)  # (N, T, S)
    skips = np.zeros(states.shape, bool)
    skips[:, 3::2] = labels[:, 1:] != labels[:, :-1]
    last = 2 * lengths.astype(np.int64)[:, None]
    ends = (np.arange(states.shape[1]) >= last - 1) & (np.arange(states.shape[1]) <= last)
    joint = _forward(emitted, skips) + _backward(emitted, skips, ends)  # ln P(label, frame t is in state s)
    total = np.logaddexp.reduce(joint[:, 0], axis=1)
    reachable = np.where(np.isfinite(total), total, 0.0)  # an impossible label: joint is -inf everywhere
    gamma: np.ndarray = np.exp(joint - reachable[:, None, None])
    return gamma[:, :, 1::2].transpose(0, 2, 1)


def _forward(emitted: np.ndarray, skips: np.ndarray) -> np.ndarray:
    """Return ln alpha `(N, T, S)`."""
    alpha = np.full(emitted.shape, -np.inf)
    alpha[:, 0, :2] = emitted[:, 0, :2]
    for t in range(1, emitted.shape[1]):
        before = alpha[:, t - 1]
        reached = np.logaddexp(before, _moved(before, 1))
        reached = np.logaddexp(reached, np.where(skips, _moved(before, 2), -np.inf))
        alpha[:, t] = reached + emitted[:, t]
    return alpha


def _backward(emitted: np.ndarray, skips: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return ln beta `(N, T, S)`; `ends` `(N, S)` are the states a line may end in."""
    beta = np.full(emitted.shape, -np.inf)
    beta[:, -1] = np.where(ends, 0.0, -np.inf)
    for t in range(emitted.shape[1] - 2, -1, -1):
        after = beta[:, t + 1] + emitted[:, t + 1]
        reached = np.logaddexp(after, _moved(after, -1))
        beta[:, t] = np.logaddexp(reached, _moved(np.where(skips, after, -np.inf), -2))
    return beta


def _moved(scores: np.ndarray, states: int) -> np.ndarray:
    """Return `scores` `(N, S)` moved on by so many states, with -inf (no path) where nothing came from."""
    moved = np.full(scores.shape, -np.inf)
    if states > 0:
        moved[:, states:] = scores[:, :-states]
    else:
        moved[:, :states] = scores[:, -states:]
    return moved
