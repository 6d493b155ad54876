"""Exponential moving average of a network's weights and statistics: the network that is validated and exported.

    average = d * average + (1 - d) * value,    d = min(decay, (1 + step) / (10 + step))

The rising `d` (TensorFlow's `ExponentialMovingAverage`) keeps the random start out of the average. BatchNorm's
running statistics are averaged with the same `d`, so that they fit the averaged weights.
"""

from __future__ import annotations

import paddle
from paddle import nn


class Ema:
    """Holds the average in `layer`, a second network of the same shape that is always in evaluation mode."""

    def __init__(self, source: nn.Layer, layer: nn.Layer, decay: float) -> None:
        self.layer = layer
        self.decay = decay
        layer.eval()
        values, averages = source.state_dict(), layer.state_dict()
        self._pairs = [(averages[name], values[name]) for name in values]
        self._blend(0.0)

    def update(self, step: int) -> None:
        """Take the weights after optimizer step `step` into the average."""
        self._blend(min(self.decay, (1 + step) / (10 + step)))

    def _blend(self, decay: float) -> None:
        with paddle.no_grad():
            for average, value in self._pairs:
                average.scale_(decay).add_(value * (1 - decay))
