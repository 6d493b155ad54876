"""The layers that our own students are built of: dense convolutions, which hardware runs at full speed."""

from __future__ import annotations

import paddle
from paddle import Tensor, nn


class ConvUnit(nn.Sequential):
    """Convolution with "same" padding, BatchNorm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: tuple[int, int], stride: tuple[int, int] = (1, 1)) -> None:
        # He et al. 2015, for the ReLU behind it; Paddle's default is Glorot's.
        weight = paddle.ParamAttr(initializer=nn.initializer.KaimingNormal())
        padding = (kernel[0] // 2, kernel[1] // 2)
        super().__init__(
            nn.Conv2D(inputs, outputs, kernel, stride, padding, weight_attr=weight, bias_attr=False),
            nn.BatchNorm2D(outputs),
            nn.ReLU(),
        )


class Residual(nn.Layer):
    """`x + unit(x)`, one convolution deep."""

    def __init__(self, channels: int, kernel: tuple[int, int]) -> None:
        super().__init__()
        self.unit = ConvUnit(channels, channels, kernel)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.unit(x)


class FoldRows(nn.Layer):
    """`(N, C, rows, T)` to `(N, C * rows, 1, T)`: what was above and below becomes more channels of one line."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, x: Tensor) -> Tensor:
        # -1 is the batch: the frame count is read from the tensor, so that one export serves every width.
        return x.reshape([-1, self.channels, 1, x.shape[3]])
