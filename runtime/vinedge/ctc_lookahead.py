"""What is still to come: the mass of all ways to end a CTC line of exactly L symbols, from every frame on.

A backward pass (the beta of Graves et al. 2006, section 4.1) over *all* texts of L symbols at once, instead of one
text: what may follow depends only on how many symbols are there already and on the last one, since a symbol that
repeats its neighbour needs a blank between. With it a beam search knows what a prefix is worth before it has seen the
rest of the line; and the mass before the first frame tells how likely it is that L symbols stand there at all.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .charset import BLANK, VIN_LENGTH


class Lookahead(NamedTuple):
    """Masses of all endings, scaled anew at every frame: only ratios within a frame mean something.

    `after_blank` `(T + 1, L + 1)`: for a prefix of l symbols whose last frame, t - 1, was a blank.
    `after_symbol` `(T + 1, L + 1, C)`: for one whose last frame held its last symbol, of class c.
    `log_total`: log of the mass of all lines of L symbols; -inf where none fits.
    """

    after_blank: np.ndarray
    after_symbol: np.ndarray
    log_total: float


def look_ahead(weights: np.ndarray, length: int) -> Lookahead:
    """Return the lookahead over `weights` `(T, C)`, the frames' probabilities or multiples of them."""
    frames, classes = weights.shape
    after_blank = np.zeros((frames + 1, length + 1))
    after_symbol = np.zeros((frames + 1, length + 1, classes))
    after_blank[frames, length] = 1.0
    after_symbol[frames, length] = 1.0
    log_total = 0.0
    for t in range(frames - 1, -1, -1):
        for done in range(length + 1):
            blank = weights[t, BLANK] * after_blank[t + 1, done]
            same = weights[t] * after_symbol[t + 1, done]
            # symbol[c]: frame t holds c as symbol number done + 1
            symbol = weights[t] * after_symbol[t + 1, done + 1] if done < length else np.zeros(classes)
            symbol[BLANK] = 0.0
            after_blank[t, done] = blank + symbol.sum()
            after_symbol[t, done] = blank + same + (symbol.sum() - symbol)
        largest = after_symbol[t].max()
        if largest == 0:
            return Lookahead(after_blank, after_symbol, -np.inf)
        after_blank[t] /= largest
        after_symbol[t] /= largest
        log_total += float(np.log(largest))
    total = after_blank[0, 0]
    return Lookahead(after_blank, after_symbol, float(np.log(total)) + log_total if total > 0 else -np.inf)


def log_probability_of_length(logits: np.ndarray, length: int = VIN_LENGTH) -> float:
    """Return log P(any text of `length` symbols | logits `(T, C)`)."""
    weights = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return look_ahead(weights, length).log_total - log_normalizer(logits)


def log_normalizer(logits: np.ndarray) -> float:
    """Return what is to be taken from the log of a mass, made of weights whose largest is 1, to make it log P."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return float(np.log(np.exp(shifted).sum(axis=-1)).sum())
