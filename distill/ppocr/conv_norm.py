"""Convolution without bias and the BatchNorm behind it, the unit that all three backbones are made of."""

from __future__ import annotations

from typing import Any

import numpy as np
import paddle
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn


class ConvNorm(nn.Layer):
    """Padding is "same": an even kernel gets its odd row and column of zeros below and to the right."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int, stride: tuple[int, int] = (1, 1), groups: int = 1
    ) -> None:
        super().__init__()
        weight = paddle.ParamAttr(initializer=nn.initializer.KaimingNormal())
        before, after = (kernel - 1) // 2, kernel // 2
        padding = before if before == after else [before, after, before, after]  # top, bottom, left, right
        self.conv = nn.Conv2D(
            inputs, outputs, kernel, stride, padding, groups=groups, weight_attr=weight, bias_attr=False
        )
        self.bn = nn.BatchNorm2D(outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class ConvNormRelu(ConvNorm):
    """The same with a ReLU behind it."""

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(super().forward(x))


def fold_norm(weight: np.ndarray, norm: Any) -> tuple[np.ndarray, np.ndarray]:
    """Fold BatchNorm `norm`, with its running statistics, into the convolution before it.

    Returns weight `[out, in / groups, kh, kw]` and bias `[out]` in float64.
    """
    mean, variance, gamma, beta = (
        part.numpy().astype(np.float64) for part in (norm._mean, norm._variance, norm.weight, norm.bias)
    )
    scale = gamma / np.sqrt(variance + norm._epsilon)
    return weight.astype(np.float64) * scale[:, None, None, None], beta - mean * scale
