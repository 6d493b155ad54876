"""What the NRTR guide is trained on: tokens made from CTC labels, and a smoothed cross-entropy.

    labels (N, S) of CTC classes 1.., 0 behind the end -> tokens (N, S + 2): START, characters, END, PADDING
    the guide reads tokens[:, :-1] and is asked for tokens[:, 1:]

Token numbers are PaddleOCR's (`NRTRLabelEncode`, Apache-2.0): 0 padding, 1 unknown, 2 start, 3 end, then the
dictionary, so CTC class k is token k + 3.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor

PADDING, UNKNOWN, START, END = range(4)
SHIFT = 3  # from CTC class to token
SMOOTHING = 0.1


def tokens_from_labels(labels: np.ndarray) -> np.ndarray:
    """Return int64 tokens `(N, S + 2)` of integer labels `(N, S)`, where 0 means "no more characters"."""
    count, longest = labels.shape
    lengths = (labels > 0).sum(axis=1)
    tokens = np.full((count, longest + 2), PADDING, np.int64)
    tokens[:, 0] = START
    tokens[:, 1:-1] = np.where(labels > 0, labels + SHIFT, PADDING)
    tokens[np.arange(count), lengths + 1] = END
    return tokens


def guide_loss(logits: Tensor, tokens: Tensor) -> Tensor:
    """Return the mean over characters of the cross-entropy of `logits` `(N, L - 1, V)` and `tokens` `(N, L)`.

    The right token is given 0.9, the others share 0.1 (label smoothing, Szegedy et al. 2016); padding is left out.
    """
    classes = logits.shape[2]
    targets = tokens[:, 1:]
    counted = (targets != PADDING).astype(logits.dtype)
    log_probs = F.log_softmax(logits)
    right = paddle.take_along_axis(log_probs, targets.unsqueeze(2), axis=2).squeeze(2)
    others = log_probs.sum(axis=2) - right
    losses = -(1 - SMOOTHING) * right - SMOOTHING / (classes - 1) * others
    return (losses * counted).sum() / counted.sum()
