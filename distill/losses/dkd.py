"""Decoupled distillation: how sure of the character, and what else it could be, weighed apart.

    L = mean over lines of  mean over characters of  alpha * TCKD + beta * NCKD                 [nats, times T^2]
    TCKD = T^2 * KL((b, 1 - b)^teacher || (b, 1 - b)^student),     b the softened P_u of the label's character
    NCKD = T^2 * KL(n^teacher || n^student),     n the softened P_u of the 32 other symbols, adding up to 1

Zhao et al. 2022 (CVPR), "Decoupled Knowledge Distillation", on the per-character posteriors P_u of `aligned_kl.py`.
Plain KL is TCKD + (1 - b^teacher) * NCKD: a teacher that is sure of its character passes next to nothing on about
the others, and that is the very knowledge that confusions like 8/B are made of. alpha 1 and beta 2 are what
PP-OCRv4 distills with (configs/rec/PP-OCRv4/ch_PP-OCRv4_rec_distill.yml, there on the attention head).
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

from vinedge.charset import NUM_CLASSES

from ..batch import Batch
from ..outputs import Outputs
from ..settings import Positive, Range
from ..teacher_outputs import TeacherOutputs
from ._characters import aligned_characters
from ._divergence import TEMPERATURE, divergence, weighted_sum

SYMBOLS = NUM_CLASSES - 1


def loss(
    outputs: Outputs,
    batch: Batch,
    teacher: TeacherOutputs,
    *,
    temperature: Positive = TEMPERATURE,
    alpha: Annotated[float, Range(0)] = 1.0,
    beta: Annotated[float, Range(0)] = 2.0,
) -> Tensor:
    """Return the scalar loss; lines that either side's frames cannot spell count 0."""
    theirs, own, weights = aligned_characters(outputs, batch, teacher)
    target = paddle.to_tensor(np.maximum(batch.labels.astype(np.int64) - 1, 0)).unsqueeze(2)  # (N, L, 1)
    others = (target + 1 + paddle.arange(SYMBOLS - 1)) % SYMBOLS  # the 32 symbols after it, around the end
    tckd = divergence(
        _sure_or_not(theirs, target, others, temperature), _sure_or_not(own, target, others, temperature), 1.0
    )
    nckd = divergence(
        paddle.take_along_axis(theirs, others, axis=2), paddle.take_along_axis(own, others, axis=2), temperature
    )
    return weighted_sum(alpha * temperature**2 * tckd + beta * nckd, weights)


def _sure_or_not(log_probs: Tensor, target: Tensor, others: Tensor, temperature: float) -> Tensor:
    """Return `(N, L, 2)`: ln of the softened probability of the target, and of all others together."""
    soft = F.log_softmax(log_probs / temperature, axis=-1)
    rest = paddle.logsumexp(paddle.take_along_axis(soft, others, axis=2), axis=2, keepdim=True)
    return paddle.concat([paddle.take_along_axis(soft, target, axis=2), rest], axis=2)
