"""Label smoothing for CTC: no frame may be too sure of its class.

    L = mean over lines and frames of  KL(u || p_t) = -ln 34 - (1/34) * sum over classes of ln p_t(k)         [nats]

with u uniform over the 33 symbols and the blank. Szegedy et al. 2016, "Rethinking the Inception Architecture for
Computer Vision", section 7, in the form for CTC of Kim et al. 2018, "Improved training for online end-to-end speech
recognition systems". Smoothing s of the specification is `Loss: {ctc: 1 - s, label_smoothing: s}`. A mean over
lines and frames, where the specification's `batchmean` on (T, N, C) makes the value depend on N.
"""

from __future__ import annotations

import math

import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from ..batch import Batch
from ..outputs import Outputs


def loss(outputs: Outputs, batch: Batch) -> Tensor:
    """Return the scalar loss in nats a frame: 0 for a student that knows nothing. Labels play no part."""
    log_probs = F.log_softmax(outputs.logits, axis=-1)
    return -log_probs.mean() - math.log(outputs.logits.shape[-1])
