"""CTC: the probability of the label, summed over every way of placing its characters on the frames.

    L = mean over lines of  -ln P(label | logits) / (characters of the label)          [nats a character]
    P(label) = sum over all frame sequences that collapse to the label of the product of their softmax values

Graves et al. 2006, "Connectionist Temporal Classification". Dividing by the length keeps the value comparable with
frame-wise losses. A label needs one frame a character and one blank between equal neighbours; with fewer frames
its probability is 0 and Paddle's kernel returns a loss of 0.0 without a word, so such lines are left out here
and `infeasible` names them.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.charset import BLANK

from ..batch import Batch
from ..outputs import Outputs


def infeasible(batch: Batch, frames: int) -> np.ndarray:
    """Return which lines `(N,)` bool have a label that `frames` frames cannot spell."""
    inside = np.arange(1, batch.labels.shape[1]) < batch.lengths[:, None]
    repeats = ((batch.labels[:, 1:] == batch.labels[:, :-1]) & inside).sum(axis=1)
    return np.asarray(batch.lengths + repeats > frames)


def loss(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the scalar loss; infeasible lines count as absent, and a batch of nothing else gives 0."""
    lines, frames, _ = outputs.logits.shape
    # Paddle's kernel applies softmax itself and wants [T, B, C] float32, int32 labels and int64 lengths.
    nats = F.ctc_loss(
        outputs.logits.transpose([1, 0, 2]),
        paddle.to_tensor(batch.labels),
        paddle.full([lines], frames, dtype="int64"),
        paddle.to_tensor(batch.lengths),
        blank=BLANK,
        reduction="none",
    ).reshape([-1])
    usable = ~infeasible(batch, frames)
    weights = usable / np.maximum(batch.lengths, 1) / max(1, usable.sum())
    return (nats * paddle.to_tensor(weights.astype(np.float32))).sum()
