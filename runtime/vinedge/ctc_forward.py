"""Total probability of a text given CTC logits: the sum over all alignments, the definition for the C++ twin.

Forward algorithm of Graves et al. 2006, section 4.1, over the text with blanks around and between its symbols. Greedy
decoding looks at one alignment only; where two texts compete, this is the evidence that the picture gives for each.
"""

from __future__ import annotations

import numpy as np

from .charset import BLANK, encode


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log probabilities along the last axis, float64."""
    shifted = logits.astype(np.float64) - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)))


def log_probability(logits: np.ndarray, text: str) -> float:
    """Return log P(text | logits `(T, C)`); -inf where `text` does not fit into T frames.

    `VinEdgeError` for a text with a character that no VIN contains.
    """
    classes = encode(text)
    path = np.full(2 * len(classes) + 1, BLANK)
    path[1::2] = classes
    # A blank may be left out between two symbols, unless they are equal.
    skippable = np.zeros(len(path), bool)
    skippable[3::2] = path[3::2] != path[1:-2:2]

    log_probs = log_softmax(logits)
    # alpha[s]: all alignments so far that stand at path[s]; before the first frame, just in front of the path.
    alpha = np.full(len(path) + 1, -np.inf)
    alpha[0] = 0.0
    for frame, row in enumerate(log_probs):
        stayed = alpha[1:] if frame else np.full(len(path), -np.inf)
        stepped = alpha[:-1]
        skipped = np.full(len(path), -np.inf)
        if frame:
            skipped[2:] = np.where(skippable[2:], alpha[1:-2], -np.inf)
        elif len(path) > 1:
            skipped[1] = 0.0
        alpha = np.append(-np.inf, np.logaddexp(np.logaddexp(stayed, stepped), skipped) + row[path])
    return float(np.logaddexp.reduce(alpha[-2:] if len(log_probs) else alpha[:1] if not text else [-np.inf]))
