"""Softened distributions and the distance between them, shared by the distillation methods.

    softened_T(p)   = softmax(ln p / T)                           T = 1: p itself; T -> infinity: uniform
    D_T(p || q)     = T^2 * sum over classes of p_T * (ln p_T - ln q_T)                                   [nats]

Hinton, Vinyals and Dean 2015, "Distilling the Knowledge in a Neural Network", section 2: the gradient of the
softened divergence shrinks with 1/T^2, hence the factor, which keeps the balance with the loss on the label when T
changes. For a large T, D_T becomes half the mean squared difference of the centered log-probabilities.
"""

from __future__ import annotations

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812 (the name every Paddle user knows)
from paddle import Tensor

# The specification's ("DistillationLoss(temperature=4.0)").
TEMPERATURE = 4.0
# What stands for ln 0: the smallest normal float32, the least a float32 softmax can say.
LOG_ZERO = float(np.log(np.finfo(np.float32).tiny))


def constant(values: np.ndarray | Tensor, like: Tensor) -> Tensor:
    """Return `values` with the type of `like` and cut off from whatever made them: no gradient goes back."""
    if isinstance(values, Tensor):
        return values.detach().astype(like.dtype)
    return paddle.to_tensor(np.asarray(values)).astype(like.dtype)


def constant_log_probs(values: np.ndarray | Tensor, like: Tensor) -> Tensor:
    """As `constant`, with impossible classes (-inf) raised to `LOG_ZERO`, so that every product stays finite."""
    return constant(values, like).clip(min=LOG_ZERO)


def divergence(teacher: Tensor, student: Tensor, temperature: float) -> Tensor:
    """Return D_T(teacher || student) over the last axis; both are logits or log-probabilities `(..., C)`."""
    soft_teacher = F.log_softmax(teacher / temperature, axis=-1)
    soft_student = F.log_softmax(student / temperature, axis=-1)
    return temperature**2 * (soft_teacher.exp() * (soft_teacher - soft_student)).sum(axis=-1)


def weighted_sum(nats: Tensor, weights: np.ndarray) -> Tensor:
    """Return the scalar sum of `nats` times `weights`, arrays of one shape."""
    return (nats * paddle.to_tensor(weights).astype(nats.dtype)).sum()
