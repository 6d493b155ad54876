"""Total probability of a text given CTC logits, over all its alignments: the definition that C++ is held to.

Forward algorithm of Graves et al. 2006, section 4.1. Greedy decoding looks at a single alignment; where two texts
compete, the sums over all of theirs are what the picture says for each.
"""

from __future__ import annotations

import numpy as np

from .charset import BLANK, encode


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities along the last axis, float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def log_probability(logits: np.ndarray, text: str) -> float:
    """Return log P(text | logits `(T, C)`); -inf where the text does not fit into T frames.

    `VinEdgeError` for a text with a character that no VIN contains.
    """
    classes = encode(text)
    path = np.full(2 * len(classes) + 1, BLANK)
    path[1::2] = classes
    # The blank between two symbols may be left out, unless they are equal.
    skippable = np.zeros(len(path), bool)
    skippable[3::2] = path[3::2] != path[1:-2:2]

    # alpha[s]: all alignments so far that stand at path[s]; before the first frame, at the first blank.
    alpha = np.full(len(path), -np.inf)
    alpha[0] = 0.0
    for row in log_softmax(logits):
        stepped, skipped = shifted(alpha, 1), np.where(skippable, shifted(alpha, 2), -np.inf)
        alpha = np.logaddexp(np.logaddexp(alpha, stepped), skipped) + row[path]
    return float(np.logaddexp.reduce(alpha[-2:]))  # at the last symbol or the blank behind it


def shifted(alpha: np.ndarray, by: int) -> np.ndarray:
    """Return `alpha` moved `by` places towards the end, -inf where nothing comes from."""
    return np.concatenate([np.full(by, -np.inf), alpha])[: len(alpha)]
