"""What a network costs: parameters, and floating-point operations of one picture.

Counted with forward hooks over convolutions and linear maps, two operations a multiply-add, which is the
convention of `paddle.flops` (broken in Paddle 3.3.1: it asks for a `total_params` that layers no longer have).
BatchNorm (folded at export), activations and additions are left out: under 2 % for these networks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import paddle
from paddle import Tensor, nn


@dataclass(frozen=True)
class Cost:
    """Trainable parameters, and GFLOP for one picture."""

    parameters: int
    gflop: float

    def __str__(self) -> str:
        return f"{self.parameters / 1e6:.2f} M parameters, {self.gflop:.3f} GFLOP a picture"


def multiply_adds(layer: nn.Layer, output: Tensor) -> int:
    """Return the multiply-adds of one call of a convolution or linear layer that gave `output`; 0 for other layers."""
    if isinstance(layer, nn.Conv2D):
        # Weight is [out, in / groups, kh, kw]: everything but the first axis is summed for one output value.
        return int(math.prod(output.shape) * math.prod(layer.weight.shape[1:]))
    if isinstance(layer, nn.Linear):
        return int(math.prod(output.shape) * layer.weight.shape[0])
    return 0


def cost(layer: nn.Layer, height: int, width: int) -> Cost:
    """Return the cost of reading one gray picture of `height` x `width`; leaves mode and statistics as they were."""
    total = 0

    def count(called: nn.Layer, _inputs: Any, output: Any) -> None:
        nonlocal total
        if isinstance(output, Tensor):
            total += multiply_adds(called, output)

    hooks = [part.register_forward_post_hook(count) for part in layer.sublayers()]
    training = layer.training
    layer.eval()
    try:
        with paddle.no_grad():
            layer(paddle.zeros([1, 1, height, width]))
    finally:
        for hook in hooks:
            hook.remove()
        if training:
            layer.train()
    # Paddle counts BatchNorm's running statistics among the parameters; they have no gradient.
    parameters = sum(math.prod(p.shape) for p in layer.parameters() if p.trainable)
    return Cost(parameters, 2e-9 * total)
