"""Greedy CTC decoding in plain numpy: the definition that the C++ decoder is held to.

Best-path decoding of Graves et al. 2006 ("Connectionist Temporal Classification", section 3.2):
take the best class of every frame, merge equal neighbours, drop blanks.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from .charset import BLANK, text_from_classes


class Decoded(NamedTuple):
    """One decoded line: `text`, the probability of each of its characters, and the frame each was taken from."""

    text: str
    char_confidences: list[float]
    frames: list[int]

    @property
    def confidence(self) -> float:
        """Product of the character probabilities; 0 for an empty text. Not calibrated."""
        return float(np.prod(self.char_confidences)) if self.text else 0.0


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return probabilities along the last axis, float64."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def decode_greedy(logits: np.ndarray) -> Decoded:
    """Decode logits `(T, C)`.

    A character's confidence is the largest softmax probability of its class within its run of
    frames, and `frames` holds the first frame where that is reached. Ties between classes go to
    the lower class index.
    """
    probs = softmax(logits)
    best = logits.argmax(axis=-1)
    classes: list[int] = []
    confidences: list[float] = []
    frames: list[int] = []
    previous = BLANK
    for frame, index in enumerate(best.tolist()):
        prob = float(probs[frame, index])
        if index != BLANK and index != previous:
            classes.append(index)
            confidences.append(prob)
            frames.append(frame)
        elif index != BLANK and prob > confidences[-1]:
            confidences[-1] = prob
            frames[-1] = frame
        previous = index
    return Decoded(text_from_classes(classes), confidences, frames)
