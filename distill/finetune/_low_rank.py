"""A linear map or 1x1 convolution with a low-rank correction beside it.

    y = W x + b + (alpha / r) * up(down(x)),        down: in -> r,   up: r -> out,   W and b frozen

    linear   weight [in, out]           down [in, r]           up [r, out]
    conv1x1  weight [out, in, 1, 1]     down [r, in, 1, 1]     up [out, r, 1, 1]

The corrected layer stands in the place of the plain one and holds the very same `weight` and `bias`, so a model's
state keeps its keys and only `lora_down` and `lora_up` come in beside them. `up` is zero at the start.
"""

from __future__ import annotations

import math

import numpy as np
import paddle.nn.functional as F  # noqa: N812
from paddle import Tensor, nn


class LowRank(nn.Layer):
    """What both kinds share; `plain` is the layer whose place this one takes."""

    def __init__(self, plain: nn.Layer, shapes: tuple[list[int], list[int]], fan_in: int, scale: float) -> None:
        super().__init__()
        self._plain = (plain,)  # in a tuple, or it would become a sublayer and change the keys
        self.weight, self.bias = plain.weight, plain.bias
        bound = 1 / math.sqrt(fan_in)  # as in the paper's code: Kaiming's uniform start with slope sqrt(5)
        down, up = shapes
        self.lora_down = self.create_parameter(down, default_initializer=nn.initializer.Uniform(-bound, bound))
        self.lora_up = self.create_parameter(up, default_initializer=nn.initializer.Constant(0.0))
        self.scale = scale

    @property
    def plain(self) -> nn.Layer:
        return self._plain[0]

    def forward(self, x: Tensor) -> Tensor:
        return self.plain(x) + self.scale * self.correction(x)

    def correction(self, x: Tensor) -> Tensor:
        """Return `up(down(x))`."""
        raise NotImplementedError

    def merged(self) -> np.ndarray:
        """Return the weight of the plain layer that computes the same, shaped as its own."""
        raise NotImplementedError


class LowRankLinear(LowRank):
    """Correction of a linear map."""

    def __init__(self, plain: nn.Linear, rank: int, alpha: float) -> None:
        inputs, outputs = plain.weight.shape
        super().__init__(plain, ([inputs, rank], [rank, outputs]), inputs, alpha / rank)

    def correction(self, x: Tensor) -> Tensor:
        return F.linear(F.linear(x, self.lora_down), self.lora_up)

    def merged(self) -> np.ndarray:
        weight, down, up = (value.numpy().astype(np.float64) for value in (self.weight, self.lora_down, self.lora_up))
        return np.asarray(weight + self.scale * (down @ up), self.weight.numpy().dtype)


class LowRankConv1x1(LowRank):
    """Correction of a 1x1 convolution; the stride is taken on the way down."""

    def __init__(self, plain: nn.Conv2D, rank: int, alpha: float) -> None:
        outputs, inputs = plain.weight.shape[:2]
        super().__init__(plain, ([rank, inputs, 1, 1], [outputs, rank, 1, 1]), inputs, alpha / rank)

    def correction(self, x: Tensor) -> Tensor:
        return F.conv2d(F.conv2d(x, self.lora_down, stride=self.plain._stride), self.lora_up)

    def merged(self) -> np.ndarray:
        weight, down, up = (value.numpy().astype(np.float64) for value in (self.weight, self.lora_down, self.lora_up))
        change = (up[:, :, 0, 0] @ down[:, :, 0, 0])[:, :, None, None]
        return np.asarray(weight + self.scale * change, self.weight.numpy().dtype)


def kind_of(layer: nn.Layer) -> str | None:
    """Return `linear` or `conv1x1`, or None for a layer that has no low-rank correction here."""
    if isinstance(layer, nn.Linear):
        return "linear"
    if isinstance(layer, nn.Conv2D) and layer.weight.shape[2:] == [1, 1] and layer._groups == 1:
        plain = layer._data_format == "NCHW" and layer._padding in (0, [0, 0])
        return "conv1x1" if plain else None
    return None


def corrected(layer: nn.Layer, rank: int, alpha: float) -> LowRank:
    """Return the layer to put in the place of `layer`, of which `kind_of` knows the kind."""
    return (LowRankLinear if isinstance(layer, nn.Linear) else LowRankConv1x1)(layer, rank, alpha)
